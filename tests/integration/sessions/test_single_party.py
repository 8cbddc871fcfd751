"""Sessions with one party: open to any caller, called back, and completed by an update."""

from functools import partial

import pytest

from maskline.domain.calls.interaction import begun
from maskline.domain.calls.plan import Announce, Announcement, Busy, CallPlan, Dial
from maskline.domain.calls.route import RouteKind, routes_of
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.phone_numbers import E164, CallerId
from maskline.domain.sessions.session import LiveCall, Role, Session, Strategy
from maskline.domain.why.decision import Rule
from maskline.store.calls import line as calls
from maskline.store.calls.line import LineRequest, Opening
from maskline.store.calls.lookup import read_dialled
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.service import Service
from tests.support.threads import together

ALICE, BOB, CAROL = party(0), party(1), party(2)
# The pool has three numbers, and doors come from its far end.
DOOR, NEXT_DOOR = virtual(2), virtual(1)
NOBODY = E164("")


def lone(service: Service, index: int = 0, role: Role = Role.FIRST, **changes: object) -> Session:
    return service.request(builders.lone_request(index, role, **changes)).session


def try_lone(service: Service, index: int, **changes: object) -> Session | None:
    try:
        return lone(service, index, **changes)
    except PoolExhaustedError:
        return None


def hang_up(service: Service, session: Session, call_uuid: str) -> None:
    service.report(session, call_uuid, builders.caller_ended(leg_uuid=call_uuid))


def reached(plan: CallPlan) -> tuple[E164, E164]:
    """Whom the call reaches, and the number that they see."""
    assert isinstance(plan, Dial)
    return plan.peer, plan.caller_id


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("role", Role)
def test_anybody_reaches_the_party_who_then_reaches_the_last_of_them(
    service: Service, strategy: Strategy, role: Role
) -> None:
    service.create(0, 5, strategy=strategy)
    session = lone(service, 0, role, strategy=strategy)
    own, door = session.virtual_number(role), session.virtual_number(role.other)
    assert (own == door) is (strategy is Strategy.SHARED)
    assert service.call(ALICE, own) == Announce(Announcement.NOBODY_YET)

    for call_uuid, outsider in (("a", BOB), ("b", CAROL)):
        assert reached(service.call(outsider, door, call_uuid=call_uuid)) == (ALICE, own)
        hang_up(service, session, call_uuid)
        assert reached(service.call(ALICE, own, call_uuid=f"back-{call_uuid}")) == (outsider, door)
        hang_up(service, session, f"back-{call_uuid}")

    assert service.stored(session).last_outsider == CAROL


def test_events_and_roles_are_those_of_the_session_with_the_outsiders_real_number(
    service: Service,
) -> None:
    session = lone(service, role=Role.SECOND)

    service.call(BOB, DOOR, call_uuid="a")

    [interaction] = service.view(session).interactions
    assert (interaction.caller_role, interaction.from_number, interaction.to_number) == (
        Role.FIRST,
        BOB,
        ALICE,
    )
    assert service.told(session) == [
        "SessionVirtualNumberAnswer",
        "SessionFirstPartyAnswer",
        "SessionSecondPartyRing",
    ]
    [record] = service.items_of("session")
    assert {(event.from_number, event.to_number) for event in record["outbox"]} == {(BOB, ALICE)}


@pytest.mark.parametrize("strategy", Strategy)
def test_a_number_has_one_open_door(service: Service, strategy: Strategy) -> None:
    sessions = [lone(service, index, strategy=strategy) for index in range(3)]

    assert [one.second_virtual_number for one in sessions] == [DOOR, NEXT_DOOR, virtual(0)]
    with pytest.raises(PoolExhaustedError):
        lone(service, 9, strategy=strategy)
    assert service.create(8, 9).first_virtual_number == virtual(0)


@pytest.mark.parametrize("strategy", Strategy)
def test_many_who_want_a_door_at_once_get_one_each_until_there_is_none(
    service: Service, strategy: Strategy
) -> None:
    made = together([partial(try_lone, service, index, strategy=strategy) for index in range(12)])

    doors = sorted(session.second_virtual_number for session in made if session)
    assert doors == [virtual(0), virtual(1), virtual(2)]
    open_rows = [item for item in service.items_of("route") if item["kind"] == RouteKind.OPEN]
    assert sorted(item["virtual_number"] for item in open_rows) == doors


def test_a_caller_without_a_number_is_connected_and_nothing_is_learned(service: Service) -> None:
    session = lone(service)
    service.call(BOB, DOOR, call_uuid="a")
    hang_up(service, session, "a")

    assert reached(service.call(None, DOOR, call_uuid="b")) == (ALICE, DOOR)
    hang_up(service, session, "b")

    assert service.stored(session).last_outsider == BOB
    assert reached(service.call(ALICE, DOOR)) == (BOB, DOOR)


def test_a_caller_who_has_a_session_on_the_number_goes_there_and_not_through_the_door(
    service: Service,
) -> None:
    for index in (0, 1):
        service.retire(virtual(index))
    lone(service)
    known = service.create(1, 2)
    assert known.first_virtual_number == DOOR

    assert reached(service.call(BOB, DOOR)) == (CAROL, DOOR)
    service.end(known)
    assert reached(service.call(BOB, DOOR)) == (ALICE, DOOR)


def test_the_second_of_two_outsiders_is_busy_and_not_remembered(service: Service) -> None:
    session = lone(service)

    plans = together([partial(service.call, party(10 + index), DOOR) for index in range(6)])

    assert sorted(type(plan).__name__ for plan in plans) == ["Busy"] * 5 + ["Dial"]
    assert service.call(None, DOOR) == Busy()
    [connected] = service.view(session).interactions
    assert connected.from_number == service.stored(session).last_outsider


def test_the_door_is_not_for_the_party_behind_it(service: Service) -> None:
    with service.only(DOOR):
        service.create(0, 5, strategy=Strategy.PER_PARTY)
    session = lone(service, strategy=Strategy.PER_PARTY)
    assert session.second_virtual_number == DOOR != session.first_virtual_number
    other = lone(service, 7, strategy=Strategy.PER_PARTY)

    assert isinstance(service.call(party(7), other.second_virtual_number), Announce)
    assert reached(service.call(ALICE, DOOR)) == (party(5), DOOR)


def test_the_call_back_survives_a_change_of_settings(service: Service) -> None:
    session = lone(service)
    service.call(BOB, DOOR, call_uuid="a")
    hang_up(service, session, "a")

    service.update(session, ring_timeout_seconds=15)

    assert service.call(ALICE, DOOR) == Dial(
        BOB, DOOR, ring_timeout_seconds=15, time_limit_seconds=1800
    )


def test_an_expired_session_is_closed_and_its_number_open_to_the_next_after_the_cool_off(
    service: Service, time: ManualClock
) -> None:
    """Whoever came through the door may dial the number again, and is not to reach another."""
    terms = builders.terms(is_single_party=True, cooloff_seconds=600)
    session = lone(service, terms=terms)

    time.now = session.expires_at - 1
    assert reached(service.call(BOB, DOOR, call_uuid="a")) == (ALICE, DOOR)
    time.now = session.expires_at
    for caller in (ALICE, BOB, CAROL, None):
        assert isinstance(service.call(caller, DOOR), Announce)
    assert lone(service, 7).first_virtual_number == NEXT_DOOR

    time.now = session.reusable_at
    assert lone(service, 8).first_virtual_number == DOOR
    assert reached(service.call(BOB, DOOR)) == (party(8), DOOR)


def test_an_ended_session_is_closed_and_its_number_open_to_the_next(service: Service) -> None:
    service.end(lone(service))

    assert isinstance(service.call(BOB, DOOR), Announce)
    assert lone(service, 7).first_virtual_number == DOOR


def test_a_longer_life_holds_the_door_for_longer(service: Service, time: ManualClock) -> None:
    session = lone(service)
    service.update(session, session_expiry_seconds=7200)

    time.now = session.expires_at
    assert lone(service, 7).first_virtual_number == NEXT_DOOR
    assert isinstance(service.call(BOB, DOOR), Dial)


def test_a_call_that_came_while_a_party_was_added_neither_connects_nor_is_remembered(
    service: Service, time: ManualClock
) -> None:
    """What it read of the door was true then; what it writes is decided now."""
    session = lone(service)
    door = read_dialled(CallerId(CAROL), DOOR).door
    assert door is not None
    service.update(session, fixed={"second_party": BOB})

    interaction, told = begun(door, "late", CAROL, time.now)
    line = LineRequest(door, LiveCall("late", time.now + 60_000), Rule.OPEN_DOOR)

    assert calls.open_line(line, interaction, told).opening is Opening.OVER
    assert service.view(session).interactions == ()
    assert reached(service.call(ALICE, DOOR)) == (BOB, DOOR)


@pytest.mark.parametrize("strategy", Strategy)
def test_with_pins_there_is_no_door_but_a_pin_for_each_role(
    service: Service, strategy: Strategy
) -> None:
    terms = builders.terms(is_single_party=True, pin=builders.pin_terms())
    session = lone(service, strategy=strategy, terms=terms)

    kinds = sorted((item["kind"], item["role"]) for item in service.items_of("route"))
    assert kinds == [("party", "first"), ("pin", "first"), ("pin", "second")]
    assert len(routes_of(session)) == 3
    assert not isinstance(service.call(BOB, session.second_virtual_number), Dial)
    assert lone(service, 7).second_virtual_number == DOOR, "no number has a door yet"


def test_a_party_who_proves_to_be_it_by_pin_is_connected_to_the_last_outsider(
    service: Service,
) -> None:
    """Also after a change of settings, which writes all routes anew."""
    terms = builders.terms(is_single_party=True, pin=builders.pin_terms())
    assert terms.pin is not None
    session = lone(service, terms=terms)

    def enters_pin(role: Role, caller: E164, call_uuid: str) -> CallPlan:
        call = PinCaller(caller, virtual(0), call_uuid)
        call.dial()
        return call.enter(terms.pin.pin(role))

    assert enters_pin(Role.FIRST, party(9), "a") == Announce(Announcement.NOBODY_YET)
    for index, outsider in enumerate((BOB, CAROL)):
        there, back = f"there-{index}", f"back-{index}"
        assert reached(enters_pin(Role.SECOND, outsider, there)) == (ALICE, virtual(0))
        hang_up(service, session, there)
        assert reached(enters_pin(Role.FIRST, party(9), back)) == (outsider, virtual(0))
        [record] = service.items_of("session")
        assert {event.to_number for event in record["outbox"]} == {outsider}
        hang_up(service, session, back)
        service.update(session, ring_timeout_seconds=15)
