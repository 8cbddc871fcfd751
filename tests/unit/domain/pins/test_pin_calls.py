"""A caller who is asked for a PIN: what digits prove, what comes next, and when guessing ends."""

from dataclasses import replace

import pytest

from maskline.domain.calls.plan import Announce, Announcement, CollectPin, Play
from maskline.domain.calls.route import Route, RouteKind, routes_of
from maskline.domain.phone_numbers import E164
from maskline.domain.pins.guessing import (
    Guesses,
    GuessLimits,
    PinCall,
    day_of,
    entered_pin,
    is_locked,
    pause_seconds,
    proven_route,
    question,
)
from maskline.domain.sessions.session import Role
from tests.support import builders
from tests.support.builders import MAIN_ID, NOW, SESSION_UUID, party, virtual

LIMITS = GuessLimits(
    window_seconds=3600,
    slow_after=3,
    caller_lock_after=10,
    guesses_per_day=7,
)
STRANGER = PinCall("call", MAIN_ID, SESSION_UUID, virtual(0), party(50))
PINS = builders.pin_terms(retries=2)


def pin_route(role: Role = Role.FIRST) -> Route:
    session = builders.session(terms=builders.terms(pin=PINS))
    return next(
        route for route in routes_of(session) if route.kind is RouteKind.PIN and route.role is role
    )


@pytest.mark.parametrize("digits", ["0000", "4821", "123456789012345"])
def test_digits_that_can_be_a_pin(digits: str) -> None:
    assert entered_pin(digits) == digits


@pytest.mark.parametrize(
    "digits", ["", "123", "1234567890123456", "12a4", "12*4", "١٢٣٤", "1234\n"]
)
def test_what_is_no_pin_is_not_looked_up(digits: str) -> None:
    assert entered_pin(digits) == ""


def test_a_stranger_proves_any_party_of_any_live_session() -> None:
    route = pin_route()
    foreign = replace(route, session_uuid="another")

    assert proven_route(STRANGER, route, NOW) == route
    assert proven_route(STRANGER, foreign, NOW) == foreign


def test_nobody_proves_anything_once_the_session_is_over() -> None:
    route = pin_route()

    assert proven_route(STRANGER, None, NOW) is None
    assert proven_route(STRANGER, route, route.expires_at) is None


def test_a_registered_party_proves_their_own_role_only() -> None:
    call = replace(STRANGER, caller=party(0), forced_role=Role.FIRST)

    assert proven_route(call, pin_route(), NOW) == pin_route()
    assert proven_route(call, pin_route(Role.SECOND), NOW) is None
    assert proven_route(call, replace(pin_route(), session_uuid="another"), NOW) is None


def test_nobody_is_connected_to_their_own_phone() -> None:
    assert proven_route(replace(STRANGER, caller=party(1)), pin_route(), NOW) is None
    withheld = replace(STRANGER, caller=E164(""))
    assert proven_route(withheld, pin_route(), NOW) == pin_route()


def test_the_first_prompt_has_no_reproach() -> None:
    assert question(STRANGER, PINS, 0) == CollectPin(PINS.prompt_url, PINS.wait_seconds)


def test_each_further_prompt_is_preceded_by_the_reproach() -> None:
    asked = question(STRANGER.after_failure(), PINS, 4)

    assert asked == CollectPin(PINS.prompt_url, PINS.wait_seconds, PINS.incorrect_url, 4)


@pytest.mark.parametrize("retries", range(6))
def test_after_all_retries_the_call_ends(retries: int) -> None:
    pins = replace(PINS, retries=retries)
    call = STRANGER
    asked = 0
    while isinstance(question(call, pins, 0), CollectPin):
        call, asked = call.after_failure(), asked + 1

    assert asked == retries + 1
    assert question(call, pins, 0) == Play(pins.incorrect_url)
    spoken = question(call, replace(pins, incorrect_url=""), 0)
    assert spoken == Announce(Announcement.PIN_NOT_ACCEPTED)


def test_a_guesser_is_slowed_down_more_and_more() -> None:
    pauses = [pause_seconds(Guesses(failures), LIMITS) for failures in range(12)]

    assert pauses == [0, 0, 0, 2, 4, 8, 16, 30, 30, 30, 30, 30]


def test_a_caller_is_locked_for_guessing_too_often() -> None:
    assert not is_locked(Guesses(by_caller=9), LIMITS)
    assert is_locked(Guesses(by_caller=10), LIMITS)


def test_whoever_guesses_is_locked_once_the_days_guesses_are_made() -> None:
    assert not is_locked(Guesses(in_day=6), LIMITS)
    assert is_locked(Guesses(in_day=7), LIMITS)


def test_silence_is_a_failure_of_the_caller_and_no_guess_of_the_day() -> None:
    guesses = Guesses(by_caller=2, in_day=5)

    assert guesses.after_failure(is_guess=True) == Guesses(by_caller=3, in_day=6)
    assert guesses.after_failure(is_guess=False) == Guesses(by_caller=3, in_day=5)


def test_counts_start_anew_with_each_window() -> None:
    assert LIMITS.window(3_599_999) == 0
    assert LIMITS.window(3_600_000) == 1


def test_the_day_changes_at_midnight_utc() -> None:
    assert [day_of(86_399_999), day_of(86_400_000)] == [0, 1]
