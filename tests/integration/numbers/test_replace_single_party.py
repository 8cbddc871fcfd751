"""Open doors and PINs on a number that goes bad: both numbers lead to the same people."""

from uuid import uuid4

import pytest

from maskline.domain.calls.plan import Announce, CallPlan, Dial
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session, Strategy
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.faults import FaultyWrites
from tests.support.replacing import (
    assert_table_in_step,
    call_healthy,
    call_unhealthy,
    numbers_of,
    run,
)
from tests.support.service import Service

ALICE, BOB, CAROL, DAVE = (party(index) for index in range(4))
PINS = builders.terms(is_single_party=True, pin=builders.pin_terms())


def lone(service: Service, index: int = 0, **changes: object) -> Session:
    """A session whose second party is missing."""
    return service.request(builders.lone_request(index, Role.FIRST, **changes)).session


def near(service: Service, **changes: object) -> Session:
    """Alice alone on the first number of the pool."""
    with service.only(virtual(0)):
        return lone(service, **changes)


def move(service: Service) -> None:
    """From the first number to the second."""
    call_unhealthy(service, virtual(0))
    with service.only(virtual(1)):
        run()


def dials(plan: CallPlan) -> tuple[E164, E164]:
    assert isinstance(plan, Dial), plan
    return plan.peer, plan.caller_id


def outsider_calls(service: Service, session: Session, caller: E164, dialled: E164) -> E164:
    """The number that the lone party sees."""
    call_uuid = str(uuid4())
    plan = service.call(caller, dialled, call_uuid=call_uuid, others_live=False)
    peer, shown = dials(plan)
    assert peer == ALICE
    service.report(session, call_uuid, builders.caller_ended(leg_uuid=call_uuid))
    return shown


@pytest.mark.parametrize("strategy", Strategy)
def test_outsiders_find_the_party_on_both_numbers_and_are_called_back_from_both(
    service: Service, strategy: Strategy
) -> None:
    session = near(service, strategy=strategy)
    move(service)
    assert numbers_of(service.stored(session)) == (virtual(1), virtual(1))

    for outsider, dialled in ((CAROL, virtual(0)), (DAVE, virtual(1))):
        assert outsider_calls(service, session, outsider, dialled) == virtual(1)
        for back in (virtual(0), virtual(1)):
            plan = service.call(ALICE, back, others_live=False)
            assert dials(plan) == (outsider, virtual(1))


def test_an_outsider_of_before_is_called_back_on_the_new_number(service: Service) -> None:
    session = near(service)
    outsider_calls(service, session, CAROL, virtual(0))
    move(service)

    assert dials(service.call(ALICE, virtual(1))) == (CAROL, virtual(1))
    assert_table_in_step(service)


def test_an_outsider_who_calls_during_the_move_is_learned_on_both_numbers(
    service: Service, faults: FaultyWrites
) -> None:
    session = near(service)
    outsider_calls(service, session, DAVE, virtual(0))
    call_unhealthy(service, virtual(0))
    service.retire(virtual(2))
    faults.before_next_write(run)

    outsider_calls(service, session, CAROL, virtual(0))

    for back in (virtual(0), virtual(1)):
        assert dials(service.call(ALICE, back, others_live=False))[0] == CAROL


def test_the_door_of_the_old_number_stays_the_sessions(service: Service) -> None:
    """One open door on a number (I3), though it is well again."""
    session = near(service)
    move(service)
    call_healthy(service, virtual(0))

    other = lone(service, 5)

    assert numbers_of(other) == (virtual(2), virtual(2))
    service.end(session)
    assert isinstance(service.call(CAROL, virtual(1)), Announce)
    assert lone(service, 6).first_virtual_number == virtual(1)
    assert lone(service, 7).first_virtual_number == virtual(0)
    assert_table_in_step(service)


def test_a_number_whose_door_is_taken_is_no_replacement(service: Service) -> None:
    session, other = lone(service), lone(service, 5)
    assert numbers_of(other) == (virtual(1), virtual(1))
    call_unhealthy(service, virtual(0))

    run()

    assert numbers_of(service.stored(session)) == (virtual(2), virtual(2))
    assert_table_in_step(service)


def test_pins_lead_in_on_both_numbers(service: Service) -> None:
    session = lone(service, terms=PINS)
    other = lone(service, 5, terms=PINS)
    assert numbers_of(other) == (virtual(1), virtual(1)), "the same PINs, so another number (I2)"
    call_unhealthy(service, virtual(0))

    run()

    assert numbers_of(service.stored(session)) == (virtual(2), virtual(2))
    pins = [item for item in service.items_of("route") if item["kind"] == "pin"]
    ours = [item for item in pins if item["session_uuid"] == session.session_uuid]
    assert sorted(item["virtual_number"] for item in ours) == [virtual(0)] * 2 + [virtual(2)] * 2
    assert len({item["PK"] for item in pins}) == 6
    assert_table_in_step(service)


def test_a_party_that_is_added_is_known_on_both_numbers(service: Service) -> None:
    session = near(service)
    move(service)

    service.update(session, fixed={"second_party": BOB})

    for dialled in (virtual(0), virtual(1)):
        assert dials(service.call(BOB, dialled, others_live=False)) == (ALICE, virtual(1))
        assert isinstance(service.call(CAROL, dialled), Announce)
    assert_table_in_step(service)


def test_a_party_that_is_added_may_have_the_old_number_from_another_session(
    service: Service,
) -> None:
    session = near(service)
    move(service)
    call_healthy(service, virtual(0))
    assert service.create(1, 2).first_virtual_number == virtual(0)

    service.update(session, fixed={"second_party": BOB})

    assert dials(service.call(ALICE, virtual(0))) == (BOB, virtual(1))
    assert dials(service.call(BOB, virtual(0)))[0] == CAROL
    assert_table_in_step(service)
