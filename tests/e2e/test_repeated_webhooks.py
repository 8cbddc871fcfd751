"""Carriers repeat and reorder their webhooks; each event counts once, whatever the order."""

import itertools
import random
from typing import Any

import pytest

from local.phone.dialect import Moment
from local.phone.simulator import CarrierSimulator
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Webhook
from tests.e2e.customer import Customer, Mailbox
from tests.e2e.people import pair
from tests.e2e.wire import Client

ALL_ORDERS = list(itertools.permutations(range(5)))
# The same ones in every run, the reverse of the natural order among them.
ORDERS = [ALL_ORDERS[-1], *random.Random(4711).sample(ALL_ORDERS[1:-1], 14)]

INDIVIDUAL = {"session_uuid", "first_party", "second_party", "callback_url"}
TIMES = {"created_time", "modified_time", "expiry_time", "last_interaction_time"}


def finished_call(
    client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> tuple[str, SimulatedCall]:
    """A conversation of which only the answer webhook has reached us, and its session."""
    first, second = pair()
    session = client.create(first, second, callback_url=mailbox.url)
    number = session["virtual_number"]
    call = carrier.place(first, number, collects=True).start().answer().hangup(after=40)
    assert [webhook.kind for webhook in call.pending] == [
        "dial",
        "dial",
        "dial",
        "action",
        "hangup",
    ]
    return session["session_uuid"], call


def deliver(call: SimulatedCall, webhooks: list[Webhook]) -> None:
    assert {call.deliver(webhook).status for webhook in webhooks} == {200}


def comparable(session: dict[str, Any]) -> dict[str, Any]:
    """What must be the same in every order: all but names of things and moments in time."""
    entries = [
        {
            key: value
            for key, value in entry.items()
            if key not in {"start_time", "end_time"} and not key.endswith("_resource_url")
        }
        for entry in session["interaction"]
    ]
    kept = {key: value for key, value in session.items() if key not in INDIVIDUAL | TIMES}
    return kept | {"interaction": entries}


def told(mailbox: Mailbox) -> list[tuple[tuple[str, str], ...]]:
    """The callbacks without what tells sessions and orders apart, sorted."""
    left_out = {"EventTimestamp", "SessionUUID", "From", "To", "CallUUID", "SequenceNumber"}
    return sorted(
        tuple(item for item in request.fields.items() if item[0] not in left_out)
        for request in mailbox.received
    )


def test_webhooks_in_any_order_lead_to_the_same_session_and_callbacks(
    client: Client, carrier: CarrierSimulator, customer: Customer
) -> None:
    natural = customer.mailbox()
    session_uuid, call = finished_call(client, carrier, natural)
    deliver(call, call.pending)
    natural.wait_for(7)
    expected = comparable(client.session(session_uuid))
    assert (expected["status"], expected["total_call_count"]) == ("active", 2)

    for order in ORDERS:
        mailbox = customer.mailbox()
        session_uuid, call = finished_call(client, carrier, mailbox)
        # Each webhook once more in the end, and some in between.
        shuffled = [call.pending[index] for index in order]
        deliver(call, [*shuffled, *shuffled[:3], *call.pending])

        assert comparable(client.session(session_uuid)) == expected, order
        received = mailbox.wait_for(7)
        assert [request.sequence for request in received] == list(range(1, 8)), order
        assert told(mailbox) == told(natural), order


def test_repetitions_after_the_end_change_not_a_byte(
    client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    session_uuid, call = finished_call(client, carrier, mailbox)
    deliver(call, call.pending)
    before = client.session(session_uuid)

    deliver(call, [*call.pending, *reversed(call.pending)])

    assert client.session(session_uuid) == before
    mailbox.expect_no_more(7)


def test_a_repeated_answer_webhook_gets_the_same_answer_and_counts_once(
    client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    first, second = pair()
    session = client.create(first, second, callback_url=mailbox.url)
    call = carrier.place(first, session["virtual_number"]).start()
    [asked] = call.sent("answer")

    again = call.deliver(asked.webhook)

    assert again.body == asked.body
    call.answer().hangup()
    late = call.deliver(asked.webhook)
    assert late.status == 200
    after = client.session(session["session_uuid"])
    assert (after["status"], after["total_call_count"]) == ("active", 2)
    mailbox.expect_no_more(7)


@pytest.mark.parametrize("kinds", [{"hangup"}, {"action"}, {"hangup", "action"}])
def test_one_report_of_the_end_is_enough_to_free_the_line(
    kinds: set[str], client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    session_uuid, call = finished_call(client, carrier, mailbox)

    deliver(call, [webhook for webhook in call.pending if webhook.kind in kinds])

    session = client.session(session_uuid)
    assert session["status"] == "active"
    assert session["interaction"][0]["end_time"]


def test_webhooks_of_a_call_that_we_never_answered_are_acknowledged(
    client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    session = client.create(first, second)
    call = carrier.place(second, session["virtual_number"])

    [arrived] = call.webhooks(Moment.ARRIVED)
    hangup = {**arrived.params, "Event": "Hangup", "Duration": "9", "CallStatus": "completed"}
    webhook = Webhook("hangup", "POST", carrier.carrier.status_url, hangup)

    assert call.deliver(webhook).status == 200
    assert client.session(session["session_uuid"])["total_call_count"] == 0
