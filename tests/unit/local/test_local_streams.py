"""Batches of a stream in the local stack: what comes again, in which pieces, and what is given up.

docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html, and "with-ddb.html".
"""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from local.aws.declarations import EventSourceMapping
from local.aws.runtime import HandlerError, Runtime
from local.sources.streams import StreamConsumer

PUT_ASIDE = {"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Lost", "Arn"]}}}}


class Reader(StreamConsumer):
    """A consumer whose function, given the names of a batch's records, answers or raises."""

    def __init__(self, function: Callable[[list[str]], Any], **properties: Any) -> None:
        reports = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
        super().__init__(
            EventSourceMapping("Reader", "read", "Table", 100, (), reports | properties),
            cast(Runtime, self),
            discard=lambda queue, message: self.discarded.append((queue, json.loads(message))),
        )
        self._function = function
        self.batches: list[str] = []
        self.discarded: list[tuple[str, Any]] = []

    def invoke(self, _function: str, event: Any) -> Any:
        names = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        self.batches.append("".join(names))
        return self._function(names)

    def read(self, names: str) -> None:
        for name in names:
            self.offer({"dynamodb": {"SequenceNumber": name}, "eventSourceARN": "stream"})
        self.step()

    def _pause_before_retry(self, attempts: int) -> None:
        """Nobody waits."""


def failing_with(bad: str) -> Callable[[list[str]], Any]:
    def function(names: list[str]) -> Any:
        if bad in names:
            raise HandlerError("read")
        return None

    return function


def failures(*identifiers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]}


def test_splitting_a_batch_costs_no_attempt() -> None:
    """ "Splitting a batch does not count towards the retry quota" (with-ddb.html)."""
    reader = Reader(
        failing_with("c"), MaximumRetryAttempts=2, BisectBatchOnFunctionError=True, **PUT_ASIDE
    )

    reader.read("abcdefgh")

    # Down to the one that fails, which has its first attempt and two more; the rest at once.
    assert reader.batches == ["abcdefgh", "abcd", "ab", "cdefgh", "cde", "c", "c", "c", "defgh"]
    ((queue, message),) = reader.discarded
    assert queue == "Lost"
    assert message["DDBStreamBatchInfo"]["startSequenceNumber"] == "c"
    assert message["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_batch_that_is_not_split_is_given_up_whole() -> None:
    reader = Reader(failing_with("b"), MaximumRetryAttempts=1, **PUT_ASIDE)

    reader.read("abc")

    assert reader.batches == ["abc", "abc"]
    assert [message["DDBStreamBatchInfo"]["batchSize"] for _, message in reader.discarded] == [3]


def test_what_follows_the_lowest_failed_record_comes_again() -> None:
    """ "Lambda uses the lowest sequence number as the checkpoint" (batchfailurereporting)."""
    answers = [failures("d", "b"), failures()]
    reader = Reader(lambda _: answers.pop(0))

    reader.read("abcd")

    assert reader.batches == ["abcd", "bcd"]


@pytest.mark.parametrize("answer", [None, {}, failures(), {"batchItemFailures": None}])
def test_an_empty_answer_is_a_success(answer: Any) -> None:
    reader = Reader(lambda _: answer)

    reader.read("ab")

    assert reader.batches == ["ab"]


@pytest.mark.parametrize("identifier", ["", None, "z"])
def test_an_answer_that_names_no_record_of_the_batch_fails_all_of_it(identifier: Any) -> None:
    answers = [failures("b", identifier), None]
    reader = Reader(lambda _: answers.pop(0))

    reader.read("abc")

    assert reader.batches == ["abc", "abc"]
