"""A carrier that fails gets no new session, and live ones leave it where another has a number."""

from dataclasses import replace

import pytest

from maskline.carriers import DEFAULT
from maskline.carriers.adapter import Inbound
from maskline.domain.calls.plan import Busy, CallPlan, Dial
from maskline.domain.errors import CarrierNotFoundError, NoSuitableNumberError
from maskline.domain.numbers.carriers import CarrierHealth, CarrierState
from maskline.domain.numbers.pool import NumberHealth
from maskline.domain.phone_numbers import E164, CallerId
from maskline.domain.sessions.session import Rung, Session, Strategy
from maskline.services.calls import answer as answer_call
from maskline.services.calls.place import place_call
from maskline.services.numbers import carriers
from maskline.services.numbers import replace as replace_numbers
from maskline.store.accounts import accounts
from tests.support import builders
from tests.support.builders import MAIN_ID, lone_request, party, virtual
from tests.support.carriers import OTHER, OtherCarrier, ScriptedCarrier
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.placed_call import PlacedCall
from tests.support.replacing import (
    REPLACED,
    assert_table_in_step,
    call_healthy,
    call_unhealthy,
    numbers_of,
    run,
)
from tests.support.service import Service

pytestmark = pytest.mark.usefixtures("other_carrier")

UNHEALTHY, HEALTHY = NumberHealth.UNHEALTHY, NumberHealth.HEALTHY
LATECOMERS_SECONDS = 5 * 60
OTHERS_NUMBERS = {virtual(10), virtual(11)}


def say(
    service: Service,
    health: NumberHealth,
    carrier: str = DEFAULT,
    *,
    grace_seconds: int | None = None,
) -> None:
    told = CarrierHealth(health, grace_seconds)
    carriers.set_carrier_health(service.caller(), carrier, told)


def orders(service: Service) -> list[str]:
    """The carriers that are still to be left."""
    return [item["carrier"] for item in service.items_of("replacement")]


def state(service: Service, carrier: str) -> CarrierState:
    return carriers.get_carrier(service.caller(), carrier)


def stored_sessions(service: Service) -> list[Session]:
    uuids = [item["session_uuid"] for item in service.items_of("session")]
    return [service.stored(builders.session(session_uuid=uuid)) for uuid in uuids]


def call_by(carrier: ScriptedCarrier, caller: E164, dialled: E164) -> CallPlan:
    """The answer to a carrier about a call that comes in there."""
    call = Inbound("call-there", CallerId(caller), dialled)
    account = builders.carrier_account(carrier=carrier.name)
    return answer_call.answer_call(call, carrier, account).plan


def test_no_new_session_gets_a_number_there(service: Service) -> None:
    say(service, UNHEALTHY)

    assert service.create().carrier == OTHER
    with pytest.raises(NoSuitableNumberError, match="carrier leaves no number"):
        service.create(2, 3, terms=builders.terms(carrier=DEFAULT))


@pytest.mark.parametrize("strategy", Strategy)
def test_live_sessions_move_with_both_numbers_to_another_carrier(
    service: Service, other_carrier: OtherCarrier, strategy: Strategy
) -> None:
    service.create(1, 2, strategy=strategy)
    session = service.create(strategy=strategy)
    say(service, UNHEALTHY)

    run()

    moved = service.stored(session)
    assert moved.carrier == OTHER
    assert {*numbers_of(moved)} <= OTHERS_NUMBERS
    assert service.told(session) == [REPLACED] * (1 if strategy is Strategy.SHARED else 2)
    assert_table_in_step(service)
    plan = call_by(other_carrier, party(0), moved.first_virtual_number)
    assert isinstance(plan, Dial)
    assert (plan.peer, plan.caller_id) == (party(1), moved.second_virtual_number)


def test_a_single_party_session_moves_with_its_door(
    service: Service, other_carrier: OtherCarrier
) -> None:
    lone = service.request(lone_request(strategy=Strategy.PER_PARTY)).session
    say(service, UNHEALTHY)

    run()

    moved = service.stored(lone)
    assert moved.carrier == OTHER
    assert {*numbers_of(moved)} <= OTHERS_NUMBERS
    assert_table_in_step(service)
    plan = call_by(other_carrier, party(7), moved.second_virtual_number)
    assert isinstance(plan, Dial)
    assert (plan.peer, plan.caller_id) == (party(0), moved.first_virtual_number)


@pytest.mark.parametrize("strategy", Strategy)
def test_a_call_to_a_former_number_shows_a_number_of_its_own_carrier(
    service: Service, strategy: Strategy
) -> None:
    service.create(1, 2, strategy=strategy)
    session = service.create(strategy=strategy)
    say(service, UNHEALTHY)
    run()

    plan = service.call(party(0), session.first_virtual_number)

    assert isinstance(plan, Dial)
    assert (plan.peer, plan.caller_id) == (party(1), session.second_virtual_number)


def test_a_grace_ends_the_old_numbers(service: Service, time: ManualClock) -> None:
    session = service.create()
    say(service, UNHEALTHY, grace_seconds=600)
    run()

    time.advance(seconds=599)
    assert isinstance(service.call(party(0), virtual(0)), Dial)
    time.advance(seconds=1)
    assert not isinstance(service.call(party(1), virtual(0), others_live=False), Dial)
    assert service.stored(session).carrier == OTHER


def test_a_call_on_the_old_carrier_holds_the_line_on_the_new_one(
    service: Service, other_carrier: OtherCarrier
) -> None:
    """The new carrier knows nothing of it, which is no proof that it is over."""
    service.create()
    assert isinstance(service.call(party(0), virtual(0)), Dial)
    say(service, UNHEALTHY)
    run()
    other_carrier.others_live = False

    assert isinstance(call_by(other_carrier, party(1), virtual(10)), Busy)


def test_an_ordered_call_is_placed_by_the_new_carrier(
    service: Service, other_carrier: OtherCarrier
) -> None:
    session = service.create(terms=builders.terms(initiates_call=True))
    say(service, UNHEALTHY)
    run()
    named: list[str] = []

    def adapter(name: str) -> OtherCarrier:
        named.append(name)
        return other_carrier

    place_call(session.session_uuid, "https://webhooks.example", adapter)

    [(account, call, _)] = other_carrier.placed
    assert named == [OTHER]
    assert (account.carrier, account.auth_id) == (OTHER, "PR01")
    assert call.caller_id == virtual(10)


def test_a_session_that_named_its_carrier_stays_unless_its_ladder_gives_that_up(
    service: Service,
) -> None:
    named = builders.terms(carrier=DEFAULT)
    faithful = service.create(0, 1, terms=named)
    ready = service.create(2, 3, terms=replace(named, on_exhaustion=(Rung.ANY_CARRIER,)))
    say(service, UNHEALTHY)

    run()

    assert service.stored(faithful) == faithful
    assert service.stored(ready).carrier == OTHER
    assert service.stored(ready).rungs == (Rung.ANY_CARRIER,)
    assert orders(service) == [DEFAULT]


def test_a_session_for_which_no_carrier_has_a_number_waits_for_one(service: Service) -> None:
    for other in (1, 2, 3):
        service.create(0, other)
    say(service, UNHEALTHY)
    run()
    left = [session for session in stored_sessions(service) if session.carrier == DEFAULT]
    assert len(left) == 1

    service.add_numbers(12, carrier=OTHER)
    run()

    assert {session.carrier for session in stored_sessions(service)} == {OTHER}


def test_healthy_again_it_takes_sessions_and_nobody_moves_back(service: Service) -> None:
    session = service.create()
    say(service, UNHEALTHY)
    run()

    say(service, HEALTHY)
    run()

    assert orders(service) == []
    assert service.stored(session).carrier == OTHER
    assert service.create(2, 3).carrier == DEFAULT


def test_taken_back_before_the_run_nobody_moves(service: Service) -> None:
    session = service.create()
    say(service, UNHEALTHY)
    say(service, HEALTHY)

    run()

    assert service.stored(session) == session


def test_the_health_of_its_numbers_is_their_own(service: Service) -> None:
    call_unhealthy(service, virtual(0))
    say(service, UNHEALTHY)
    call_healthy(service, virtual(1))
    assert service.create().carrier == OTHER

    say(service, HEALTHY)

    assert numbers_of(service.create(2, 3)) == (virtual(1), virtual(1))
    assert [item["number"] for item in service.items_of("replacement")] == [virtual(0)]


def test_the_order_is_closed_when_nobody_is_left_and_latecomers_have_come(
    service: Service, time: ManualClock
) -> None:
    service.create()
    say(service, UNHEALTHY)
    run()
    assert orders(service) == [DEFAULT]

    time.advance(seconds=LATECOMERS_SECONDS)
    run()

    assert orders(service) == []
    assert state(service, DEFAULT).health is UNHEALTHY


def test_a_run_goes_on_where_the_bounds_ended_the_last_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(4):
        service.create(2 * index, 2 * index + 1)
    service.create(0, 9)
    monkeypatch.setattr(replace_numbers, "SESSIONS_PER_RUN", 2)
    say(service, UNHEALTHY)

    moved = []
    for _ in range(3):
        run()
        moved.append(sum(session.carrier == OTHER for session in stored_sessions(service)))

    assert moved == [2, 4, 5]
    assert_table_in_step(service)


@pytest.mark.parametrize("fault", Fault)
def test_a_spoilt_write_is_repeated(service: Service, faults: FaultyWrites, fault: Fault) -> None:
    session = service.create()
    faults.plan(fault)
    say(service, UNHEALTHY)
    faults.plan(fault)
    run()

    assert faults.are_spent
    assert service.stored(session).carrier == OTHER
    assert service.told(session) == [REPLACED]


def test_what_is_on_each_carrier_is_shown(service: Service) -> None:
    service.create(0, 1)
    service.create(0, 2, strategy=Strategy.PER_PARTY)
    service.create(3, 4, terms=builders.terms(carrier=OTHER))
    say(service, UNHEALTHY, OTHER)

    assert carriers.list_carriers(service.caller()) == [
        CarrierState(DEFAULT, HEALTHY, numbers=3, live_sessions=2),
        CarrierState(OTHER, UNHEALTHY, numbers=2, live_sessions=1),
    ]


def test_a_count_that_takes_too_long_says_so(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "_COUNTING_SECONDS", 0.0)

    assert state(service, DEFAULT).is_at_least


@pytest.mark.parametrize("name", ["nobody", ""])
def test_a_carrier_that_the_account_has_not_is_not_found(service: Service, name: str) -> None:
    with pytest.raises(CarrierNotFoundError):
        say(service, UNHEALTHY, name)


def test_the_trail_says_that_the_order_was_given_and_carried_out(service: Service) -> None:
    service.create()
    say(service, UNHEALTHY)
    before = len(service.items_of("audit"))
    run()
    say(service, HEALTHY)

    assert before == 2
    assert len(service.items_of("audit")) == 3


def test_provisioning_again_leaves_the_health(service: Service) -> None:
    say(service, UNHEALTHY, OTHER)

    service.provision()

    account = accounts.get_account(MAIN_ID)
    assert account is not None
    assert account.unhealthy_carriers == (OTHER,)


@pytest.mark.parametrize("webhook", ["ring", "answer"])
def test_a_call_that_was_placed_before_the_move_is_of_the_carrier_that_placed_it(
    service: Service, webhook: str
) -> None:
    """Its record is asked for there, and shown there."""
    call = PlacedCall(service)
    call.place()
    say(service, UNHEALTHY)
    run()
    assert call.stored.carrier == OTHER

    getattr(call, webhook)()

    moved, interaction = call.stored, call.interaction
    assert interaction.virtual_number == virtual(0)
    assert moved.carrier_of(interaction.virtual_number) == DEFAULT
