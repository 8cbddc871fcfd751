from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from local.aws.engine import forget_cached_values
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
def cloud(monkeypatch: pytest.MonkeyPatch, deployment: None) -> Iterator[None]:
    """A table, all queues, key and secret, as the template has them in what matters here."""
    with mock_aws():
        sqs = boto3.client("sqs")
        dead, unreadable = (
            sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
            for name in ("dead", "unreadable")
        )
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        redrive = (
            f'{{"deadLetterTargetArn": "{arn["Attributes"]["QueueArn"]}", "maxReceiveCount": 1000}}'
        )
        live = sqs.create_queue(
            QueueName="callbacks.fifo",
            Attributes={"FifoQueue": "true", "RedrivePolicy": redrive, "VisibilityTimeout": "200"},
        )["QueueUrl"]
        boto3.client("dynamodb").create_table(
            TableName="maskline",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")
            ],
            KeySchema=[
                {"AttributeName": "PK", "KeyType": "HASH"},
                {"AttributeName": "SK", "KeyType": "RANGE"},
            ],
        )
        monkeypatch.setenv("CALLBACK_QUEUE_URL", live)
        monkeypatch.setenv("CALLBACK_DEAD_LETTER_QUEUE_URL", dead)
        monkeypatch.setenv("UNREADABLE_RECORDS_QUEUE_URL", unreadable)
        orders = boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
        monkeypatch.setenv("CALL_ORDER_QUEUE_URL", orders)
        key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
        monkeypatch.setenv("WRAPPING_KEY_ARN", key)
        secret = boto3.client("secretsmanager").create_secret(Name="s", SecretString="a secret")
        monkeypatch.setenv("DEPLOYMENT_SECRET_ARN", secret["ARN"])
        forget_cached_values(but=frozenset({"maskline.aws"}))
        yield
        forget_cached_values()
