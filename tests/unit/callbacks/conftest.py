import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from local.aws.engine import Engine
from maskline.config import settings
from tests.unit.callbacks.deployment import environment
from tests.unit.callbacks.receiver import Behaviour, Receiver
from tests.unit.callbacks.trust import Authority

Start = Callable[..., Receiver]


@pytest.fixture
def receive() -> Iterator[Start]:
    """Starts receivers, and ends them after the test."""
    started: list[Receiver] = []

    def start(behaviour: Behaviour, **options: object) -> Receiver:
        started.append(Receiver(behaviour, **options))
        return started[-1]

    yield start
    for receiver in started:
        receiver.close()


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A certificate authority that nobody else trusts."""
    return Authority()


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of a deployment."""
    yield from environment(monkeypatch)


@pytest.fixture
def cloud(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The table, key and secret of the template, and queues that have seen no message before."""
    yield from _with_queues(engine.client("sqs"), monkeypatch)


@pytest.fixture(params=["local", "moto"])
def queues(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The queues of the local stack, and those of a simulation that nobody here wrote."""
    if request.param == "local":
        yield from _with_queues(request.getfixturevalue("engine").client("sqs"), monkeypatch)
        return
    request.getfixturevalue("deployment")
    with mock_aws():
        yield from _with_queues(boto3.client("sqs"), monkeypatch)


def _with_queues(sqs: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An emptied FIFO queue still knows for five minutes what was sent to it."""

    def create(name: str, **attributes: str) -> str:
        created = sqs.create_queue(QueueName=f"{uuid4().hex}{name}", Attributes=attributes)
        return str(created["QueueUrl"])

    dead, unreadable = (create(".fifo", FifoQueue="true") for _ in range(2))
    told = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": told["Attributes"]["QueueArn"], "maxReceiveCount": 1000}
    live = create(
        ".fifo", FifoQueue="true", RedrivePolicy=json.dumps(redrive), VisibilityTimeout="200"
    )
    urls = {
        "CALLBACK_QUEUE_URL": live,
        "CALLBACK_DEAD_LETTER_QUEUE_URL": dead,
        "UNREADABLE_RECORDS_QUEUE_URL": unreadable,
        "CALL_ORDER_QUEUE_URL": create(""),
    }
    for name, value in {**urls, "ALLOW_LOOPBACK_CALLBACKS": "true"}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)
