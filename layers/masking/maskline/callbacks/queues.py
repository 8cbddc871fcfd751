"""The FIFO queues of callbacks: one group per session, order kept within it.

Calls that sessions ask for have a queue of their own, in which they may pass each other.
Everything takes the SQS client, so that this package needs no AWS of its own.
"""

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from maskline.callbacks.messages import SealedMessage

# As the queue's API gives it.
Message = dict[str, Any]

_BATCH = 10
# Long enough to ask every server of the queue, shorter than the client's read time-out.
_RECEIVE_WAIT_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was received for the `receives`th time; `message_id` is its name in the queue.

    A message that is sent on has another name in the queue where it arrives.
    """

    message_id: str
    handle: str
    body: str
    group: str
    receives: int
    sent_at: int

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Received":
        """A message as Lambda hands it over."""
        attributes = record["attributes"]
        return cls(
            message_id=record["messageId"],
            handle=record["receiptHandle"],
            body=record["body"],
            group=attributes["MessageGroupId"],
            receives=int(attributes["ApproximateReceiveCount"]),
            sent_at=int(attributes["SentTimestamp"]),
        )


def show_again(sqs: Any, queue_url: str, handle: str, *, seconds: int) -> None:
    """Let the queue hold back a message, and those of its session behind it, for so long."""
    sqs.change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=handle, VisibilityTimeout=seconds
    )


def put_aside(
    sqs: Any, dead_letter_queue_url: str, received: Received, part: tuple[int, str]
) -> None:
    """Copy a part of a message, its place and its body, to the dead letters.

    Once within five minutes, however often it is asked.
    """
    place, body = part
    sqs.send_message(
        QueueUrl=dead_letter_queue_url,
        MessageBody=body,
        MessageGroupId=received.group,
        MessageDeduplicationId=f"given-up-{received.message_id}-{place}",
    )


def send_in_order(sqs: Any, queue_url: str, messages: Sequence[SealedMessage]) -> set[int]:
    """Send all messages; the positions of those that were not accepted.

    A batch may be accepted in part, so no batch holds two messages of a session, and a session
    whose message was not accepted sends no later one.
    """
    waiting: dict[str, deque[int]] = {}
    for position, message in enumerate(messages):
        waiting.setdefault(message.session_uuid, deque()).append(position)
    unsent: set[int] = set()
    while waiting:
        batch = {session: waiting[session].popleft() for session in list(waiting)[:_BATCH]}
        refused = _send_batch(sqs, queue_url, [(at, messages[at]) for at in batch.values()])
        for session, position in batch.items():
            if position in refused:
                unsent.update({position, *waiting.pop(session)})
            elif not waiting[session]:
                del waiting[session]
    return unsent


def _send_batch(
    sqs: Any, queue_url: str, numbered: Sequence[tuple[int, SealedMessage]]
) -> set[int]:
    entries = [
        {
            "Id": str(position),
            "MessageBody": message.to_body(),
            "MessageGroupId": message.session_uuid,
            "MessageDeduplicationId": message.key,
        }
        for position, message in numbered
    ]
    answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    return {int(failure["Id"]) for failure in answer.get("Failed", [])}


def replay(sqs: Any, *, source_url: str, target_url: str, limit: int) -> int:
    """Move up to `limit` messages from one FIFO queue to another; how many were moved.

    Each is sent before it is deleted, so a crash repeats at most one message, and within five
    minutes not even that: its deduplication id follows from its stay in the source queue. The ids
    of the first sending would be taken for repetitions.
    """
    return drain(sqs, source_url, partial(_is_sent_again, sqs, target_url), limit=limit)


def keep_unreadable(sqs: Any, queue_url: str, record: dict[str, Any]) -> None:
    """Keep a stream record that could not be read, as it is; again within five minutes, once."""
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=json.dumps(record),
        MessageGroupId=record["dynamodb"]["Keys"]["PK"]["S"],
        MessageDeduplicationId=record["eventID"],
    )


def pass_on_order(sqs: Any, queue_url: str, record: dict[str, Any]) -> None:
    """Have the call placed that a stream record orders, if it does. Twice places it once."""
    image = record["dynamodb"]["NewImage"]
    if image["item"]["S"] == "order":
        sqs.send_message(QueueUrl=queue_url, MessageBody=image["session_uuid"]["S"])


def drain(sqs: Any, queue_url: str, send: Callable[[Message], bool], *, limit: int) -> int:
    """Delete up to `limit` messages that `send` sends on; how many those were.

    A message that is not sent stays where it is.
    """
    sent = 0
    while sent < limit:
        received = _receive(sqs, queue_url, min(_BATCH, limit - sent))
        if not received:
            break
        for message in received:
            if send(message):
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                sent += 1
    return sent


def _receive(sqs: Any, queue_url: str, limit: int) -> list[Message]:
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=limit,
        WaitTimeSeconds=_RECEIVE_WAIT_SECONDS,
        MessageSystemAttributeNames=["MessageGroupId"],
    )
    messages: list[Message] = answer.get("Messages", [])
    return messages


def _is_sent_again(sqs: Any, target_url: str, message: Message) -> bool:
    sqs.send_message(
        QueueUrl=target_url,
        MessageBody=message["Body"],
        MessageGroupId=message["Attributes"]["MessageGroupId"],
        MessageDeduplicationId=f"replay-{message['MessageId']}",
    )
    return True
