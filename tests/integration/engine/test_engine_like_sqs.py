"""The engine's queues refuse and do what SQS refuses and does.

docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide has the rules: quotas-messages,
FIFO-queues-understanding-logic, FIFO-key-terms, sqs-dead-letter-queues.
"""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws.engine import Engine, queue_arn

MIB = 1024 * 1024
_NUMBERS = count()
FIFO = {
    "FifoQueue": "true",
    "DeduplicationScope": "messageGroup",
    "FifoThroughputLimit": "perMessageGroupId",
}


class Queue:
    def __init__(self, client: Any, **attributes: str) -> None:
        self.client = client
        suffix = ".fifo" if "FifoQueue" in attributes else ""
        self.url = client.create_queue(
            QueueName=f"like-sqs-{next(_NUMBERS)}{suffix}", Attributes=attributes
        )["QueueUrl"]

    def send(self, body: str, *, group: str = "g", name: str = "") -> None:
        self.client.send_message(
            QueueUrl=self.url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=name or body,
        )

    def receive(self, most: int = 10) -> list[Any]:
        answer = self.client.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=most, AttributeNames=["All"]
        )
        return list(answer.get("Messages", []))

    def bodies(self, most: int = 10) -> list[str]:
        return [message["Body"] for message in self.receive(most)]

    def show(self, message: Any) -> None:
        self.client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )

    def delete(self, message: Any) -> None:
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture(scope="module")
def client(running_engine: Engine) -> Any:
    return running_engine.client("sqs")


@pytest.fixture
def queue(client: Any) -> Queue:
    return Queue(client, **FIFO)


def refused(operation: Callable[..., Any], **request: Any) -> bool:
    with pytest.raises(ClientError) as error:
        operation(**request)
    return bool(error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400)


def test_a_group_waits_while_one_of_its_messages_is_in_flight(queue: Queue) -> None:
    """FIFO-queues-understanding-logic: no more of a group until those in flight are deleted, or
    visible again; other groups go on."""
    for body in ("a1", "a2", "b1"):
        queue.send(body, group=body[0])

    (first,) = queue.receive(1)
    assert first["Body"] == "a1"
    assert queue.bodies() == ["b1"]
    assert queue.bodies() == []

    queue.show(first)
    (again,) = queue.receive(1)
    assert again["Body"] == "a1"
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    queue.delete(again)
    assert queue.bodies() == ["a2"]


def test_one_answer_may_hold_several_messages_of_a_group_in_order(queue: Queue) -> None:
    """FIFO-queues-understanding-logic: "as many messages with the same message group ID"."""
    for body in ("a1", "a2", "a3"):
        queue.send(body)

    assert queue.bodies(2) == ["a1", "a2"]
    assert queue.bodies() == []


def test_a_message_comes_once_within_its_group_though_it_was_read_and_deleted(queue: Queue) -> None:
    """FIFO-key-terms: five minutes, "even after the message has been received and deleted"; with
    the scope of a message group, another group may have the name too."""
    queue.send("once", name="n")
    (message,) = queue.receive()
    queue.delete(message)

    queue.send("twice", name="n")
    queue.send("elsewhere", group="h", name="n")

    assert queue.bodies() == ["elsewhere"]


def test_a_message_of_a_fifo_queue_needs_group_and_name(queue: Queue) -> None:
    """API_SendMessage: MessageGroupId is required, MessageDeduplicationId unless by content."""
    send = queue.client.send_message

    assert refused(send, QueueUrl=queue.url, MessageBody="x", MessageDeduplicationId="n")
    assert refused(send, QueueUrl=queue.url, MessageBody="x", MessageGroupId="g")


def test_a_message_has_at_most_a_mebibyte_and_so_has_a_batch(queue: Queue) -> None:
    """quotas-messages: 1 MiB since August 2025, "the total size of all messages" of a batch too."""
    queue.send("x" * MIB)
    assert refused(queue.client.send_message, QueueUrl=queue.url, MessageBody="x" * (MIB + 1))

    entries = [
        {"Id": name, "MessageBody": "x" * (MIB // 2 + 1), "MessageGroupId": name}
        | {"MessageDeduplicationId": name}
        for name in "ab"
    ]
    assert refused(queue.client.send_message_batch, QueueUrl=queue.url, Entries=entries)


def test_a_batch_has_at_most_ten_messages(queue: Queue) -> None:
    """quotas-messages, "Message batch"."""
    entries = [
        {"Id": str(one), "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "n"}
        for one in range(11)
    ]

    assert refused(queue.client.send_message_batch, QueueUrl=queue.url, Entries=entries)
    assert refused(queue.client.receive_message, QueueUrl=queue.url, MaxNumberOfMessages=11)


def test_a_message_that_was_received_often_enough_is_a_dead_letter(client: Any) -> None:
    """sqs-dead-letter-queues: once its count of receives exceeds maxReceiveCount."""
    dead = Queue(client, **FIFO)
    redrive = {"deadLetterTargetArn": queue_arn(dead.url), "maxReceiveCount": 2}
    queue = Queue(client, **FIFO, RedrivePolicy=json.dumps(redrive))
    for body in ("never", "next"):
        queue.send(body)

    for attempt in ("1", "2"):
        (message,) = queue.receive(1)
        assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == (
            "never",
            attempt,
        )
        queue.show(message)

    assert queue.bodies() == ["next"]
    assert dead.bodies() == ["never"]
