"""Reading several items of which DynamoDB leaves some out for the moment."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from maskline import aws
from maskline.domain.errors import ContentionError
from maskline.store import pauses, table

KEYS = [{"PK": f"P{number}", "SK": "S"} for number in range(250)]
# What a caller or a client waits for at most.
LONGEST_SECONDS = 5.0


class Throttled:
    """Stands for DynamoDB: of each request it reads so many items as it is told, then all.

    docs.aws.amazon.com, BatchGetItem: "If you request more items than the table's throughput
    allows, a partial result is returned [with] UnprocessedKeys. We strongly recommend that you use
    an exponential backoff algorithm. If you retry the batch operation immediately, the underlying
    read or write requests can still fail".
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *reads: int) -> None:
        self.asked: list[int] = []
        self.pauses: list[float] = []
        self._reads = list(reads)
        monkeypatch.setattr(aws, "client", lambda _: self)
        monkeypatch.setattr(table, "settings", lambda: SimpleNamespace(table_name="any"))
        monkeypatch.setattr(pauses.time, "sleep", self.pauses.append)

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        wanted = RequestItems["any"]
        self.asked.append(len(wanted["Keys"]))
        assert len(self.asked) < 1000, "without end"
        read = self._reads.pop(0) if self._reads else len(wanted["Keys"])
        left = {"any": {**wanted, "Keys": wanted["Keys"][read:]}}
        return {
            "Responses": {"any": wanted["Keys"][:read]},
            "UnprocessedKeys": left if left["any"]["Keys"] else {},
        }


MakeThrottled = Callable[..., Throttled]


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> MakeThrottled:
    return lambda *reads: Throttled(monkeypatch, *reads)


def test_what_was_left_out_is_asked_for_again_after_pauses_that_grow(
    throttled: MakeThrottled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses._DICE, "uniform", lambda _, longest: longest)
    dynamodb = throttled(1, 0, 1)

    found = table.batch_get(KEYS[:3])

    assert [*found] == [(key["PK"], "S") for key in KEYS[:3]]
    assert dynamodb.asked == [3, 2, 2, 1]
    first, second, third = dynamodb.pauses
    assert 0 < first < second < third


def test_a_table_that_keeps_leaving_items_out_is_given_up_in_time(throttled: MakeThrottled) -> None:
    dynamodb = throttled(1, *[0] * 10_000)

    with pytest.raises(ContentionError):
        table.batch_get(KEYS[:3])

    assert len(dynamodb.asked) == pauses.MAX_ATTEMPTS
    assert sum(dynamodb.pauses) < LONGEST_SECONDS


def test_of_many_items_each_hundred_has_its_attempts(throttled: MakeThrottled) -> None:
    almost = [0] * (pauses.MAX_ATTEMPTS - 1)
    dynamodb = throttled(*almost, 100, *almost, 100, *almost)

    assert len(table.batch_get(KEYS)) == len(KEYS)
    assert sorted(set(dynamodb.asked)) == [50, 100]


def test_nothing_is_asked_for_no_items(throttled: MakeThrottled) -> None:
    dynamodb = throttled()

    assert table.batch_get([]) == {}
    assert dynamodb.asked == []
