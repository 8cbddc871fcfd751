"""The callback queue: order within a session, and nothing lost or doubled on the way."""

from typing import Any

import boto3
import pytest

from maskline import aws
from maskline.callbacks.messages import SealedMessage
from maskline.callbacks.queues import replay, send_in_order
from maskline.config import settings
from tests.unit.callbacks.callback_messages import queued


class Refusing:
    """A queue that refuses some messages, and remembers the batches that it was sent."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.batches: list[list[str]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as SQS names them
        self.batches.append([entry["MessageDeduplicationId"] for entry in Entries])
        failed = [
            {"Id": entry["Id"]}
            for entry in Entries
            if entry["MessageDeduplicationId"] in self.refused
        ]
        return {"Failed": failed} if failed else {}


def _messages(*keys: str) -> list[SealedMessage]:
    """`a-1` is event 1 of session a."""
    return [queued(session_uuid=key.split("-")[0], sequence=int(key.split("-")[1])) for key in keys]


def _queue(kind: str) -> str:
    return {
        "live": settings().callback_queue_url,
        "dead": settings().callback_dead_letter_queue_url,
    }[kind]


def _take(kind: str, *, delete: bool = True) -> list[str]:
    """The keys of all messages in a queue, in the order of receiving."""
    sqs = boto3.client("sqs")
    keys: list[str] = []
    while True:
        answer = sqs.receive_message(QueueUrl=_queue(kind), MaxNumberOfMessages=10)
        for received in answer.get("Messages", []):
            keys.append(SealedMessage.from_body(received["Body"]).key)
            if delete:
                sqs.delete_message(QueueUrl=_queue(kind), ReceiptHandle=received["ReceiptHandle"])
        if not answer.get("Messages"):
            return keys


def _fill_dead_letters(*keys: str) -> None:
    assert not send_in_order(aws.client("sqs"), _queue("dead"), _messages(*keys))


def test_no_batch_holds_two_messages_of_a_session() -> None:
    queue = Refusing()
    keys = ["a-1", "a-2", "b-1", "a-3", "c-1", "b-2"]

    assert send_in_order(queue, "url", _messages(*keys)) == set()

    assert queue.batches == [["a-1", "b-1", "c-1"], ["a-2", "b-2"], ["a-3"]]


def test_a_batch_holds_ten_messages_at_most() -> None:
    queue = Refusing()

    send_in_order(queue, "url", _messages(*[f"s{index}-1" for index in range(25)]))

    assert [len(batch) for batch in queue.batches] == [10, 10, 5]


def test_after_a_refusal_the_sessions_later_messages_wait() -> None:
    queue = Refusing("a-2")
    keys = ["a-1", "b-1", "a-2", "a-3", "b-2", "b-3"]

    unsent = send_in_order(queue, "url", _messages(*keys))

    assert sorted(keys[position] for position in unsent) == ["a-2", "a-3"]
    assert "a-3" not in [key for batch in queue.batches for key in batch]
    assert "b-3" in [key for batch in queue.batches for key in batch]


def test_messages_of_a_session_arrive_in_order(queues: None) -> None:
    keys = [f"a-{number}" for number in range(1, 24)]

    assert send_in_order(aws.client("sqs"), _queue("live"), _messages(*keys)) == set()

    assert _take("live") == keys


def test_the_same_messages_again_are_not_doubled(queues: None) -> None:
    for _ in range(2):
        send_in_order(aws.client("sqs"), _queue("live"), _messages("a-1", "a-2"))

    assert _take("live") == ["a-1", "a-2"]


def _replay(sqs: Any = None, limit: int = 1000) -> int:
    return replay(
        sqs or aws.client("sqs"), source_url=_queue("dead"), target_url=_queue("live"), limit=limit
    )


def test_given_up_messages_are_moved_in_order(queues: None) -> None:
    keys = [f"a-{number}" for number in range(1, 13)]
    _fill_dead_letters(*keys)

    assert _replay() == 12

    assert _take("live") == keys
    assert _take("dead") == []


def test_a_replay_stops_at_its_limit(queues: None) -> None:
    _fill_dead_letters(*[f"a-{number}" for number in range(1, 16)])

    assert _replay(limit=12) == 12
    assert _replay(limit=12) == 3
    assert len(_take("live")) == 15


def test_a_replay_of_nothing(queues: None) -> None:
    assert _replay() == 0


def test_a_message_that_was_sent_moments_ago_is_sent_again(queues: None) -> None:
    send_in_order(aws.client("sqs"), _queue("live"), _messages("a-1"))
    _take("live")
    _fill_dead_letters("a-1")

    _replay()

    assert _take("live") == ["a-1"]


class Crashing:
    """The real queue, until the moment of a deletion."""

    def __init__(self) -> None:
        self._sqs = aws.client("sqs")
        self.send_message = self._sqs.send_message
        self._held: list[tuple[str, str]] = []

    def receive_message(self, **request: Any) -> Any:
        answer = self._sqs.receive_message(**request)
        self._held += [
            (request["QueueUrl"], message["ReceiptHandle"]) for message in answer["Messages"]
        ]
        return answer

    def delete_message(self, **request: Any) -> None:
        raise ConnectionError("the function was stopped here")

    def let_go(self) -> None:
        """As if the visibility time-out had passed."""
        for url, handle in self._held:
            self._sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0
            )


def test_a_crash_between_sending_and_deleting_loses_and_doubles_nothing(queues: None) -> None:
    _fill_dead_letters("a-1", "a-2")
    crashing = Crashing()

    with pytest.raises(ConnectionError):
        _replay(crashing)
    crashing.let_go()
    _replay()

    assert _take("live") == ["a-1", "a-2"]
    assert _take("dead") == []
