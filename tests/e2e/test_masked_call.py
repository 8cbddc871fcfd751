"""The story that Maskline exists for, from the first request to the last callback."""

from typing import Any

import plivo
import pytest

from local.phone.simulator import CarrierSimulator, Script
from tests.e2e.conftest import NewAccount
from tests.e2e.customer import Customer, Mailbox, Reply
from tests.e2e.people import pair, phone
from tests.e2e.service import Service
from tests.e2e.signatures import is_standard_signed, is_v3_signed
from tests.e2e.wire import Client

HOUR = 3600

# One conversation: ringing 4 s, talking 30 s; billed in whole minutes, 0.0085 for the caller's leg
# and 0.0075 for the other.
TALK = Script(ring_seconds=4, talk_seconds=30)
LEGS, BILLED_SECONDS, LEG_SECONDS, AMOUNT = 2, 120, 34 + 30, 0.016

BEGINNING = ["SessionVirtualNumberAnswer", "Session{caller}PartyAnswer", "Session{callee}PartyRing"]
TALKING = [*BEGINNING, "Session{callee}PartyAnswer"]
CONVERSATION = [
    *TALKING,
    "Session{callee}PartyHangup",
    "Session{caller}PartyHangup",
    "SessionPartiesHangup",
]


def named(events: list[str], caller: str, callee: str) -> list[str]:
    return [name.format(caller=caller, callee=callee) for name in events]


def plain(value: Any) -> Any:
    """What the SDK returns, as JSON would have it."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "__dict__"):
        return {name: plain(item) for name, item in vars(value).items()}
    return value


def test_a_masked_call_from_first_request_to_last_callback(
    sdk: Any, client: Client, carrier: CarrierSimulator, service: Service, mailbox: Mailbox
) -> None:
    first, second = pair()
    created = sdk.masking_sessions.create_masking_session(
        first_party=first,
        second_party=second,
        session_expiry=HOUR,
        ring_timeout=25,
        call_time_limit=1800,
        callback_url=mailbox.url,
    )
    session_uuid, number = created.session_uuid, created.virtual_number
    assert created.message == "Session created"
    assert number in service.info()["numbers"]

    calls = [
        (first, second, "First", "Second"),
        (second, first, "Second", "First"),
    ]
    for done, (caller, callee, caller_role, callee_role) in enumerate(calls):
        call = carrier.place(caller, number).start()

        leg = call.leg
        assert leg is not None, call.heard
        assert (leg.to, leg.caller_id) == (callee, number)
        assert (leg.ring_timeout, leg.time_limit) == (25, 1800)

        call.answer(after=TALK.ring_seconds)
        assert sdk.masking_sessions.get_masking_session(session_uuid).response.status == (
            "in-progress"
        )
        assert_told(mailbox, done * 7, named(TALKING, caller_role, callee_role))

        call.hangup("caller", after=TALK.talk_seconds)
        assert {delivery.status for delivery in call.deliveries} == {200}
        assert_told(mailbox, done * 7, named(CONVERSATION, caller_role, callee_role))
        assert_counted(
            plain(sdk.masking_sessions.get_masking_session(session_uuid).response), done + 1
        )

    listed = sdk.masking_sessions.list_masking_session(first_party=first)
    [found] = listed.response.objects
    assert found.session_uuid == session_uuid
    assert_counted(plain(found), 2)
    retrieved = plain(sdk.masking_sessions.get_masking_session(session_uuid).response)
    assert {key: value for key, value in plain(found).items() if key != "resource_uri"} == retrieved

    service.advance(HOUR)
    received = mailbox.wait_for(15)
    assert received[-1].event == "SessionTimeout"
    late = carrier.call(first, number)
    assert late.legs == []
    assert late.heard

    service.advance(HOUR)
    received = mailbox.expect_no_more(15)
    assert [request.sequence for request in received] == list(range(1, 16))
    assert all(request.fields["SessionUUID"] == session_uuid for request in received)
    assert all(is_v3_signed(request, client.auth_token) for request in received)
    assert all(is_standard_signed(request, client.auth_token) for request in received)
    expired = sdk.masking_sessions.get_masking_session(session_uuid).response
    assert expired.status == "expired"
    assert len(expired.interaction) == 2


def assert_told(mailbox: Mailbox, before: int, expected: list[str]) -> None:
    received = mailbox.wait_for(before + len(expected))
    assert [request.event for request in received[before:]] == expected


def assert_counted(session: dict[str, Any], conversations: int) -> None:
    """The session after as many conversations by the script TALK, and their interactions."""
    assert session["status"] == "active"
    assert session["total_call_count"] == conversations * LEGS
    assert session["total_call_billed_duration"] == conversations * BILLED_SECONDS
    assert session["total_call_amount"] == pytest.approx(conversations * AMOUNT)
    assert session["total_session_amount"] == pytest.approx(conversations * AMOUNT)
    assert session["last_interaction_time"] == session["interaction"][-1]["end_time"]
    assert len(session["interaction"]) == conversations
    for entry in session["interaction"]:
        assert entry["type"] == "call"
        assert entry["total_call_count"] == LEGS
        assert entry["call_billed_duration"] == BILLED_SECONDS
        assert entry["duration"] == LEG_SECONDS
        assert entry["total_call_amount"] == pytest.approx(AMOUNT)
        assert entry["first_party_status"] == entry["second_party_status"] == "completed"


def test_callbacks_say_who_called_whom_and_what_it_cost(
    client: Client, carrier: CarrierSimulator, mailbox: Mailbox
) -> None:
    first, second = pair()
    session = client.create(first, second, callback_url=mailbox.url)

    carrier.call(second, session["virtual_number"], TALK)

    received = mailbox.wait_for(7)
    numbers = {
        "From": second.removeprefix("+"),
        "To": first.removeprefix("+"),
        "VirtualNumber": session["virtual_number"],
    }
    assert all(numbers.items() <= request.fields.items() for request in received)
    by_event = {request.event: request.fields for request in received}
    assert by_event["SessionFirstPartyHangup"].items() >= {
        ("Duration", "30"),
        ("BilledDuration", "60"),
        ("PlivoHangupCause", "NORMAL_CLEARING"),
        ("PlivoHangupCauseCode", "4000"),
    }
    assert float(by_event["SessionFirstPartyHangup"]["Amount"]) == pytest.approx(0.0075)
    assert float(by_event["SessionSecondPartyHangup"]["Amount"]) == pytest.approx(0.0085)
    assert float(by_event["SessionPartiesHangup"]["Amount"]) == pytest.approx(AMOUNT)


def test_each_party_of_a_per_party_session_has_a_number_and_sees_it(
    client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    client.create(first, phone())  # the first party's first number is taken

    session = client.create(first, second, virtual_number_strategy="per_party")

    dials_first = f"+{session['first_party_virtual_number']}"
    dials_second = f"+{session['second_party_virtual_number']}"
    assert dials_first != dials_second
    forth = carrier.call(first, dials_first).leg
    assert forth is not None
    assert (forth.to, forth.caller_id) == (second, dials_second)
    back = carrier.call(second, dials_second).leg
    assert back is not None
    assert (back.to, back.caller_id) == (first, dials_first)
    assert carrier.call(second, dials_first).legs == []


def test_a_call_in_progress_outlives_its_session_and_a_new_one_is_refused(
    client: Client, carrier: CarrierSimulator, service: Service, mailbox: Mailbox
) -> None:
    first, second = pair()
    session = client.create(first, second, session_expiry=60, callback_url=mailbox.url)
    number = session["virtual_number"]
    call = carrier.place(first, number).start().answer()

    service.advance(61)
    assert client.session(session["session_uuid"])["status"] == "expired"
    assert carrier.call(second, number).legs == []
    call.hangup("callee", after=30)

    received = mailbox.wait_for(8)
    assert sorted(request.event for request in received) == sorted(
        [*named(CONVERSATION, "First", "Second"), "SessionTimeout"]
    )
    assert client.session(session["session_uuid"])["total_call_count"] == 2


def test_after_expiry_the_numbers_own_application_answers(
    new_account: NewAccount, service: Service, customer: Customer
) -> None:
    shop = customer.mailbox()
    shop.usual_reply = Reply(
        headers={"Content-Type": "application/xml"},
        body=b"<Response><Speak>Welcome to the shop</Speak></Response>",
    )
    account = new_account(1, fallback_answer_url=shop.url)
    [number] = account.numbers
    first, second = pair()
    account.client.create(first, second, session_expiry=60)
    assert account.carrier.call(first, number).is_connected

    service.advance(60)
    late = account.carrier.call(first, number)

    assert late.heard == ["Welcome to the shop"]
    assert late.legs == []
    assert shop.received[-1].fields["From"] == first.removeprefix("+")


def test_a_deleted_session_connects_nobody_and_tells_no_timeout(
    sdk: Any, carrier: CarrierSimulator, service: Service, mailbox: Mailbox
) -> None:
    first, second = pair()
    created = sdk.masking_sessions.create_masking_session(
        first_party=first, second_party=second, session_expiry=60, callback_url=mailbox.url
    )
    carrier.call(first, created.virtual_number, Script(answer="busy"))
    told = len(named(BEGINNING, "First", "Second")) + 3
    mailbox.wait_for(told)

    deleted = sdk.masking_sessions.delete_masking_session(created.session_uuid)

    assert deleted.message == "Session expired"
    assert carrier.call(first, created.virtual_number).legs == []
    service.advance(HOUR)
    events = [request.event for request in mailbox.expect_no_more(told)]
    assert "SessionTimeout" not in events
    session = sdk.masking_sessions.get_masking_session(created.session_uuid).response
    assert (session.status, session.expiry_time) == ("expired", session.modified_time)
    with pytest.raises(plivo.exceptions.ValidationError, match="Session already expired"):
        sdk.masking_sessions.delete_masking_session(created.session_uuid)


def test_an_expired_pair_may_meet_again_on_the_same_number(
    client: Client, carrier: CarrierSimulator, service: Service
) -> None:
    first, second = pair()
    before = client.create(first, second, session_expiry=60)
    service.advance(60)

    after = client.create(second, first)

    assert after["virtual_number"] == before["virtual_number"]
    call = carrier.call(first, after["virtual_number"])
    assert call.leg is not None
    assert call.leg.to == second
