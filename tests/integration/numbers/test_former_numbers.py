"""Numbers that a session was moved off, for a party that is added, and for callers with PINs."""

from maskline.domain.calls.plan import CollectPin, Dial
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session, Strategy
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.replacing import (
    assert_table_in_step,
    call_healthy,
    call_unhealthy,
    numbers_of,
    run,
)
from tests.support.service import Service

ALICE, BOB = party(0), party(1)
STRANGER = party(50)
PINS = builders.pin_terms()
ALONE_WITH_PINS = builders.terms(is_single_party=True, pin=PINS)


def move(service: Service, session: Session) -> None:
    """From the first number to the second, and the first is well again."""
    call_unhealthy(service, virtual(0))
    with service.only(virtual(1)):
        run()
    assert numbers_of(service.stored(session)) == (virtual(1), virtual(1))
    call_healthy(service, virtual(0))


def moved(service: Service, **changes: object) -> Session:
    """Alice alone under per_party, after a move."""
    request = builders.lone_request(0, Role.FIRST, strategy=Strategy.PER_PARTY, **changes)
    with service.only(virtual(0)):
        session = service.request(request).session
    move(service, session)
    return session


def add_bob(service: Service, session: Session) -> Session:
    return service.update(session, fixed={"second_party": BOB})


def reached(service: Service, caller: E164, dialled: E164) -> E164:
    plan = service.call(caller, dialled, others_live=False)
    assert isinstance(plan, Dial), plan
    return plan.peer


def reached_by_pin(dialled: E164, pin: str) -> E164:
    call = PinCaller(STRANGER, dialled, others_live=False)
    assert isinstance(call.dial(), CollectPin)
    plan = call.enter(pin)
    assert isinstance(plan, Dial), plan
    return plan.peer


def test_a_party_that_is_added_on_the_old_number_moves_with_it(service: Service) -> None:
    session = moved(service)
    call_unhealthy(service, virtual(0))
    assert service.create(1, 2).first_virtual_number == virtual(1)
    call_healthy(service, virtual(0))

    assert add_bob(service, session).second_virtual_number == virtual(0)

    assert_table_in_step(service)
    call_unhealthy(service, virtual(0))
    run()
    assert numbers_of(service.stored(session)) == (virtual(1), virtual(2))
    assert_table_in_step(service)


def test_with_pins_the_old_number_is_the_added_partys_too(service: Service) -> None:
    session = moved(service, terms=ALONE_WITH_PINS)

    assert add_bob(service, session).second_virtual_number == virtual(1)

    assert reached(service, BOB, virtual(0)) == ALICE
    assert reached_by_pin(virtual(0), PINS.second_pin) == ALICE


def test_the_sessions_own_pin_on_the_old_number_is_no_reason_to_refuse(service: Service) -> None:
    session = moved(service, terms=ALONE_WITH_PINS)
    call_unhealthy(service, virtual(0))
    assert [service.create(1, other).first_virtual_number for other in (2, 3)] == [
        virtual(1),
        virtual(2),
    ]
    call_healthy(service, virtual(0))

    assert add_bob(service, session).second_virtual_number == virtual(0)
    assert_table_in_step(service)


def test_a_session_that_is_over_does_not_keep_the_added_party_off_the_old_number(
    service: Service,
) -> None:
    earlier = service.create(1, 2)
    assert earlier.first_virtual_number == virtual(0)
    service.end(earlier)
    session = moved(service)

    add_bob(service, session)

    assert reached(service, BOB, virtual(0)) == ALICE


def test_a_stranger_is_asked_as_long_as_a_pin_leads_anywhere(
    service: Service, time: ManualClock
) -> None:
    """Two parties who shared a number left it one after the other, each with its own grace."""
    session = service.create(strategy=Strategy.PER_PARTY, terms=builders.terms(pin=PINS))
    in_the_way = service.create(1, 2)
    service.create(1, 3)
    call_unhealthy(service, virtual(0), grace_seconds=60)
    run()
    time.advance(seconds=30)
    service.end(in_the_way)
    run()
    assert numbers_of(service.stored(session)) == (virtual(1), virtual(1))

    time.advance(seconds=40)

    assert reached_by_pin(virtual(0), PINS.second_pin) == ALICE


def test_a_stranger_with_the_lone_partys_pin_is_not_connected_to_their_own_phone(
    service: Service,
) -> None:
    """The lone party calls back whoever called last, which is this very phone."""
    service.request(builders.lone_request(0, Role.FIRST, terms=ALONE_WITH_PINS))
    assert reached_by_pin(virtual(0), PINS.second_pin) == ALICE

    call = PinCaller(STRANGER, virtual(0), others_live=False)
    call.dial()

    assert isinstance(call.enter(PINS.first_pin), CollectPin)
