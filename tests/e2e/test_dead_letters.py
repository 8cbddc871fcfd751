"""A callback that nobody takes ends in the dead-letter queue, and the operator sends it again.

Runs a stack of its own, in this process: ten attempts take hours, and it can spare their gaps.
"""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.engine import Engine
from local.stack.stack import LocalStack
from tests.e2e.accounts import Account, seeded_account
from tests.e2e.customer import Customer, Reply
from tests.e2e.people import pair
from tests.e2e.signatures import is_standard_signed, is_v3_signed
from tests.e2e.wire import exchange


@pytest.fixture(scope="module")
def stack(running_engine: Engine) -> Iterator[LocalStack]:
    with LocalStack(engine=running_engine) as running:
        yield running


@pytest.fixture(scope="module")
def local_account(stack: LocalStack) -> Account:
    return seeded_account(exchange("GET", f"{stack.url}/local/info").json)


class Queues:
    """The callback queues, with an SQS client."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._sqs = stack.engine.client("sqs")
        self._dead_letters = stack.engine.queue_urls["CallbackDeadLetterQueue"]

    def dead_letters(self) -> int:
        name = "ApproximateNumberOfMessages"
        answer = self._sqs.get_queue_attributes(QueueUrl=self._dead_letters, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def wait_for_dead_letters(self, count: int, *, within: float = 20.0) -> None:
        deadline = time.monotonic() + within
        while self.dead_letters() != count:
            assert time.monotonic() < deadline, f"{self.dead_letters()} dead letters, not {count}"
            self._stack.release_messages()
            time.sleep(0.1)


@pytest.fixture
def queues(stack: LocalStack) -> Queues:
    return Queues(stack)


def replay(stack: LocalStack, event: dict[str, Any]) -> Any:
    url = f"{stack.url}/local/functions/replay_callbacks"
    return exchange("POST", url, body=json.dumps(event).encode()).json


def test_a_given_up_callback_is_replayed_to_its_customer(
    stack: LocalStack, local_account: Account, queues: Queues, customer: Customer
) -> None:
    client, mailbox = local_account.client, customer.mailbox()
    for _ in range(10):
        mailbox.reply_next(Reply(503))
    first, second = pair()
    session = client.create(first, second, callback_url=mailbox.url)

    local_account.carrier.call(first, session["virtual_number"])
    queues.wait_for_dead_letters(1)

    # Nothing waits any longer for the one that was given up.
    received = mailbox.wait_for(16)
    assert [request.sequence for request in received] == [1] * 10 + list(range(2, 8))

    assert replay(stack, {}) == {"moved": 1, "published": 0}

    [refused, *_, replayed] = mailbox.wait_for(17)
    assert replayed.fields == refused.fields
    assert replayed.headers["webhook-id"] == refused.headers["webhook-id"]
    assert is_v3_signed(replayed, client.auth_token)
    assert is_standard_signed(replayed, client.auth_token)
    assert queues.dead_letters() == 0
    assert replay(stack, {}) == {"moved": 0, "published": 0}


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> str:
    """A URL whose name leads to an address that may not be called."""
    look_up = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **options: Any) -> Any:
        return look_up("10.0.0.1" if host == "inside.example" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return "https://inside.example/off-limits"


def test_a_url_that_is_off_limits_is_given_up_at_once_and_holds_up_nothing(
    stack: LocalStack, local_account: Account, customer: Customer, queues: Queues, inside: str
) -> None:
    client, mailbox = local_account.client, customer.mailbox()
    first, second = pair()
    session = client.create(first, second, callback_url=inside)
    local_account.carrier.call(first, session["virtual_number"])

    item = f"/Masking/Session/{session['session_uuid']}/"
    client.send("POST", item, {"callback_url": mailbox.url})
    local_account.carrier.call(second, session["virtual_number"])

    received = mailbox.wait_for(7)
    assert [request.sequence for request in received] == list(range(8, 15))
    queues.wait_for_dead_letters(7)
    assert replay(stack, {"limit": 2}) == {"moved": 2, "published": 0}

    # Whoever may not be called now may not be called then either: they are back, and no loop.
    queues.wait_for_dead_letters(7)
