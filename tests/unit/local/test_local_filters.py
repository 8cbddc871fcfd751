import pytest

from local.sources.filters import UnsupportedPatternError, matches, matches_any

RECORD = {
    "eventName": "MODIFY",
    "dynamodb": {
        "NewImage": {"item": {"S": "session"}, "outbox": {"L": [{"M": {}}]}, "size": {"N": "3"}},
        "Keys": {"PK": {"S": "SESSION#1"}},
    },
}


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"eventName": ["INSERT", "MODIFY"]},
        {"dynamodb": {"NewImage": {"item": {"S": ["session"]}}}},
        {"dynamodb": {"NewImage": {"size": {"N": ["3"]}}}},
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
    ],
)
def test_record_does_not_pass(pattern: dict[str, object]) -> None:
    assert not matches(pattern, RECORD)


def test_one_of_several_patterns_is_enough_and_none_lets_all_through() -> None:
    assert matches_any(['{"eventName":["REMOVE"]}', '{"eventName":["MODIFY"]}'], RECORD)
    assert not matches_any(['{"eventName":["REMOVE"]}'], RECORD)
    assert matches_any([], RECORD)


@pytest.mark.parametrize(
    "pattern",
    [{"eventName": [{"prefix": "MOD"}]}, {"eventName": "X"}, {"eventName": [1]}, {"$or": [{}]}],
)
def test_pattern_beyond_the_evaluator_is_an_error(pattern: dict[str, object]) -> None:
    with pytest.raises(UnsupportedPatternError):
        matches(pattern, RECORD)
