"""The guesses of a day: so many on a number, whoever makes them and however fast."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from maskline.domain.calls.plan import Announce, Announcement, CallPlan, CollectPin, Dial
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session
from maskline.services.calls import collect_pin
from maskline.store.pins import PinFacts
from tests.support import builders
from tests.support.builders import party
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.service import Service

NOT_CONNECTED = Announce(Announcement.NOT_CONNECTED)
DAY = 86_400
GUESSES_A_DAY = 10
STRANGERS = [party(50 + index) for index in range(40)]


@pytest.fixture
def session(service: Service) -> Session:
    return pin_session(service)


def pin_session(service: Service, first: int = 0, second: int = 1, **pins: object) -> Session:
    terms = builders.terms(pin=builders.pin_terms(**{"retries": 0, **pins}))
    long = builders.settings(session_expiry_seconds=DAY)
    return service.create(first, second, terms=terms, settings=long)


def guess(session: Session, phone: E164 | None, digits: str = "0000") -> CallPlan:
    """What a caller hears on landing; if asked, they enter a wrong PIN."""
    call = PinCaller(phone, session.first_virtual_number)
    landed = call.dial()
    if isinstance(landed, CollectPin):
        call.enter(digits)
    return landed


def heard(session: Session, strangers: list[E164], digits: str = "0000") -> int:
    """How many of so many callers with a wrong PIN were asked at all."""
    return sum(isinstance(guess(session, one, digits), CollectPin) for one in strangers)


def test_strangers_have_ten_guesses_whoever_makes_them(session: Session) -> None:
    assert heard(session, STRANGERS[:13]) == GUESSES_A_DAY


def test_guesses_at_the_same_moment_are_no_more(service: Service, session: Session) -> None:
    """All are asked before anybody has guessed: a bound that is only read would let them in."""
    waiting = [PinCaller(one, session.first_virtual_number) for one in STRANGERS[:16]]
    assert all(isinstance(one.dial(), CollectPin) for one in waiting)

    with ThreadPoolExecutor(len(waiting)) as threads:
        list(threads.map(lambda one: one.enter("0000"), waiting))

    failed = [event for event in service.events(session) if event.pin_check]
    assert len(failed) == GUESSES_A_DAY
    assert [item["failures"] for item in service.items() if item["SK"] == "DAY"] == [GUESSES_A_DAY]


def test_a_right_pin_too_needs_a_guess_that_is_left_when_it_counts(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read while one is left, and others use that up before it connects anybody."""
    heard(session, STRANGERS[:9])
    waiting = PinCaller(STRANGERS[-1], session.first_virtual_number)
    waiting.dial()
    read, others = collect_pin.read_pin_facts, iter([STRANGERS[20]])

    def overtaken(*facts: Any) -> PinFacts:
        found = read(*facts)
        for one in others:
            guess(session, one)
        return found

    monkeypatch.setattr(collect_pin, "read_pin_facts", overtaken)

    assert waiting.enter("4821") == NOT_CONNECTED


def test_once_they_are_made_the_right_pin_is_not_looked_at(session: Session) -> None:
    waiting = PinCaller(STRANGERS[-1], session.first_virtual_number)
    waiting.dial()
    heard(session, STRANGERS[:10])

    assert waiting.enter("4821") == NOT_CONNECTED


def test_the_registered_are_connected_all_the_same(session: Session) -> None:
    heard(session, STRANGERS[:11])

    assert isinstance(PinCaller(party(0), session.first_virtual_number).dial(), Dial)


def test_a_new_day_has_its_own(service: Service, session: Session, time: ManualClock) -> None:
    heard(session, STRANGERS[:11])
    service.end(session)
    time.advance(seconds=DAY)
    tomorrow = pin_session(service, 2, 3, first_pin="1111", second_pin="2222")

    assert heard(tomorrow, STRANGERS[:13]) == GUESSES_A_DAY


def test_a_right_pin_costs_nothing(service: Service, session: Session) -> None:
    for index in range(GUESSES_A_DAY + 1):
        call = PinCaller(STRANGERS[0], session.first_virtual_number)
        call.dial()
        assert isinstance(call.enter("4821"), Dial), index
        service.report(session, call.call_uuid, builders.caller_ended(leg_uuid=call.call_uuid))

    assert heard(session, STRANGERS[:13]) == GUESSES_A_DAY


def test_silence_and_what_is_no_pin_are_not_guesses(session: Session) -> None:
    for digits in ("", "123", "") * 2:
        guess(session, STRANGERS[0], digits)

    assert heard(session, STRANGERS[1:14]) == GUESSES_A_DAY


def test_digits_and_crowd_make_no_difference(service: Service, session: Session) -> None:
    for index in range(1, 5):
        pins = {"first_pin": f"111{index}", "second_pin": f"222{index}"}
        pin_session(service, 2 * index, 2 * index + 1, **pins)

    assert heard(session, STRANGERS[:13], "00000000") == GUESSES_A_DAY


def test_a_forced_party_has_guesses_of_its_own(service: Service, time: ManualClock) -> None:
    """However slowly, and strangers have theirs beside them."""
    session = pin_session(service, is_forced=True)
    asked = 0
    for _ in range(12):
        asked += isinstance(guess(session, party(0)), CollectPin)
        time.advance(seconds=3600)

    assert asked == GUESSES_A_DAY
    assert isinstance(guess(session, party(1)), CollectPin)
    assert isinstance(guess(session, STRANGERS[0]), CollectPin)


def test_the_lock_is_logged_with_what_it_is_about(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        heard(session, STRANGERS[:11])

    *_, locked = [one for one in caplog.records if getattr(one, "event", "") == "pin_locked"]
    assert vars(locked)["day_failures"] == GUESSES_A_DAY
