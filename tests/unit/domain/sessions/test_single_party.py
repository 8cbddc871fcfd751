"""Sessions with one party: the door to them, and who may come in for good."""

from dataclasses import replace

import pytest

from maskline.domain.allocation.choice import numbers_for_missing
from maskline.domain.calls.plan import Announce, Announcement, Dial
from maskline.domain.calls.route import Route, RouteKind, connect, live_door, routes_of
from maskline.domain.errors import InvalidParameterError, PoolExhaustedError
from maskline.domain.numbers.pool import NumberStatus
from maskline.domain.phone_numbers import E164, CallerId
from maskline.domain.sessions.request import SessionChange
from maskline.domain.sessions.session import Role, Session, Strategy, joined
from tests.support import builders
from tests.support.builders import NOW, SUBACCOUNT_ID, party, virtual

LONE, OUTSIDER = party(0), party(1)


def lone(role: Role = Role.FIRST, **changes: object) -> Session:
    """Whoever is in it dials the number with the index of their role."""
    parties = {f"{role}_party": LONE, f"{role.other}_party": E164("")}
    single = {"terms": builders.terms(is_single_party=True)}
    return builders.session(**(parties | single | changes))


def door_of(session: Session) -> Route:
    [door] = [route for route in routes_of(session) if route.kind is RouteKind.OPEN]
    return door


@pytest.mark.parametrize("role", Role)
def test_the_door_leads_to_the_party_who_sees_their_own_number(role: Role) -> None:
    session = lone(role)

    own, door = routes_of(session)

    assert (own.kind, own.role, own.party, own.peer) == (RouteKind.PARTY, role, LONE, "")
    assert (door.kind, door.role, door.party) == (RouteKind.OPEN, role.other, "")
    assert door.virtual_number == session.virtual_number(role.other)
    plan = connect(door)
    assert isinstance(plan, Dial)
    assert (plan.peer, plan.caller_id) == (LONE, session.virtual_number(role))


def test_nobody_is_dialled_before_anybody_has_called() -> None:
    own, _ = routes_of(lone())

    assert connect(own) == Announce(Announcement.NOBODY_YET)


def test_the_party_reaches_the_last_outsider_who_sees_the_number_they_dialled() -> None:
    own, _ = routes_of(lone(last_outsider=OUTSIDER))

    plan = connect(own)

    assert isinstance(plan, Dial)
    assert (plan.peer, plan.caller_id) == (OUTSIDER, virtual(1))


def test_a_door_cools_off_as_its_party_does() -> None:
    """Whoever came through it may still dial, and is not to reach somebody else's session."""
    session = lone(terms=builders.terms(is_single_party=True, cooloff_seconds=600))

    for route in routes_of(session):
        assert route.expires_at == session.expires_at
        assert route.reusable_at == session.expires_at + 600_000


def test_a_session_has_nothing_to_say_to_strangers_at_its_own_door() -> None:
    terms = builders.terms(is_single_party=True, unknown_caller_play="https://customer.example/a")
    shared = lone(terms=terms, strategy=Strategy.SHARED, second_virtual_number=virtual(0))
    per_party = lone(terms=terms, strategy=Strategy.PER_PARTY)

    assert [route.greeting for route in routes_of(shared)] == [None, None]
    own, door = routes_of(per_party)
    assert own.greeting is not None
    assert door.greeting is None


def test_a_session_with_both_parties_says_it_on_the_number_of_the_door_too() -> None:
    terms = builders.terms(is_single_party=True, unknown_caller_play="https://customer.example/a")
    complete = joined(lone(terms=terms), Role.SECOND, OUTSIDER, virtual_number=virtual(1))

    assert all(route.greeting for route in routes_of(complete))


def test_pins_take_the_place_of_the_door() -> None:
    session = lone(terms=builders.terms(is_single_party=True, pin=builders.pin_terms()))

    found = [(route.kind, route.role, route.party, route.pin) for route in routes_of(session)]

    assert found == [
        (RouteKind.PARTY, Role.FIRST, LONE, ""),
        (RouteKind.PIN, Role.FIRST, LONE, "4821"),
        (RouteKind.PIN, Role.SECOND, "", "7390"),
    ]


def test_the_door_is_open_to_all_but_the_party_behind_it_until_it_expires() -> None:
    session = lone()
    door = door_of(session)
    end = session.expires_at

    assert live_door(door, CallerId(OUTSIDER), None, end - 1) is door
    assert live_door(door, CallerId(None), None, end - 1) is door
    assert live_door(door, CallerId(LONE), None, end - 1) is None
    assert live_door(door, CallerId(OUTSIDER), None, end) is None
    assert live_door(None, CallerId(OUTSIDER), None, NOW) is None


def test_a_party_whose_own_session_cools_off_reaches_no_door() -> None:
    door, now = door_of(lone()), NOW + 1000
    over = builders.route(expires_at=now, reusable_at=now + 1)

    assert live_door(door, CallerId(OUTSIDER), over, now) is None
    assert live_door(door, CallerId(OUTSIDER), over, now + 1) is door


@pytest.mark.parametrize("role", Role)
def test_with_both_parties_there_is_no_door_and_no_outsider(role: Role) -> None:
    session = lone(role, last_outsider=party(9))

    complete = joined(session, role.other, party(2), virtual_number=virtual(5))

    routes = {route.role: route for route in routes_of(complete)}
    assert [route.kind for route in routes.values()] == [RouteKind.PARTY] * 2
    assert (routes[role].peer, routes[role].caller_id) == (party(2), virtual(5))
    assert (routes[role.other].party, routes[role.other].virtual_number) == (party(2), virtual(5))
    assert routes[role.other].caller_id == session.virtual_number(role)


def test_under_shared_the_missing_party_can_only_dial_the_sessions_number() -> None:
    session = lone(strategy=Strategy.SHARED)

    found = numbers_for_missing(builders.pool(4), session, Role.SECOND, country="US")

    assert found == (virtual(1),)


def test_under_per_party_the_door_comes_first_and_then_the_pool() -> None:
    found = numbers_for_missing(builders.pool(4), lone(), Role.SECOND, country="")

    assert found == (virtual(1), virtual(0), virtual(2), virtual(3))


def test_a_number_that_is_new_to_the_session_is_of_its_pool_and_carrier() -> None:
    pool = [
        builders.virtual_number(0, status=NumberStatus.RETIRED),
        builders.virtual_number(1, status=NumberStatus.RETIRED),
        builders.virtual_number(2, carrier="another"),
        builders.virtual_number(3, subaccount_id=SUBACCOUNT_ID),
        builders.virtual_number(4),
    ]

    found = numbers_for_missing(pool, lone(), Role.SECOND, country="")

    assert found == (virtual(1), virtual(4)), "its own serves it though it is retired"


def test_geomatch_wants_the_country_of_the_party_that_is_added() -> None:
    pool = [*builders.pool(3), builders.virtual_number(3, country="US")]

    assert numbers_for_missing(pool, lone(), Role.SECOND, country="US") == (virtual(3),)
    with pytest.raises(PoolExhaustedError, match="geomatch leaves no number for second_party"):
        numbers_for_missing(pool, lone(), Role.SECOND, country="FR")


def test_a_change_may_bring_the_missing_party_and_no_other() -> None:
    change = SessionChange(fixed={"first_party": LONE, "second_party": OUTSIDER})

    change.require_fixed_unchanged(lone())

    assert change.party_to_add(lone()) == OUTSIDER
    assert change.party_to_add(lone(Role.SECOND)) == LONE
    assert change.party_to_add(builders.session()) is None
    assert SessionChange().party_to_add(lone()) is None


@pytest.mark.parametrize(
    ("fixed", "reason"),
    [
        ({"second_party": LONE}, "second_party must differ from first_party"),
        ({"first_party": OUTSIDER}, "first_party cannot be updated"),
    ],
)
def test_a_change_of_parties_is_checked_as_a_create(fixed: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        SessionChange(fixed=fixed).require_fixed_unchanged(lone())

    assert raised.value.reason == f"Invalid parameter. {reason}"


def test_what_is_no_number_to_add_is_refused_with_the_reason() -> None:
    change = SessionChange(
        fixed={"second_party": OUTSIDER}, party_problems={"second_party": "is odd"}
    )

    with pytest.raises(InvalidParameterError) as raised:
        change.require_fixed_unchanged(lone())

    assert raised.value.reason == "Invalid parameter. second_party is odd"


def test_one_phone_in_two_forms_is_one_party() -> None:
    """Argentina's mobiles are presented with and without a 9."""
    with_9, without = E164("+5491155550001"), E164("+541155550001")
    complete = replace(lone(), second_party=with_9)

    SessionChange(fixed={"second_party": without}).require_fixed_unchanged(complete)
    added = SessionChange(fixed={"second_party": without})
    with pytest.raises(InvalidParameterError, match="must differ"):
        added.require_fixed_unchanged(replace(lone(), first_party=with_9))


def test_the_same_party_again_changes_nothing() -> None:
    complete = replace(lone(), second_party=OUTSIDER)

    SessionChange(fixed={"second_party": OUTSIDER}).require_fixed_unchanged(complete)
    with pytest.raises(InvalidParameterError):
        SessionChange(fixed={"second_party": party(5)}).require_fixed_unchanged(complete)
