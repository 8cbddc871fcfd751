"""A session's timeout is told once, even if TTL notices it before the sweep.

Runs a stack of its own, in this process, in which no schedule runs: the sweep is down.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.aws.deployment import from_template
from local.aws.engine import Engine
from local.stack.stack import LocalStack
from tests.e2e.accounts import Account, seeded_account
from tests.e2e.customer import Customer
from tests.e2e.people import pair
from tests.e2e.wire import exchange


@pytest.fixture(scope="module")
def stack_without_sweep() -> Iterator[LocalStack]:
    with (
        Engine(replace(from_template(), schedules=())) as engine,
        LocalStack(engine=engine) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def local_account(stack_without_sweep: LocalStack) -> Account:
    return seeded_account(exchange("GET", f"{stack_without_sweep.url}/local/info").json)


def sweep(stack: LocalStack) -> None:
    assert (
        exchange("POST", f"{stack.url}/local/functions/expire_sessions", body=b"{}").status == 200
    )


def test_ttl_tells_a_timeout_while_the_sweep_is_down_and_the_sweep_does_not_repeat_it(
    stack_without_sweep: LocalStack, local_account: Account, customer: Customer
) -> None:
    stack, mailbox = stack_without_sweep, customer.mailbox()
    session = local_account.client.create(*pair(), session_expiry=60, callback_url=mailbox.url)

    stack.advance(58)
    stack.settle()
    assert mailbox.received == []

    stack.advance(3)
    [told] = mailbox.wait_for(1)
    assert told.event == "SessionTimeout"
    assert told.fields["SessionUUID"] == session["session_uuid"]

    sweep(stack)
    stack.settle()
    mailbox.expect_no_more(1)
