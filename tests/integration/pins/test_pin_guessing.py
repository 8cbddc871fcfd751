"""Guessing PINs over many calls: it slows down, then locks, and never tells what exists."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.aws.engine import Engine
from maskline.config import settings
from maskline.domain.calls.plan import Announce, Announcement, CallPlan, CollectPin, Dial
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session
from tests.support import builders
from tests.support.builders import party
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.service import Service

NOT_CONNECTED = Announce(Announcement.NOT_CONNECTED)
# How many guesses a day has is what tests/integration/pins/test_pin_day.py is about.
LIMITS = {
    "PIN_SLOW_AFTER": "2",
    "PIN_CALLER_LOCK_AFTER": "4",
    "PIN_GUESSES_PER_DAY": "6",
}
GUESSER, OTHER = party(50), party(51)


@pytest.fixture
def low_limits(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in LIMITS.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def session(low_limits: None, service: Service) -> Session:
    pins = builders.pin_terms(retries=0)
    return service.create(terms=builders.terms(pin=pins))


def guess(session: Session, phone: E164 | None = GUESSER, *, times: int = 1) -> list[CallPlan]:
    """One wrong PIN in each of so many calls, and what the caller is told on landing."""
    landed = []
    for _ in range(times):
        call = PinCaller(phone, session.first_virtual_number)
        landed.append(call.dial())
        if isinstance(landed[-1], CollectPin):
            call.enter("0000")
    return landed


def land(session: Session, phone: E164 | None) -> CallPlan:
    return PinCaller(phone, session.first_virtual_number).dial()


def pauses(plans: list[CallPlan]) -> list[int]:
    return [plan.pause_seconds for plan in plans if isinstance(plan, CollectPin)]


def test_a_guesser_gets_slower_and_is_then_locked_out(session: Session) -> None:
    landed = guess(session, times=6)

    assert pauses(landed) == [0, 0, 2, 4]
    assert landed[4:] == [NOT_CONNECTED, NOT_CONNECTED]


def test_others_are_still_asked(session: Session) -> None:
    guess(session, times=4)

    assert pauses([land(session, OTHER)]) == [0]


def test_a_right_pin_does_not_wipe_the_slate(service: Service, session: Session) -> None:
    guess(session, times=3)
    call = PinCaller(GUESSER, session.first_virtual_number)
    call.dial()
    assert isinstance(call.enter("4821"), Dial)
    service.report(session, call.call_uuid, builders.caller_ended(leg_uuid=call.call_uuid))
    guess(session)

    assert land(session, GUESSER) == NOT_CONNECTED


def test_a_locked_caller_is_not_heard_even_with_the_right_pin(session: Session) -> None:
    waiting = PinCaller(GUESSER, session.first_virtual_number)
    waiting.dial()
    guess(session, times=4)

    assert waiting.enter("4821") == NOT_CONNECTED


def test_a_lock_falls_with_the_end_of_its_window(
    service: Service, low_limits: None, time: ManualClock
) -> None:
    pins = builders.pin_terms(retries=0)
    long = builders.settings(session_expiry_seconds=86_400)
    session = service.create(settings=long, terms=builders.terms(pin=pins))
    guess(session, times=4)
    time.advance(seconds=3600)

    assert pauses([land(session, GUESSER)]) == [0]


def test_the_calls_of_withheld_callers_count_together(session: Session) -> None:
    guess(session, None, times=4)

    assert land(session, None) == NOT_CONNECTED
    assert isinstance(land(session, OTHER), CollectPin)


def test_a_caller_counts_over_all_numbers_of_the_account(
    service: Service, session: Session
) -> None:
    service.create(0, 9)
    pins = builders.pin_terms(first_pin="1111", second_pin="2222")
    other = service.create(0, 8, terms=builders.terms(pin=pins))
    assert other.first_virtual_number != session.first_virtual_number
    guess(session, times=4)

    assert land(other, GUESSER) == NOT_CONNECTED


def test_a_number_is_locked_to_strangers_and_serves_the_registered(
    service: Service, session: Session
) -> None:
    pins = builders.pin_terms(first_pin="1111", second_pin="2222", is_forced=True)
    forced = service.create(2, 3, terms=builders.terms(pin=pins))
    for index in range(6):
        guess(session, party(60 + index))

    assert land(session, OTHER) == NOT_CONNECTED
    assert isinstance(land(session, party(0)), Dial)
    registered = PinCaller(party(2), forced.first_virtual_number)
    assert isinstance(registered.dial(), CollectPin)
    assert isinstance(registered.enter("1111"), Dial)


def test_wrong_pins_of_registered_callers_lock_nobody_else(
    service: Service, low_limits: None
) -> None:
    pins = builders.pin_terms(is_forced=True, retries=5)
    session = service.create(terms=builders.terms(pin=pins))
    call = PinCaller(party(0), session.first_virtual_number)
    call.dial()
    plans = [call.enter("0000") for _ in range(4)]

    assert plans[-1] == NOT_CONNECTED
    assert not [
        item for item in service.items() if item["PK"].startswith("NUMBER#") and item["SK"] == "DAY"
    ]
    assert pauses([land(session, OTHER)]) == [0]


def test_a_lock_is_logged_for_the_alarm_and_names_nobody(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    guess(session, times=4)
    with caplog.at_level(logging.INFO):
        land(session, GUESSER)

    assert "too many wrong PINs" in caplog.text
    assert GUESSER[1:] not in caplog.text


def test_repeated_webhooks_are_one_guess(service: Service, session: Session) -> None:
    for _ in range(2):
        call = PinCaller(GUESSER, session.first_virtual_number)
        call.dial()
        call.enter("0000")
        for _ in range(3):
            call.send(replace(call.entries[0]))

    failures = [item["failures"] for item in service.items() if "GUESSES" in item["PK"]]
    assert failures == [2, 2]
