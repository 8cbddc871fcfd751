"""Who a call is for, and what a caller hears whom nobody waits for."""

import pytest

from maskline.domain.calls.plan import Announce, Announcement, Dial, HandOver
from maskline.domain.calls.route import connect, line_hold_until, live_route, routes_of, unrouted
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role
from tests.support import builders
from tests.support.builders import NOW, party, virtual

FALLBACK = "https://customer.example/answer"


def test_each_party_reaches_the_other_through_its_own_number() -> None:
    first, second = routes_of(builders.session())

    assert (first.party, first.virtual_number, first.peer) == (party(0), virtual(0), party(1))
    assert (second.party, second.virtual_number, second.peer) == (party(1), virtual(1), party(0))


def test_the_callee_sees_the_number_that_reaches_the_caller_back() -> None:
    session = builders.session()

    for route in routes_of(session):
        shown = connect(route).caller_id
        back = next(other for other in routes_of(session) if other.party == route.peer)
        assert (shown, back.peer) == (back.virtual_number, route.party)


def test_a_connected_call_has_the_sessions_limits() -> None:
    settings = builders.settings(ring_timeout_seconds=25, call_time_limit_seconds=900)
    route, _ = routes_of(builders.session(settings=settings))

    assert connect(route) == Dial(
        peer=party(1), caller_id=virtual(1), ring_timeout_seconds=25, time_limit_seconds=900
    )


def test_a_pair_is_reserved_as_long_as_its_session_lives() -> None:
    session = builders.session(expires_at=NOW + 5000)

    assert {route.reusable_at for route in routes_of(session)} == {NOW + 5000}


def test_a_route_connects_until_the_millisecond_at_which_it_expires() -> None:
    route = builders.route(expires_at=NOW)

    assert live_route(route, NOW - 1) is route
    assert live_route(route, NOW) is None
    assert live_route(None, NOW) is None


def test_a_call_to_a_number_that_nobody_has_is_not_in_service() -> None:
    assert unrouted(None) == Announce(Announcement.NOT_IN_SERVICE)


def test_a_stranger_and_a_former_party_hear_the_same() -> None:
    number = builders.virtual_number()

    assert unrouted(number) == Announce(Announcement.NOT_CONNECTED)


def test_the_numbers_own_application_takes_calls_that_no_session_takes() -> None:
    number = builders.virtual_number(fallback_answer_url=FALLBACK)

    caller = builders.party(5)
    assert unrouted(number, caller) == HandOver(FALLBACK, caller, number.number)
    assert unrouted(number) == HandOver(FALLBACK, dialled=number.number)


def test_a_call_can_hold_the_line_for_its_ringing_and_its_talking_time() -> None:
    route = builders.route(Role.SECOND, ring_timeout_seconds=60, call_time_limit_seconds=1800)

    assert line_hold_until(route, NOW) == NOW + 1_860_000


def test_each_caller_hears_their_own_audio_and_the_callee_is_whispered_to() -> None:
    settings = builders.settings(first_party_play_url="https://customer.example/1.mp3")
    first, second = (connect(one) for one in routes_of(builders.session(settings=settings)))

    assert isinstance(first, Dial)
    assert isinstance(second, Dial)
    assert (first.play_url, first.has_whisper) == ("https://customer.example/1.mp3", False)
    assert (second.play_url, second.has_whisper) == ("", True)


def test_a_pair_stays_reserved_for_the_cool_off_after_the_end() -> None:
    session = builders.session(expires_at=NOW + 5000, terms=builders.terms(cooloff_seconds=600))

    for route in routes_of(session):
        assert (route.expires_at, route.reusable_at) == (NOW + 5000, NOW + 605_000)
        assert live_route(route, NOW + 5000) is None


def test_nobody_is_dialled_without_a_number_to_show() -> None:
    """Most carriers would show the caller's own."""
    with pytest.raises(ValueError, match="virtual number"):
        Dial(party(1), E164(""), 30, 60)
