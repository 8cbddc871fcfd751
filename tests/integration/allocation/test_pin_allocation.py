"""A PIN identifies one party of one session on a number (I2), however many create at once."""

import secrets
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from maskline.domain.errors import ContentionError, PoolExhaustedError
from maskline.domain.sessions.session import PinTerms, Session, Strategy, Terms
from tests.support import builders
from tests.support.builders import virtual
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tests.support.threads import together

THREADS = 12


def given(first: str, second: str) -> Terms:
    return builders.terms(pin=builders.pin_terms(first_pin=first, second_pin=second))


def generated(**changes: Any) -> Terms:
    pins = builders.pin_terms(first_pin="", second_pin="", is_generated=True)
    return builders.terms(pin=replace(pins, **changes))


def pins_of(session: Session) -> PinTerms:
    assert session.terms.pin is not None
    return session.terms.pin


def uses(sessions: list[Session]) -> Counter[tuple[str, str]]:
    """How often each (number, PIN) is given."""
    return Counter(
        pair
        for session in sessions
        for pair in (
            (session.first_virtual_number, pins_of(session).first_pin),
            (session.second_virtual_number, pins_of(session).second_pin),
        )
    )


def test_a_given_pin_that_is_taken_moves_the_session_to_the_next_number(service: Service) -> None:
    one = service.create(0, 1, terms=given("4821", "7390"))
    other = service.create(2, 3, terms=given("7390", "1234"))

    assert (one.first_virtual_number, other.first_virtual_number) == (virtual(0), virtual(1))


def test_given_pins_are_told_apart_by_number_under_per_party(service: Service) -> None:
    service.create(0, 1, terms=given("4821", "7390"))
    other = service.create(2, 3, terms=given("4821", "1234"), strategy=Strategy.PER_PARTY)

    assert (other.first_virtual_number, other.second_virtual_number) == (virtual(1), virtual(0))


def test_a_given_pin_that_every_number_has_is_refused_on_proof(service: Service) -> None:
    for index in range(3):
        service.create(index * 2, index * 2 + 1, terms=given("4821", f"111{index}"))

    with pytest.raises(PoolExhaustedError):
        service.create(8, 9, terms=given("9999", "4821"))


def test_a_pin_is_free_again_when_its_session_is_over(service: Service, time: ManualClock) -> None:
    service.end(service.create(0, 1, terms=given("4821", "7390")))
    service.create(2, 3, terms=given("4821", "7390"))
    time.advance(seconds=3600)

    assert service.create(4, 5, terms=given("4821", "7390")).first_virtual_number == virtual(0)


def test_a_generated_pin_that_is_taken_is_drawn_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.create(0, 1, terms=given("4821", "7390"))
    draws = iter([4821, 1, 7390, 2, 5, 6])
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(draws))

    session = service.create(2, 3, terms=generated())

    assert session.first_virtual_number == virtual(0)
    assert (pins_of(session).first_pin, pins_of(session).second_pin) == ("0005", "0006")


@pytest.mark.parametrize("length", [4, 9, 15])
def test_generated_pins_have_the_length_asked_for(service: Service, length: int) -> None:
    session = service.create(terms=generated(generated_length=length))
    first, second = pins_of(session).first_pin, pins_of(session).second_pin

    assert len(first) == len(second) == length
    assert first.isdecimal()
    assert second.isdecimal()
    assert first != second


def test_a_given_pin_wins_over_a_generated_one_for_its_side(service: Service) -> None:
    session = service.create(terms=generated(first_pin="4821"))

    assert pins_of(session).first_pin == "4821"
    assert len(pins_of(session).second_pin) == 4


def test_given_pins_are_unique_under_threads(service: Service) -> None:
    """Pairs of strangers who all want the same PIN meet on nothing but the PIN."""

    def create(index: int) -> Session | None:
        try:
            return service.create(2 * index, 2 * index + 1, terms=given("4821", f"{1000 + index}"))
        except PoolExhaustedError:
            return None

    created = together([partial(create, index) for index in range(THREADS)])
    sessions = [session for session in created if session]

    assert len(sessions) == 3
    assert max(uses(sessions).values()) == 1


def test_generated_pins_are_unique_under_threads(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a hundred PINs that can be drawn, twenty-four are needed on one number.

    Draws meet, and no create runs out of attempts but with a chance of some 1 in 10,000.
    """
    service.retire(virtual(1))
    service.retire(virtual(2))
    drawn = secrets.randbelow
    monkeypatch.setattr(secrets, "randbelow", lambda _: drawn(100))

    sessions = together(
        [
            partial(service.create, 2 * index, 2 * index + 1, terms=generated())
            for index in range(THREADS)
        ]
    )

    assert {session.first_virtual_number for session in sessions} == {virtual(0)}
    assert max(uses(sessions).values()) == 1
    assert len(uses(sessions)) == 2 * THREADS


def test_a_number_whose_pins_are_all_taken_is_left_for_the_next(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.create(0, 1, terms=given("0000", "0001"))
    drawn = secrets.randbelow
    monkeypatch.setattr(secrets, "randbelow", lambda _: drawn(2))

    assert service.create(2, 3, terms=generated()).first_virtual_number == virtual(1)


def test_where_no_pin_is_free_at_all_it_is_our_fault(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(3):
        service.create(index * 2, index * 2 + 1, terms=given("0000", "0001"))
    drawn = secrets.randbelow
    monkeypatch.setattr(secrets, "randbelow", lambda _: drawn(2))
    monkeypatch.setattr("maskline.services.sessions.create._MAX_DRAWS", 100)

    with pytest.raises(ContentionError):
        service.create(8, 9, terms=generated())
