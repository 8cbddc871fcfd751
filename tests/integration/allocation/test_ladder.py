"""Coming down the ladder: only on proof, in the client's order, and the session says how far."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from maskline.domain.calls.plan import CallPlan, Dial
from maskline.domain.errors import InvalidParameterError, PoolExhaustedError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Role, Rung, Session, Strategy, Terms
from tests.support import builders
from tests.support.builders import SUBACCOUNT_ID, idempotency_key, party, virtual
from tests.support.faults import Fault, FaultyWrites, recorded_requests
from tests.support.replacing import assert_table_in_step, call_unhealthy, numbers_of, run
from tests.support.service import Service
from tests.support.threads import together

ANY_COUNTRY, PER_PARTY = Rung.ANY_COUNTRY, Rung.PER_PARTY
BOTH = (ANY_COUNTRY, PER_PARTY)
US_NUMBER = E164("+12025550190")
CREATE = ["Query", "Query", "TransactWriteItems"]
PROOF = ["GetItem", *["Query"] * 4, "GetItem"]


@pytest.fixture
def service(service: Service) -> Service:
    """British numbers 0 and 1, and behind them an American one; people are Americans."""
    service.retire(virtual(2))
    service.add_numbers(9, number=US_NUMBER, country="US")
    return service


def wanted(first: int, second: int, *rungs: Rung, **changes: Any) -> SessionRequest:
    request = builders.session_request(first, second, **changes)
    return replace(request, terms=replace(request.terms, is_geomatched=True, on_exhaustion=rungs))


def create(service: Service, first: int, second: int, *rungs: Rung, **changes: Any) -> Session:
    return service.request(wanted(first, second, *rungs, **changes)).session


def take(service: Service, person: int, *others: int) -> list[Session]:
    """Put a person into sessions of any country, in pool order, which leaves them fewer numbers."""
    return [service.create(person, other) for other in others]


def take_apart(service: Service) -> None:
    """Person 0 holds the first two numbers and person 1 the last: each has room, they share none.

    They also share no American number.
    """
    take(service, 0, 30, 31)
    passing = take(service, 1, 32, 33)
    take(service, 1, 34)
    for session in passing:
        service.end(session)


def test_as_asked_where_that_is_free(service: Service) -> None:
    session = create(service, 0, 1, *BOTH)

    assert numbers_of(session) == (US_NUMBER, US_NUMBER)
    assert session.rungs == ()
    assert service.stored(session) == session


def test_another_country_where_the_own_is_taken(service: Service) -> None:
    create(service, 0, 5)

    session = create(service, 0, 1, *BOTH)

    assert numbers_of(session) == (virtual(0), virtual(0))
    assert (session.rungs, session.strategy) == ((ANY_COUNTRY,), Strategy.SHARED)
    assert service.stored(session) == session


def test_a_number_each_where_none_is_left_for_both(service: Service) -> None:
    take_apart(service)

    session = create(service, 0, 1, *BOTH)

    assert numbers_of(session) == (US_NUMBER, virtual(0))
    assert (session.rungs, session.strategy) == (BOTH, Strategy.PER_PARTY)
    assert service.stored(session) == session
    plan = service.call(party(1), virtual(0))
    assert isinstance(plan, Dial)
    assert (plan.peer, plan.caller_id) == (party(0), US_NUMBER)


def test_the_client_says_which_wish_goes_first(service: Service) -> None:
    service.add_numbers(10, number=E164("+12025550191"), country="US")
    [passing] = [create(service, 1, 30)]
    create(service, 1, 31)
    service.end(passing)
    create(service, 0, 32)

    session = create(service, 0, 1, PER_PARTY, ANY_COUNTRY)

    assert numbers_of(session) == ("+12025550191", US_NUMBER)
    assert session.rungs == (PER_PARTY,)


def test_a_rung_that_the_client_does_not_state_is_not_taken(service: Service) -> None:
    take_apart(service)

    with pytest.raises(PoolExhaustedError, match="not available; also tried: any_country"):
        create(service, 0, 1, ANY_COUNTRY)


def test_a_refusal_says_what_was_tried_and_leaves_nothing(service: Service) -> None:
    take(service, 0, 30, 31, 32)
    before = service.items()

    with pytest.raises(PoolExhaustedError) as raised:
        create(service, 0, 1, *BOTH)

    assert str(raised.value).endswith("not available; also tried: any_country, per_party")
    assert service.items() == before


def test_no_rung_leads_to_the_numbers_of_others(service: Service) -> None:
    service.add_numbers(5, subaccount_id=SUBACCOUNT_ID)

    first = create(service, 0, 1, *BOTH, subaccount_id=SUBACCOUNT_ID)

    assert (numbers_of(first), first.rungs) == ((virtual(5), virtual(5)), (ANY_COUNTRY,))
    with pytest.raises(PoolExhaustedError):
        create(service, 0, 2, *BOTH, subaccount_id=SUBACCOUNT_ID)


# --- What it costs --------------------------------------------------------------------------------


def requests_of(action: Callable[[], object]) -> list[str]:
    with recorded_requests() as requests:
        action()
    return requests[1:]  # without the account, which every request reads to authenticate


@pytest.mark.whole_sdk
def test_a_ladder_that_is_not_needed_costs_nothing(service: Service) -> None:
    create(service, 20, 21)  # Caches the pool.

    assert requests_of(lambda: create(service, 0, 1, *BOTH)) == CREATE


@pytest.mark.whole_sdk
def test_a_country_without_any_number_is_left_without_looking_for_a_free_one(
    service: Service,
) -> None:
    service.retire(US_NUMBER)
    service.create(20, 21)

    made: list[Session] = []
    requests = requests_of(lambda: made.append(create(service, 0, 1, *BOTH)))

    assert made[0].rungs == (ANY_COUNTRY,)
    assert requests == CREATE


@pytest.mark.whole_sdk
def test_one_proof_serves_every_rung(service: Service) -> None:
    take_apart(service)

    requests = requests_of(lambda: create(service, 0, 1, *BOTH))

    assert requests == [*CREATE[:2], *PROOF, CREATE[2]]


# --- Only on proof --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.THROTTLED, Fault.LOST_ANSWER])
def test_contention_is_no_reason_to_come_down(
    service: Service, faults: FaultyWrites, fault: Fault
) -> None:
    faults.plan(fault, fault)

    session = create(service, 0, 1, *BOTH)

    assert faults.are_spent
    assert session.rungs == ()


def test_a_number_that_is_free_again_is_taken_before_a_lower_rung(
    service: Service, faults: FaultyWrites
) -> None:
    """Another create is quicker, and its session is over before the proof."""

    def takes_it_and_goes() -> None:
        service.end(create(service, 0, 7))

    faults.before_next_write(takes_it_and_goes)

    session = create(service, 0, 1, *BOTH)

    assert (numbers_of(session), session.rungs) == ((US_NUMBER, US_NUMBER), ())


def test_who_loses_the_last_number_of_a_rung_comes_down(
    service: Service, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: create(service, 0, 7))

    session = create(service, 0, 1, *BOTH)

    assert (numbers_of(session), session.rungs) == ((virtual(0), virtual(0)), (ANY_COUNTRY,))


def test_who_loses_a_number_on_a_lower_rung_takes_the_next_there(
    service: Service, faults: FaultyWrites
) -> None:
    create(service, 0, 7)
    faults.before_next_write(lambda: service.create(1, 8))

    session = create(service, 0, 1, *BOTH)

    assert (numbers_of(session), session.rungs) == ((virtual(1), virtual(1)), (ANY_COUNTRY,))


def test_of_many_at_once_as_many_as_can_get_what_they_asked_for(service: Service) -> None:
    """One person joins three sessions at once, and there is one number of their country."""
    sessions = together([partial(create, service, 0, 1 + other, *BOTH) for other in range(3)])

    assert sorted(session.rungs for session in sessions) == [(), (ANY_COUNTRY,), (ANY_COUNTRY,)]
    assert {session.first_virtual_number for session in sessions} == {
        US_NUMBER,
        virtual(0),
        virtual(1),
    }
    assert_table_in_step(service)


# --- With what else there is ----------------------------------------------------------------------


def test_a_repeated_create_is_told_the_same_rung(service: Service) -> None:
    blocking = create(service, 0, 5)
    first = service.request(wanted(0, 1, *BOTH), key=idempotency_key())
    service.end(blocking)

    again = service.request(wanted(0, 1, *BOTH), key=idempotency_key())

    assert again == first
    assert again.session.rungs == (ANY_COUNTRY,)


def test_given_pins_that_are_taken_lead_down_too(service: Service) -> None:
    """The PINs are in use on the only American number, and on no other."""
    pins = Terms(pin=builders.pin_terms())
    create(service, 20, 21, terms=pins)

    session = create(service, 0, 1, *BOTH, terms=pins)

    assert (numbers_of(session), session.rungs) == ((virtual(0), virtual(0)), (ANY_COUNTRY,))
    assert_table_in_step(service)


def test_what_a_session_gave_up_it_does_not_get_back_when_its_number_goes_bad(
    service: Service,
) -> None:
    create(service, 0, 5)
    session = create(service, 0, 1, *BOTH)

    call_unhealthy(service, virtual(0))
    run()

    moved = service.stored(session)
    assert (numbers_of(moved), moved.rungs) == ((virtual(1), virtual(1)), (ANY_COUNTRY,))


def test_a_bad_number_is_replaced_by_the_terms_that_gave_it(service: Service) -> None:
    """Nothing is refused here: the session waits for a number of its country."""
    session = create(service, 0, 1, *BOTH)

    call_unhealthy(service, US_NUMBER)
    run()

    assert service.stored(session) == session


def test_an_update_may_repeat_what_was_asked_for(service: Service) -> None:
    take_apart(service)
    session = create(service, 0, 1, *BOTH)
    repeated = {"virtual_number_strategy": Strategy.SHARED, "geomatch": True, "on_exhaustion": BOTH}

    changed = service.update(session, fixed=repeated, ring_timeout_seconds=9)
    service.update(session, fixed={"virtual_number_strategy": Strategy.PER_PARTY})

    assert changed.strategy is Strategy.PER_PARTY
    for other in ((PER_PARTY,), "invalid"):
        with pytest.raises(InvalidParameterError, match="on_exhaustion cannot be updated"):
            service.update(session, fixed={"on_exhaustion": other})


# --- The missing party of a single-party session --------------------------------------------------


def lone(service: Service, *rungs: Rung, **terms: Any) -> Session:
    """Person 0 alone on the American number."""
    single = Terms(is_single_party=True, on_exhaustion=rungs, **terms)
    return service.request(builders.lone_request(0, terms=single)).session


def add(service: Service, session: Session, person: int = 1) -> Session:
    return service.update(session, fixed={"second_party": party(person)})


def reached(plan: CallPlan) -> tuple[E164, E164]:
    assert isinstance(plan, Dial)
    return plan.peer, plan.caller_id


def test_an_open_door_of_another_country(service: Service) -> None:
    lone(service)

    session = service.request(
        builders.lone_request(2, terms=Terms(is_single_party=True, on_exhaustion=BOTH))
    ).session

    assert (numbers_of(session), session.rungs) == ((virtual(1), virtual(1)), (ANY_COUNTRY,))


def test_whoever_is_added_gets_a_number_of_their_own_where_the_sessions_is_taken(
    service: Service,
) -> None:
    session = lone(service, *BOTH)
    create(service, 1, 5)

    complete = add(service, session)

    assert numbers_of(complete) == (US_NUMBER, virtual(0))
    assert (complete.rungs, complete.strategy) == (BOTH, Strategy.PER_PARTY)
    assert service.stored(complete) == replace(complete, version=complete.version + 1)
    assert reached(service.call(party(0), US_NUMBER, call_uuid="a")) == (party(1), virtual(0))
    service.report(complete, "a", builders.caller_ended(leg_uuid="a"))
    assert reached(service.call(party(1), virtual(0))) == (party(0), US_NUMBER)
    assert_table_in_step(service)


def test_whoever_is_added_stays_on_the_sessions_number_where_they_can(service: Service) -> None:
    complete = add(service, lone(service, *BOTH))

    assert (numbers_of(complete), complete.rungs) == ((US_NUMBER, US_NUMBER), ())


def test_an_addition_goes_on_from_the_sessions_rung(service: Service) -> None:
    lone(service)
    terms = Terms(is_single_party=True, on_exhaustion=BOTH)
    with service.only(virtual(0)):
        session = service.request(builders.lone_request(2, terms=terms)).session
    take(service, 1, 30)

    complete = add(service, session)

    assert numbers_of(complete) == (virtual(0), virtual(1))
    assert complete.rungs == BOTH


def test_an_addition_is_refused_when_every_rung_is_taken(service: Service) -> None:
    session = lone(service, *BOTH)
    take(service, 1, 30, 31, 32)
    before = service.items()

    with pytest.raises(PoolExhaustedError, match="also tried: any_country, per_party"):
        add(service, session)

    assert service.items() == before


def test_an_addition_comes_down_only_on_proof(service: Service, faults: FaultyWrites) -> None:
    session = lone(service, *BOTH)
    faults.plan(Fault.CONFLICT, Fault.CONFLICT)

    complete = add(service, session)

    assert faults.are_spent
    assert complete.rungs == ()


def test_the_pin_of_an_added_party_goes_with_them(service: Service) -> None:
    session = lone(service, *BOTH, pin=builders.pin_terms())
    create(service, 1, 5)

    complete = add(service, session)

    assert numbers_of(complete) == (US_NUMBER, virtual(0))
    kinds = sorted(
        (item["kind"], item["role"], item["virtual_number"]) for item in own(service, complete)
    )
    assert kinds == [
        (kind, role, number)
        for kind in ("party", "pin")
        for role, number in ((Role.FIRST, US_NUMBER), (Role.SECOND, virtual(0)))
    ]


def own(service: Service, session: Session) -> list[dict[str, Any]]:
    routes = service.items_of("route")
    return [item for item in routes if item["session_uuid"] == session.session_uuid]
