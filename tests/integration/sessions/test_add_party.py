"""The missing party comes: claimed like a create's numbers, and then a session of two parties."""

from dataclasses import replace
from functools import partial

import pytest

from maskline.domain.calls.plan import Announce, Busy, CallPlan, Dial
from maskline.domain.errors import (
    InvalidParameterError,
    PoolExhaustedError,
    SessionExpiredError,
)
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.filter import SessionFilter
from maskline.domain.sessions.page import PageRequest
from maskline.domain.sessions.session import Role, Session, Strategy
from maskline.services.sessions import read as read_sessions
from tests.support import builders
from tests.support.builders import NOW, party, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tests.support.threads import together

ALICE, BOB, CAROL = party(0), party(1), party(2)
PINS = builders.terms(is_single_party=True, pin=builders.pin_terms())


def lone(service: Service, index: int = 0, role: Role = Role.FIRST, **changes: object) -> Session:
    return service.request(builders.lone_request(index, role, **changes)).session


def near(service: Service, **changes: object) -> Session:
    """Alice alone on the number that other sessions get first."""
    with service.only(virtual(0)):
        return lone(service, **changes)


def add(service: Service, session: Session, party: str = BOB, **changes: object) -> Session:
    return service.update(session, fixed={f"{session.missing_role}_party": party}, **changes)


def reached(plan: CallPlan) -> tuple[E164, E164]:
    assert isinstance(plan, Dial)
    return plan.peer, plan.caller_id


def kinds(service: Service) -> list[str]:
    return sorted(item["kind"] for item in service.items_of("route"))


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("role", Role)
def test_with_both_parties_it_is_a_session_of_two(
    service: Service, strategy: Strategy, role: Role
) -> None:
    session = lone(service, 0, role, strategy=strategy)
    service.call(CAROL, session.virtual_number(role.other), call_uuid="a")
    service.report(session, "a", builders.caller_ended(leg_uuid="a"))

    complete = add(service, session, ring_timeout_seconds=15)

    assert service.stored(session) == replace(complete, version=complete.version + 1)
    assert complete.missing_role is None
    assert (complete.party(role), complete.party(role.other)) == (ALICE, BOB)
    assert complete.settings.ring_timeout_seconds == 15
    assert complete.expires_at == session.expires_at
    assert kinds(service) == ["party", "party"]
    own, other = complete.virtual_number(role), complete.virtual_number(role.other)
    assert isinstance(service.call(CAROL, other), Announce)
    assert reached(service.call(ALICE, own, call_uuid="b")) == (BOB, other)
    assert service.call(BOB, other) == Busy()
    service.report(session, "b", builders.caller_ended(leg_uuid="b"))
    assert reached(service.call(BOB, other)) == (ALICE, own)


def test_the_number_is_free_for_the_next_open_door(service: Service) -> None:
    add(service, lone(service))

    assert lone(service, 7).first_virtual_number == virtual(2)


def test_lists_find_the_party_that_was_added(service: Service) -> None:
    session = lone(service)
    add(service, session)

    def listed(**wanted: E164) -> list[str]:
        window = SessionFilter(NOW - 1, NOW + 1, **wanted)
        page = read_sessions.list_sessions(service.caller(), window, PageRequest(20))
        return [view.session.session_uuid for view in page.views]

    assert listed(second_party=BOB) == listed(first_party=ALICE) == [session.session_uuid]
    assert listed(first_party=BOB) == []


def test_under_shared_only_the_sessions_own_number_will_do(service: Service) -> None:
    session = near(service)
    service.create(1, 2)
    before = service.items()

    with pytest.raises(PoolExhaustedError):
        add(service, session)

    assert service.items() == before
    assert reached(service.call(party(9), virtual(0))) == (ALICE, virtual(0))


def test_a_pair_that_cools_off_is_taken(service: Service, time: ManualClock) -> None:
    session = near(service, settings=builders.settings(session_expiry_seconds=7200))
    service.end(service.create(1, 2, terms=builders.terms(cooloff_seconds=600)))

    with pytest.raises(PoolExhaustedError):
        add(service, session)
    time.advance(seconds=600)
    assert add(service, session).second_virtual_number == virtual(0)


def test_under_per_party_the_number_of_the_outsiders_stays_if_it_can(service: Service) -> None:
    blocker = lone(service, 8, strategy=Strategy.PER_PARTY)
    session = lone(service, strategy=Strategy.PER_PARTY)
    service.end(blocker)
    assert session.second_virtual_number == virtual(1)
    service.retire(virtual(1))

    assert add(service, session).second_virtual_number == virtual(1)


def test_under_per_party_the_first_number_that_is_free_for_the_party_is_theirs(
    service: Service,
) -> None:
    session = near(service, strategy=Strategy.PER_PARTY)
    service.create(1, 2)
    service.retire(virtual(1))

    complete = add(service, session)

    assert complete.second_virtual_number == virtual(2)
    assert reached(service.call(ALICE, virtual(0), call_uuid="a")) == (BOB, virtual(2))
    service.report(session, "a", builders.caller_ended(leg_uuid="a"))
    assert reached(service.call(BOB, virtual(2))) == (ALICE, virtual(0))
    assert reached(service.call(BOB, virtual(0))) == (CAROL, virtual(0))
    assert lone(service, 7).first_virtual_number == virtual(2)


def test_when_every_number_is_taken_for_the_party_it_is_refused(service: Service) -> None:
    session = lone(service, strategy=Strategy.PER_PARTY)
    for _ in range(3):
        service.create(1, 2)
    before = service.items()

    with pytest.raises(PoolExhaustedError):
        add(service, session)

    assert service.items() == before
    service.add_numbers(3)
    assert add(service, session).second_virtual_number == virtual(3)


def test_a_new_number_is_of_the_carrier_and_of_the_partys_country(service: Service) -> None:
    british = E164("+447700900121")
    terms = builders.terms(is_single_party=True, is_geomatched=True)
    session = lone(service, strategy=Strategy.PER_PARTY, terms=terms, first_party=british)

    with pytest.raises(PoolExhaustedError, match="geomatch leaves no number for second_party"):
        add(service, session, BOB)
    service.add_numbers(3, country="US", carrier="another")
    service.add_numbers(4, country="US")
    assert add(service, session, BOB).second_virtual_number == virtual(4)


@pytest.mark.parametrize(
    ("fixed", "reason"),
    [
        ({"second_party": ALICE}, "second_party must differ from first_party"),
        ({"first_party": CAROL}, "first_party cannot be updated"),
        ({"second_party": BOB, "first_party": CAROL}, "first_party cannot be updated"),
    ],
)
def test_what_no_create_takes_is_refused_and_changes_nothing(
    service: Service, fixed: dict[str, object], reason: str
) -> None:
    session = lone(service)
    before = service.items()

    with pytest.raises(InvalidParameterError, match=reason):
        service.update(session, fixed=fixed)

    assert service.items() == before


def test_a_party_that_was_added_stays(service: Service) -> None:
    session = lone(service)
    complete = add(service, session)

    with pytest.raises(InvalidParameterError, match="second_party cannot be updated"):
        add(service, session, CAROL)

    repeated = add(service, session)
    assert repeated.second_party == BOB
    assert service.stored(session).version == complete.version + 2


def test_nobody_joins_a_session_that_is_over(service: Service, time: ManualClock) -> None:
    session = lone(service)
    time.now = session.expires_at

    with pytest.raises(SessionExpiredError):
        add(service, session)


@pytest.mark.parametrize("fault", Fault)
def test_an_addition_whose_write_went_wrong_is_applied_once(
    service: Service, faults: FaultyWrites, fault: Fault
) -> None:
    session = lone(service)
    faults.plan(fault, fault)

    add(service, session)

    assert faults.are_spent
    assert service.stored(session).second_party == BOB
    assert kinds(service) == ["party", "party"]


def test_a_call_that_comes_between_read_and_write_goes_on(
    service: Service, faults: FaultyWrites
) -> None:
    session = near(service)
    faults.before_next_write(lambda: service.call(CAROL, virtual(0), call_uuid="a"))

    complete = add(service, session)

    assert complete.live_call is not None
    assert complete.live_call.call_uuid == "a"
    assert service.call(BOB, virtual(0)) == Busy()
    service.report(session, "a", builders.caller_ended(leg_uuid="a"))
    assert reached(service.call(ALICE, virtual(0))) == (BOB, virtual(0))


@pytest.mark.parametrize("strategy", Strategy)
def test_a_pair_that_is_taken_between_read_and_write_is_not_given_twice(
    service: Service, faults: FaultyWrites, strategy: Strategy
) -> None:
    session = near(service, strategy=strategy)
    faults.before_next_write(lambda: service.create(1, 2))

    if strategy is Strategy.SHARED:
        with pytest.raises(PoolExhaustedError):
            add(service, session)
        return
    assert add(service, session).second_virtual_number == virtual(1)


def test_of_many_who_are_added_at_once_one_is(service: Service) -> None:
    session = lone(service)

    def try_add(index: int) -> bool:
        try:
            add(service, session, party(index))
        except InvalidParameterError:
            return False
        return True

    added = together([partial(try_add, 10 + index) for index in range(6)])

    assert sum(added) == 1
    assert service.stored(session).second_party == party(10 + added.index(True))
    assert kinds(service) == ["party", "party"]


def test_one_person_joins_many_sessions_at_once_on_a_number_each(service: Service) -> None:
    service.add_numbers(*range(3, 6))
    waiting = [lone(service, 10 + index, strategy=Strategy.PER_PARTY) for index in range(6)]

    together([partial(add, service, session) for session in waiting])

    numbers = [service.stored(session).second_virtual_number for session in waiting]
    assert sorted(numbers) == [virtual(index) for index in range(6)]


@pytest.mark.parametrize("strategy", Strategy)
def test_whoever_calls_at_the_moment_of_the_addition_is_never_put_in_the_partys_place(
    service: Service, strategy: Strategy
) -> None:
    """Each outsider gets through the door before it closes, or not at all."""
    for round_number in range(6):
        session = lone(service, 20 + round_number, strategy=strategy)
        own, door = session.first_virtual_number, session.second_virtual_number
        callers = [
            partial(service.call, party(40 + index), door, call_uuid=f"{round_number}-{index}")
            for index in range(3)
        ]

        _, *plans = together([partial(add, service, session), *callers])

        assert sum(isinstance(plan, Dial) for plan in plans) <= 1
        held = service.stored(session).live_call
        if held:
            service.report(session, held.call_uuid, builders.caller_ended(leg_uuid=held.call_uuid))
        back = service.call(session.first_party, own)
        assert reached(back)[0] == BOB
        assert isinstance(service.call(party(49), door), Announce)
        assert not service.stored(session).last_outsider
        service.end(session)


@pytest.mark.parametrize("strategy", Strategy)
def test_with_pins_the_party_is_known_behind_them(service: Service, strategy: Strategy) -> None:
    session = lone(service, strategy=strategy, terms=PINS)

    add(service, session)

    rows = {(item["kind"], item["role"]): item for item in service.items_of("route")}
    assert rows.keys() == {(kind, role) for kind in ("party", "pin") for role in Role}
    for kind in ("party", "pin"):
        assert (rows[kind, "first"]["party"], rows[kind, "first"]["peer"]) == (ALICE, BOB)
        assert (rows[kind, "second"]["party"], rows[kind, "second"]["peer"]) == (BOB, ALICE)


def test_a_pin_moves_with_its_party_to_a_number_where_it_is_free(service: Service) -> None:
    session = lone(service, strategy=Strategy.PER_PARTY, terms=PINS)
    service.create(1, 2)
    swapped = builders.pin_terms(first_pin="7390", second_pin="4821")
    other = service.create(8, 9, terms=builders.terms(pin=swapped))
    assert other.first_virtual_number == virtual(1)

    complete = add(service, session)

    assert complete.second_virtual_number == virtual(2)
    mine = [
        (item["role"], item["virtual_number"])
        for item in service.items_of("route")
        if item["kind"] == "pin" and item["session_uuid"] == session.session_uuid
    ]
    assert sorted(mine) == [("first", virtual(0)), ("second", virtual(2))]
