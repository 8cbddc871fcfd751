"""Callbacks get through: late, in order, and without one customer waiting for another."""

import base64
import threading
import time
from collections.abc import Iterator

import pytest

from local.phone.simulator import CarrierSimulator
from tests.e2e.accounts import add_numbers
from tests.e2e.conftest import NewAccount
from tests.e2e.customer import Customer, Mailbox, Reply
from tests.e2e.people import pair
from tests.e2e.signatures import is_standard_signed, is_v3_signed
from tests.e2e.wire import Client

EVENTS_OF_A_CALL = 7
FIRST_GAP_SECONDS = 5


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """A customer's server waits for it; it opens in the end at the latest."""
    opened = threading.Event()
    yield opened
    opened.set()


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_callbacks_are_signed_for_a_customer_who_checks_only_one_of_the_two(
    method: str, client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    first, second = pair()
    url = f"{mailbox.url}/events?shop=7&lang=de"
    session = client.create(first, second, callback_url=url, callback_method=method)

    carrier.call(first, session["virtual_number"])

    received = mailbox.wait_for(7)
    assert {request.method for request in received} == {method}
    assert all(request.url.startswith(url) for request in received)
    for request in received:
        assert is_v3_signed(request, client.auth_token)
        assert is_v3_signed(request, client.auth_token, header="x-plivo-signature-ma-v3")
        assert not is_v3_signed(request, "another-token")
        assert is_standard_signed(request, client.auth_token)
        assert not is_standard_signed(request, "another-token")
    ids = {request.headers["webhook-id"] for request in received}
    assert len(ids) == len(received)


def test_a_subaccounts_callbacks_are_signed_with_its_own_token_alone(
    new_account: NewAccount, mailbox: Mailbox
) -> None:
    account = new_account()
    subaccount = account.subaccount
    [number] = add_numbers(account.client, 1, subaccount=subaccount.auth_id)
    first, second = pair()
    subaccount.create(first, second, callback_url=mailbox.url)

    account.carrier.call(first, number)

    for request in mailbox.wait_for(7):
        assert is_v3_signed(request, subaccount.auth_token)
        assert "x-plivo-signature-ma-v3" not in request.headers
        assert is_standard_signed(request, subaccount.auth_token)


def test_a_refused_callback_comes_again_and_those_behind_it_wait(
    client: Client, carrier: CarrierSimulator, customer: Customer
) -> None:
    elsewhere = customer.mailbox()
    refusals = {
        "server error": Reply(500),
        "redirect": Reply(302, {"Location": elsewhere.url}),
        "permanent redirect": Reply(308, {"Location": elsewhere.url}),
        "gone": Reply(410),
    }
    mailboxes = {name: customer.mailbox() for name in refusals}
    for name, mailbox in mailboxes.items():
        mailbox.reply_next(refusals[name])
        first, second = pair()
        session = client.create(first, second, callback_url=mailbox.url)
        carrier.call(first, session["virtual_number"])

    for mailbox in mailboxes.values():
        received = mailbox.wait_for(EVENTS_OF_A_CALL + 1)
        refused, repeated = received[:2]
        assert repeated.fields == refused.fields
        assert repeated.headers["webhook-id"] == refused.headers["webhook-id"]
        assert repeated.at - refused.at >= FIRST_GAP_SECONDS - 0.5
        assert is_v3_signed(repeated, client.auth_token)
        assert is_standard_signed(repeated, client.auth_token)
        in_order = list(range(1, EVENTS_OF_A_CALL + 1))
        assert [request.sequence for request in received[1:]] == in_order
    assert elsewhere.received == []


def test_dead_and_hanging_urls_delay_only_their_own_sessions(
    client: Client, carrier: CarrierSimulator, customer: Customer, gate: threading.Event
) -> None:
    hanging = customer.mailbox()
    hanging.usual_reply = Reply(gate=gate)
    for url in [hanging.url] * 8 + ["http://127.0.0.1:9/nobody-listens"] * 8:
        first, second = pair()
        session = client.create(first, second, callback_url=url)
        carrier.place(first, session["virtual_number"]).start()
    hanging.wait_for(8)
    alive = customer.mailbox()
    first, second = pair()
    session = client.create(first, second, callback_url=alive.url)

    started = time.monotonic()
    carrier.call(first, session["virtual_number"])
    received = alive.wait_for(EVENTS_OF_A_CALL, within=4)

    assert received[-1].at - started < 4
    assert len(hanging.received) == 8


def test_a_session_without_a_url_is_silent_until_it_gets_one(
    client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    first, second = pair()
    session = client.create(first, second)
    item = f"/Masking/Session/{session['session_uuid']}/"
    carrier.call(first, session["virtual_number"])

    client.send("POST", item, {"callback_url": mailbox.url, "callback_method": "GET"})
    carrier.call(second, session["virtual_number"])

    received = mailbox.expect_no_more(EVENTS_OF_A_CALL, seconds=0.5)
    assert {request.method for request in received} == {"GET"}
    # The first call's events had their places too.
    assert [request.sequence for request in received] == list(range(8, 15))
    client.send("POST", item, {"callback_url": ""})
    carrier.call(first, session["virtual_number"])
    mailbox.expect_no_more(EVENTS_OF_A_CALL, seconds=0.5)


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/events",
        "ftp://app.example/",
        "//app.example/",
        "https://",
        "https://10.0.0.1/internal",
        "{ourselves}/carriers/plivo/answer?CallUUID=1",
    ],
)
def test_a_url_that_will_never_be_called_is_refused_at_once(url: str, client: Client) -> None:
    first, second = pair()
    bad = {"callback_url": url.format(ourselves=client.api)}
    session = client.create(first, second)
    parties = {"first_party": second, "second_party": first}

    created = client.send("POST", "/Masking/Session/", parties | bad)
    updated = client.send("POST", f"/Masking/Session/{session['session_uuid']}/", bad)

    for answer in (created, updated):
        assert (answer.status, "callback_url" in answer.error) == (400, True)


def test_a_login_in_the_url_becomes_a_header_and_is_shown_nowhere(
    client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    first, second = pair()
    url = mailbox.url.replace("//", "//shop:p%40ss@")
    session = client.create(first, second, callback_url=url)
    item = f"/Masking/Session/{session['session_uuid']}/"

    shown = client.send("GET", item).json["response"]
    echoed = client.send("POST", item, shown | {"interaction": None})
    carrier.call(first, session["virtual_number"])

    assert (echoed.status, shown["callback_url"]) == (200, mailbox.url)
    assert "p%40ss" not in str([session, shown, echoed.json])
    pair_in_header = base64.b64encode(b"shop:p@ss").decode()
    for request in mailbox.wait_for(EVENTS_OF_A_CALL):
        assert request.headers["authorization"] == f"Basic {pair_in_header}"
        assert is_v3_signed(request, client.auth_token)
