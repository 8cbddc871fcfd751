import pytest

from local.sources.filters import UnsupportedPatternError, matches, matches_any

RECORD = {
    "eventName": "MODIFY",
    "dynamodb": {
        "NewImage": {"item": {"S": "session"}, "outbox": {"L": [{"M": {}}]}, "size": {"N": "3"}},
        "Keys": {"PK": {"S": "SESSION#1"}},
    },
    "numbers": [1, 5],
    "flag": True,
    "nothing": None,
}


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"eventName": ["INSERT", "MODIFY"]},
        {"dynamodb": {"NewImage": {"item": {"S": ["session"]}}}},
        {"dynamodb": {"NewImage": {"outbox": {"L": [{"exists": True}]}}}},
        {"dynamodb": {"NewImage": {"gone": {"S": [{"exists": False}]}}}},
        {"dynamodb": {"Keys": {"PK": {"S": [{"prefix": "SESSION#"}]}}}},
        {"dynamodb": {"Keys": {"PK": {"S": [{"suffix": "#1"}]}}}},
        {"dynamodb": {"NewImage": {"size": {"N": ["3"]}}}},
        {"eventName": [{"anything-but": ["REMOVE"]}]},
        {"eventName": [{"anything-but": "REMOVE"}]},
        {"numbers": [5]},
        {"numbers": [{"numeric": [">", 4, "<=", 5]}]},
        {"flag": [True]},
        {"nothing": [None]},
        {"$or": [{"eventName": ["REMOVE"]}, {"flag": [True]}]},
    ],
)
def test_record_passes(pattern: dict[str, object]) -> None:
    assert matches(pattern, RECORD)


@pytest.mark.parametrize(
    "pattern",
    [
        {"eventName": ["REMOVE"]},
        {"eventName": ["MODIFY"], "userIdentity": {"type": ["Service"]}},
        {"dynamodb": {"OldImage": {"item": {"S": ["session"]}}}},
        {"dynamodb": {"NewImage": {"gone": {"S": [{"exists": True}]}}}},
        {"dynamodb": {"NewImage": {"item": {"S": [{"exists": False}]}}}},
        # As in Lambda, `exists` looks at leaves only: an object in between does not exist.
        {"dynamodb": {"NewImage": [{"exists": True}]}},
        {"dynamodb": {"NewImage": {"size": {"N": [3]}}}},
        {"dynamodb": {"Keys": {"PK": {"S": [{"prefix": "CALL#"}]}}}},
        {"eventName": [{"anything-but": ["MODIFY"]}]},
        {"numbers": [{"numeric": [">", 5]}]},
        {"flag": [1]},
        {"nothing": ["None"]},
    ],
)
def test_record_does_not_pass(pattern: dict[str, object]) -> None:
    assert not matches(pattern, RECORD)


def test_one_of_several_patterns_is_enough_and_none_lets_all_through() -> None:
    assert matches_any(['{"eventName":["REMOVE"]}', '{"flag":[true]}'], RECORD)
    assert not matches_any(['{"eventName":["REMOVE"]}'], RECORD)
    assert matches_any([], RECORD)


@pytest.mark.parametrize("pattern", [{"eventName": [{"cidr": "10.0.0.0/8"}]}, {"eventName": "X"}])
def test_pattern_beyond_the_evaluator_is_an_error(pattern: dict[str, object]) -> None:
    with pytest.raises(UnsupportedPatternError):
        matches(pattern, RECORD)
