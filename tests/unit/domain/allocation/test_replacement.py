"""Which number takes the place of one that went bad, and what a session is then."""

import pytest

from maskline.carriers import DEFAULT
from maskline.domain.allocation.choice import Candidates, Holdings
from maskline.domain.allocation.replacement import (
    MAX_FORMER_NUMBERS,
    NewNumbers,
    choose_new_numbers,
    moved,
    roles_on,
)
from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.route import routes_of
from maskline.domain.sessions.session import FormerNumber, Role, Session, Strategy
from maskline.store.erasure import erase as erasing
from tests.support import builders
from tests.support.builders import NOW, party, virtual

BOTH = tuple(Role)
POOL = Candidates(builders.pool(4), builders.pool(4))


def shared(index: int = 0, **changes: object) -> Session:
    numbers = {"first_virtual_number": virtual(index), "second_virtual_number": virtual(index)}
    return builders.session(strategy=Strategy.SHARED, **numbers, **changes)


def held(*, first: tuple[int, ...] = (), second: tuple[int, ...] = ()) -> Holdings:
    return Holdings({virtual(index) for index in first}, {virtual(index) for index in second})


def move(session: Session, new: NewNumbers) -> tuple[Session, tuple[SessionEvent, ...]]:
    return moved(session, new, now=NOW + 1, grace_seconds=None)


def test_the_roles_on_a_number() -> None:
    assert roles_on(shared(), virtual(0)) == BOTH
    assert roles_on(builders.session(), virtual(1)) == (Role.SECOND,)
    assert roles_on(builders.session(), virtual(2)) == ()


def test_a_shared_number_must_be_free_for_both() -> None:
    chosen = choose_new_numbers(shared(), BOTH, POOL, held(first=(0, 1), second=(2,)))

    assert chosen == {Role.FIRST: virtual(3), Role.SECOND: virtual(3)}


def test_under_shared_no_number_free_for_both_is_none_at_all() -> None:
    assert choose_new_numbers(shared(), BOTH, POOL, held(first=(0, 1), second=(2, 3))) == {}


def test_per_party_each_side_takes_the_first_that_is_free_for_it() -> None:
    chosen = choose_new_numbers(builders.session(), BOTH, POOL, held(first=(0, 1), second=(1,)))

    assert chosen == {Role.FIRST: virtual(2), Role.SECOND: virtual(0)}


def test_per_party_a_side_that_finds_none_does_not_hold_up_the_other() -> None:
    chosen = choose_new_numbers(builders.session(), BOTH, POOL, held(first=(0, 1, 2, 3)))

    assert chosen == {Role.SECOND: virtual(0)}


@pytest.mark.parametrize("session", [shared(carrier="other"), builders.session(carrier="other")])
def test_the_carrier_stays(session: Session) -> None:
    assert choose_new_numbers(session, BOTH, POOL, held()) == {}


def test_a_session_has_only_so_many_former_numbers() -> None:
    former = tuple(
        FormerNumber(Role.FIRST, virtual(100 + index), DEFAULT)
        for index in range(MAX_FORMER_NUMBERS)
    )
    session = shared(former_numbers=former)

    assert choose_new_numbers(session, BOTH, POOL, held()) == {}


def test_a_transaction_holds_a_session_with_all_its_former_numbers() -> None:
    """The largest is an erasure's: calls, each with what its caller was asked, come on top."""
    former = tuple(
        FormerNumber(role, virtual(100 + index), DEFAULT)
        for index in range(MAX_FORMER_NUMBERS // 2)
        for role in Role
    )
    terms = builders.terms(pin=builders.pin_terms())
    routes = routes_of(shared(former_numbers=former, terms=terms))

    calls = 2 * erasing._CALLS_AT_ONCE
    # The session, the order's count, a tombstone, a trace, an entry, the pair, two requests.
    assert len(routes) + calls + 8 <= 100


def test_the_old_number_leads_to_the_same_people_as_the_new_one() -> None:
    session, _ = move(shared(), {role: virtual(3) for role in Role})

    current, former = routes_of(session)[:2], routes_of(session)[2:]

    assert [route.virtual_number for route in former] == [virtual(0)] * 2
    for new, old in zip(current, former, strict=True):
        assert (new.party, new.peer, new.caller_id) == (old.party, old.peer, old.caller_id)
        assert (new.expires_at, new.reusable_at) == (old.expires_at, old.reusable_at)
        assert (new.is_former, old.is_former) == (False, True)


def test_open_doors_and_pins_move_and_stay() -> None:
    lone = shared(second_party="")
    kinds = [
        [(route.kind, route.virtual_number) for route in routes_of(session)]
        for session in (
            move(lone, {role: virtual(3) for role in Role})[0],
            move(
                shared(terms=builders.terms(pin=builders.pin_terms())),
                {role: virtual(3) for role in Role},
            )[0],
        )
    ]

    assert sorted(kinds[0]) == [
        (kind, virtual(index)) for kind in ("open", "party") for index in (0, 3)
    ]
    assert sorted(kinds[1]) == [
        (kind, virtual(index)) for kind in ("party", "pin") for index in (0, 0, 3, 3)
    ]


def test_strangers_are_greeted_on_both_numbers_once() -> None:
    terms = builders.terms(unknown_caller_play="https://customer.example/sorry.mp3")
    session, _ = move(shared(terms=terms), {role: virtual(3) for role in Role})

    greeting = [route.virtual_number for route in routes_of(session) if route.greeting]

    assert greeting == [virtual(3), virtual(0)]


def test_a_move_is_told_once_for_each_number_that_changes() -> None:
    _, told_shared = move(shared(), {role: virtual(3) for role in Role})
    session, told_second = move(builders.session(), {Role.SECOND: virtual(3)})

    assert [event.virtual_number for event in told_shared] == [virtual(3)]
    (event,) = told_second
    assert (event.from_number, event.to_number) == (party(1), party(0))
    assert (event.at, event.virtual_number) == (NOW + 1, virtual(3))
    assert (session.sequence, session.moves, session.modified_at) == (1, 1, NOW + 1)


def test_a_number_that_a_session_returns_to_is_former_no_more() -> None:
    there, _ = move(shared(), {role: virtual(3) for role in Role})
    back, _ = move(there, {role: virtual(0) for role in Role})

    assert {former.number for former in back.former_numbers} == {virtual(3)}
    assert len({(route.kind, route.party, route.virtual_number) for route in routes_of(back)}) == 4


def test_a_grace_ends_calls_but_not_the_reservation() -> None:
    session, _ = moved(shared(), {role: virtual(3) for role in Role}, now=NOW, grace_seconds=60)

    former = [route for route in routes_of(session) if route.is_former]

    assert {route.expires_at for route in former} == {NOW + 60_000}
    assert {route.reusable_at for route in former} == {session.expires_at}


@pytest.mark.parametrize("grace_seconds", [None, 60])
def test_on_each_number_the_route_that_connects_longest_stands_for_the_session(
    grace_seconds: int | None,
) -> None:
    there, _ = moved(
        shared(), {role: virtual(3) for role in Role}, now=NOW, grace_seconds=grace_seconds
    )
    ends: dict[str, list[int]] = {}
    for route in routes_of(there):
        ends.setdefault(route.virtual_number, []).append(route.expires_at)

    listed = [route for route in routes_of(there) if route.is_listed]

    assert sorted(route.virtual_number for route in listed) == sorted(ends)
    assert all(route.expires_at == max(ends[route.virtual_number]) for route in listed)
    assert [route.is_former for route in listed] == [False, True]
