"""Calls that are not the happy story: who is connected, who is not, and what they hear."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.phone.plivo.records import billed
from local.phone.simulator import Answer as CalleeDoes
from local.phone.simulator import CarrierSimulator, Script
from tests.e2e.conftest import NewAccount
from tests.e2e.customer import Mailbox
from tests.e2e.people import pair, phone, virtual_number
from tests.e2e.service import Service
from tests.e2e.wire import Client

FORM = "application/x-www-form-urlencoded"


def status_of(client: Client, session: dict[str, Any]) -> str:
    return str(client.session(session["session_uuid"])["status"])


@pytest.mark.parametrize("caller", ["+447700900998", "anonymous", "", "sip:someone@example.com"])
def test_a_caller_that_nobody_knows_hears_so_and_is_connected_to_nobody(
    caller: str, client: Client, carrier: CarrierSimulator
) -> None:
    session = client.create(*pair())

    call = carrier.call(caller, session["virtual_number"])

    assert call.legs == []
    assert call.heard
    assert client.session(session["session_uuid"])["interaction"] is None


@pytest.mark.parametrize("dialled", [virtual_number(), "12", "", "sip:us@example.com"])
def test_whoever_dials_a_number_that_is_not_ours_hears_so(
    dialled: str, carrier: CarrierSimulator
) -> None:
    call = carrier.call(phone(), dialled)

    assert call.legs == []
    assert call.heard


def test_a_retired_number_serves_its_sessions_and_takes_no_new_ones(
    new_account: NewAccount, service: Service
) -> None:
    account = new_account(1)
    client, [number] = account.client, account.numbers
    first, second = pair()
    client.create(first, second, session_expiry=60)
    item = f"/Number/{number}/"

    assert client.send("POST", item, {"status": "retired"}).status == 202

    call = account.carrier.call(second, number)
    assert call.leg is not None
    assert call.leg.to == first
    refused = client.send(
        "POST", "/Masking/Session/", {"first_party": phone(), "second_party": phone()}
    )
    assert (refused.status, refused.error) == (400, "Number pool exhausted or not available")
    assert client.send("DELETE", item).status == 409
    service.advance(299)
    assert client.send("DELETE", item).status == 409
    service.advance(60)
    assert client.send("DELETE", item).status == 204
    assert not account.carrier.call(second, number).is_connected


def test_what_a_party_is_told_holds_no_number_but_the_one_to_dial(
    client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    session = client.create(first, second)

    call = carrier.call(first, session["virtual_number"])

    document = call.sent("answer")[0].text
    assert document.count(second) == 1
    assert f"<Number>{second}</Number>" in document
    assert first.removeprefix("+") not in document
    for delivery in call.deliveries[1:]:
        assert second.removeprefix("+") not in delivery.webhook.url + delivery.text


def test_a_second_call_is_busy_while_the_first_is_on(
    client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    first, second = pair()
    session = client.create(first, second, callback_url=mailbox.url)
    talk = carrier.place(first, session["virtual_number"]).start().answer()

    meanwhile = carrier.call(second, session["virtual_number"])

    assert (meanwhile.outcome, meanwhile.legs) == ("busy", [])
    assert status_of(client, session) == "in-progress"
    talk.hangup()
    assert carrier.call(second, session["virtual_number"]).is_connected
    assert len(client.session(session["session_uuid"])["interaction"]) == 2
    assert len(mailbox.wait_for(14)) == 14


def test_when_both_call_at_the_same_moment_one_gets_through(
    client: Client, carrier: CarrierSimulator
) -> None:
    with ThreadPoolExecutor(2) as phones:
        for _ in range(8):
            session = client.create(*pair())
            number = session["virtual_number"]
            callers = (f"+{session['first_party']}", f"+{session['second_party']}")

            calls = list(phones.map(lambda who, to=number: carrier.place(who, to).start(), callers))

            assert sorted(call.outcome for call in calls) == ["busy", "dialling"]
            assert status_of(client, session) == "in-progress"


def test_the_same_phone_is_busy_as_well_until_its_own_call_is_over(
    client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    session = client.create(first, second)
    number = session["virtual_number"]
    talking = carrier.place(first, number).start().answer()

    assert [carrier.call(first, number).outcome for _ in range(3)] == ["busy"] * 3
    talking.hangup("callee", after=5)

    again = carrier.place(first, number).start().answer()
    assert status_of(client, session) == "in-progress"
    assert carrier.call(second, number).outcome == "busy"
    again.hangup(after=20)
    after = client.session(session["session_uuid"])
    assert (after["status"], after["total_call_count"]) == ("active", 4)
    assert len(after["interaction"]) == 2


def test_a_lost_hangup_locks_nobody_out_once_the_carrier_says_the_call_is_dead(
    client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    session = client.create(first, second)
    number = session["virtual_number"]
    # Over at the carrier, whose webhooks about it are on their way for ever.
    lost = carrier.place(first, number, collects=True).start().answer()
    assert carrier.call(second, number).outcome == "busy"
    lost.hangup()
    assert status_of(client, session) == "in-progress"

    call = carrier.call(second, number)

    assert call.leg is not None
    assert call.leg.to == first


def test_a_lost_hangup_locks_nobody_out_for_longer_than_a_call_may_last(
    client: Client, carrier: CarrierSimulator, service: Service
) -> None:
    first, second = pair()
    session = client.create(first, second, ring_timeout=30, call_time_limit=60)
    carrier.place(first, session["virtual_number"], collects=True).start().answer()
    service.advance(80)
    assert carrier.call(second, session["virtual_number"]).outcome == "busy"

    service.advance(11)

    assert status_of(client, session) == "active"
    assert carrier.call(second, session["virtual_number"]).is_connected


UNANSWERED: list[tuple[CalleeDoes, str, str]] = [
    ("busy", "busy", "USER_BUSY"),
    ("rejected", "busy", "CALL_REJECTED"),
    ("no-answer", "no-answer", "NO_ANSWER"),
    ("timeout", "no-answer", "PROGRESS_TIMEOUT"),
    ("unreachable", "failed", "DESTINATION_OUT_OF_ORDER"),
]


@pytest.mark.parametrize("reports_legs", [False, True])
@pytest.mark.parametrize(("outcome", "status", "cause"), UNANSWERED)
def test_a_callee_who_does_not_answer(
    outcome: CalleeDoes,
    status: str,
    cause: str,
    reports_legs: bool,
    client: Client,
    carrier: CarrierSimulator,
    mailbox: Mailbox,
) -> None:
    first, second = pair()
    session = client.create(first, second, callback_url=mailbox.url, ring_timeout=20)
    telling = carrier.having(reports_unanswered_legs=reports_legs)

    call = telling.call(first, session["virtual_number"], Script(answer=outcome))

    assert call.heard
    after = client.session(session["session_uuid"])
    [entry] = after["interaction"]
    assert (after["status"], entry["second_party_status"]) == ("active", status)
    assert entry["first_party_status"] == "completed"
    assert entry["call_billed_duration"] == billed(call.ended.duration if call.ended else 0)
    received = mailbox.expect_no_more(6, seconds=0.3)
    assert [request.event for request in received] == [
        "SessionVirtualNumberAnswer",
        "SessionFirstPartyAnswer",
        "SessionSecondPartyRing",
        "SessionSecondPartyHangup",
        "SessionFirstPartyHangup",
        "SessionPartiesHangup",
    ]
    assert received[3].fields["PlivoHangupCause"] == cause
    assert received[3].fields["Duration"] == "0"


def test_a_caller_who_hangs_up_while_it_rings(
    client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    first, second = pair()
    session = client.create(first, second, callback_url=mailbox.url)

    call = carrier.place(second, session["virtual_number"]).start().hangup("caller", after=7)

    assert not call.is_connected
    [entry] = client.session(session["session_uuid"])["interaction"]
    assert (entry["first_party_status"], entry["second_party_status"]) == ("cancel", "completed")
    assert (entry["duration"], entry["total_call_count"]) == (7, 1)
    assert status_of(client, session) == "active"
    events = [request.event for request in mailbox.expect_no_more(6, seconds=0.3)]
    assert "SessionFirstPartyAnswer" not in events


def test_a_call_that_reaches_its_time_limit(client: Client, carrier: CarrierSimulator) -> None:
    session = client.create(*pair(), call_time_limit=60)
    caller = f"+{session['second_party']}"

    call = carrier.call(caller, session["virtual_number"], Script(talk_seconds=500))

    assert call.leg is not None
    assert call.leg.duration == 60
    after = client.session(session["session_uuid"])
    assert (after["status"], after["interaction"][0]["duration"]) == ("active", 60 + 64)
