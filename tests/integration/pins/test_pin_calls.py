"""A caller is asked for a PIN: who is asked, what is told, and that each attempt counts once."""

from dataclasses import replace
from typing import Any

import pytest

from maskline.domain.calls.plan import (
    Announce,
    Announcement,
    Busy,
    CollectPin,
    Dial,
    HandOver,
    Play,
)
from maskline.domain.sessions.session import Session, Strategy
from tests.support import builders
from tests.support.builders import party
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.service import Service
from tests.support.threads import together

PINS = builders.pin_terms()
FIRST_PIN, SECOND_PIN = PINS.first_pin, PINS.second_pin
PROMPT = CollectPin(PINS.prompt_url, PINS.wait_seconds)
PROMPT_AGAIN = replace(PROMPT, incorrect_url=PINS.incorrect_url)
NOT_CONNECTED = Announce(Announcement.NOT_CONNECTED)
STRANGER = party(50)

CALL_EVENTS = [
    ("SessionVirtualNumberAnswer", None),
    ("SessionFirstPartyAnswer", None),
    ("SessionSecondPartyRing", None),
]


def pin_session(service: Service, first: int = 0, second: int = 1, **changes: Any) -> Session:
    pins = replace(PINS, **changes)
    return service.create(first, second, terms=builders.terms(pin=pins))


@pytest.fixture
def session(service: Service) -> Session:
    return pin_session(service)


def stranger(session: Session) -> PinCaller:
    return PinCaller(STRANGER, session.first_virtual_number)


def peer_of(plan: object) -> object:
    assert isinstance(plan, Dial)
    return plan.peer


def test_a_stranger_is_asked_and_is_the_party_whose_pin_they_enter(
    service: Service, session: Session
) -> None:
    for pin, peer in ((FIRST_PIN, party(1)), (SECOND_PIN, party(0))):
        call = stranger(session)
        assert call.dial() == PROMPT
        plan = call.enter(pin)
        assert peer_of(plan) == peer
        assert isinstance(plan, Dial)
        assert plan.caller_id == session.first_virtual_number
        service.report(session, call.call_uuid, builders.caller_ended(leg_uuid=call.call_uuid))


def test_a_success_is_told_before_the_call(service: Service, session: Session) -> None:
    call = stranger(session)
    call.dial()
    call.enter("0000")
    call.enter(FIRST_PIN)

    told = service.events(session)

    assert [(event.name, event.pin_check and event.pin_check.status) for event in told] == [
        ("SessionPinAuthenticationStatus", "failed"),
        ("SessionPinAuthenticationStatus", "success"),
        *CALL_EVENTS,
    ]
    assert [event.pin_check.retries for event in told if event.pin_check] == [0, 1]
    assert {event.from_number for event in told} == {STRANGER}
    assert [event.to_number for event in told[:2]] == ["", party(1)]


def test_a_withheld_caller_is_a_stranger(service: Service, session: Session) -> None:
    call = PinCaller(None, session.first_virtual_number)

    assert call.dial() == PROMPT
    assert peer_of(call.enter(SECOND_PIN)) == party(0)


def test_a_registered_caller_needs_no_pin(service: Service, session: Session) -> None:
    call = PinCaller(party(0), session.first_virtual_number)

    assert peer_of(call.dial()) == party(1)
    told = [
        (event.name, event.pin_check and event.pin_check.status)
        for event in service.events(session)
    ]
    assert told == [("SessionPinAuthenticationStatus", "AuthorizedCaller"), *CALL_EVENTS]


def test_a_session_without_pins_says_nothing_of_them(service: Service) -> None:
    session = service.create()
    PinCaller(party(0), session.first_virtual_number).dial()

    assert all(event.pin_check is None for event in service.events(session))


def test_a_forced_party_must_enter_their_own_pin(service: Service) -> None:
    session = pin_session(service, is_forced=True, retries=5)
    pin_session(service, 2, 3, first_pin="1111", second_pin="2222")
    call = PinCaller(party(0), session.first_virtual_number)

    assert call.dial() == PROMPT
    assert call.enter(SECOND_PIN) == PROMPT_AGAIN
    assert call.enter("1111") == PROMPT_AGAIN
    assert peer_of(call.enter(FIRST_PIN)) == party(1)


def test_a_stranger_may_call_a_forced_session_too(service: Service) -> None:
    call = stranger(pin_session(service, is_forced=True))

    assert call.dial() == PROMPT
    assert peer_of(call.enter(FIRST_PIN)) == party(1)


def test_the_pin_decides_the_session(service: Service, session: Session) -> None:
    other = pin_session(
        service, 2, 3, first_pin="1111", second_pin="2222", prompt_url="https://x.example/2"
    )
    assert other.first_virtual_number == session.first_virtual_number
    call = stranger(session)
    call.dial()

    assert peer_of(call.enter(FIRST_PIN)) == party(1)
    assert [event.name for event in service.events(other)] == []


def test_the_newest_live_session_prompts(service: Service, time: ManualClock) -> None:
    old = pin_session(service)
    time.advance(seconds=1)
    new = pin_session(
        service, 2, 3, first_pin="1111", second_pin="2222", prompt_url="https://x.example/2"
    )

    assert stranger(old).dial() == replace(PROMPT, prompt_url="https://x.example/2")
    service.end(new)
    assert stranger(old).dial() == PROMPT


def test_a_pin_of_another_number_is_wrong(service: Service) -> None:
    session = service.create(0, 1, terms=builders.terms(pin=PINS), strategy=Strategy.PER_PARTY)
    service.create(0, 9)
    other = service.create(
        0,
        2,
        terms=builders.terms(pin=replace(PINS, first_pin="1111", second_pin="2222")),
        strategy=Strategy.PER_PARTY,
    )
    assert other.first_virtual_number != session.first_virtual_number
    call = stranger(session)
    call.dial()

    assert call.enter("1111") == PROMPT_AGAIN


@pytest.mark.parametrize("retries", [0, 2, 5])
def test_a_call_ends_when_the_retries_are_used_up(service: Service, retries: int) -> None:
    session = pin_session(service, retries=retries)
    call = stranger(session)
    call.dial()

    plans = [call.enter("0000" if attempt % 2 else "") for attempt in range(retries + 1)]

    assert plans[-1] == Play(PINS.incorrect_url)
    assert all(isinstance(plan, CollectPin) for plan in plans[:-1])
    checks = [event.pin_check for event in service.events(session)]
    assert [check.retries for check in checks if check] == list(range(retries + 1))


def test_repeated_webhooks_change_nothing(service: Service, session: Session) -> None:
    call = stranger(session)
    call.dial()
    assert call.enter("0000") == PROMPT_AGAIN
    before = service.items()

    assert call.dial() == PROMPT_AGAIN
    assert call.send(call.entries[0]) == PROMPT_AGAIN
    assert call.send(replace(call.entries[0], digits=FIRST_PIN)) == PROMPT_AGAIN
    assert service.items() == before


def test_a_repeated_success_is_answered_alike_and_told_once(
    service: Service, session: Session
) -> None:
    call = stranger(session)
    call.dial()
    plan = call.enter(FIRST_PIN)
    before = service.items()

    assert call.send(call.entries[-1]) == plan
    assert service.items() == before


def test_webhooks_that_come_twice_at_once_count_once(service: Service) -> None:
    session = pin_session(service, retries=5)
    call = stranger(session)
    call.dial()
    call.enter("0000")
    repeated = replace(call.entries[0], attempt=1)

    plans = together([lambda: stranger_copy(call).send(repeated) for _ in range(8)])

    assert {type(plan) for plan in plans} == {CollectPin}
    assert [item["attempts"] for item in service.items_of("pin_call")] == [2]
    assert len(service.events(session)) == 2


def stranger_copy(call: PinCaller) -> PinCaller:
    return PinCaller(call.phone, call.dialled, call.call_uuid)


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_ANSWER, Fault.LOST_REQUEST])
def test_an_attempt_survives_a_faulty_table(
    service: Service, faults: FaultyWrites, fault: Fault
) -> None:
    session = pin_session(service)
    call = stranger(session)
    call.dial()
    faults.plan(fault)

    assert call.enter("0000") == PROMPT_AGAIN
    assert [item["attempts"] for item in service.items_of("pin_call")] == [1]
    assert len(service.events(session)) == 1


def test_a_pin_of_a_session_that_is_over_is_a_wrong_pin(
    service: Service, session: Session, time: ManualClock
) -> None:
    time.advance(seconds=1)
    pin_session(service, 2, 3, first_pin="1111", second_pin="2222")
    call = stranger(session)
    call.dial()
    service.end(session)

    assert call.enter(FIRST_PIN) == call.send(replace(call.entries[0])) == PROMPT_AGAIN


def test_nobody_is_asked_once_the_last_session_is_over(
    service: Service, session: Session, time: ManualClock
) -> None:
    call = stranger(session)
    call.dial()
    time.advance(seconds=3600)
    sequence = service.stored(session).sequence

    assert stranger(session).dial() == NOT_CONNECTED
    assert call.enter(FIRST_PIN) == NOT_CONNECTED
    assert service.stored(session).sequence == sequence


def test_a_live_session_is_reached_though_the_prompting_one_is_over(
    service: Service, session: Session, time: ManualClock
) -> None:
    time.advance(seconds=1)
    newest = pin_session(service, 2, 3, first_pin="1111", second_pin="2222")
    call = stranger(session)
    call.dial()
    service.end(newest)

    assert peer_of(call.enter(FIRST_PIN)) == party(1)


def test_a_proven_caller_is_told_in_words_that_the_line_is_busy(
    service: Service, session: Session
) -> None:
    PinCaller(party(0), session.first_virtual_number).dial()
    call = stranger(session)
    call.dial()

    assert call.enter(SECOND_PIN) == Announce(Announcement.PARTY_UNAVAILABLE)
    assert PinCaller(party(1), session.first_virtual_number).dial() == Busy()


def test_a_pin_opens_a_single_party_session_and_the_outsider_is_learned(service: Service) -> None:
    request = builders.session_request(
        0, 1, terms=builders.terms(pin=PINS, is_single_party=True), second_party=""
    )
    session = service.request(request).session
    call = stranger(session)
    assert call.dial() == PROMPT
    assert peer_of(call.enter(SECOND_PIN)) == party(0)
    service.report(session, call.call_uuid, builders.caller_ended(leg_uuid=call.call_uuid))

    assert peer_of(PinCaller(party(0), session.first_virtual_number).dial()) == STRANGER


def test_a_call_that_is_not_known_any_more_is_not_connected(
    service: Service, session: Session
) -> None:
    call = stranger(session)
    call.dial()
    lost = replace(call, call_uuid="another", entries=[])

    assert lost.enter(FIRST_PIN) == NOT_CONNECTED


def test_no_pin_and_no_phone_is_in_a_key(service: Service, session: Session) -> None:
    call = stranger(session)
    call.dial()
    call.enter("0000")
    call.enter(FIRST_PIN)

    keys = " ".join(f"{item['PK']} {item['SK']}" for item in service.items())
    guesses = [item for item in service.items() if "GUESSES" in item["PK"]]

    assert len(guesses) == 2
    for secret in (FIRST_PIN, SECOND_PIN, "#0000", STRANGER, STRANGER[1:]):
        assert f"#{secret}" not in keys
    assert FIRST_PIN not in str(service.items_of("pin_call") + service.items_of("route"))


def test_a_locked_number_hands_a_stranger_over_as_if_it_had_no_pins(service: Service) -> None:
    session = pin_session(service, retries=0)
    service.change_number(session.first_virtual_number, fallback_answer_url="https://x.example/a")
    for index in range(10):
        call = PinCaller(party(10 + index), session.first_virtual_number)
        call.dial()
        call.enter("0000")

    plan = stranger(session).dial()

    assert isinstance(plan, HandOver)
    assert plan.url == "https://x.example/a"
    assert plan.dialled == session.first_virtual_number
