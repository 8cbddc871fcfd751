"""Sessions on a number that goes bad get another one, and the old one goes on working."""

from collections import Counter
from collections.abc import Callable

import pytest

from maskline.domain.calls.plan import Announce, CallPlan, Dial
from maskline.domain.errors import NumberConflictError, PoolExhaustedError
from maskline.domain.numbers.pool import NumberStatus
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session, Strategy
from maskline.services.numbers import manage as manage_numbers
from maskline.services.numbers import replace as replace_numbers
from tests.support import builders
from tests.support.builders import SUBACCOUNT_ID, party, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.replacing import (
    REPLACED,
    assert_table_in_step,
    call_healthy,
    call_unhealthy,
    numbers_of,
    orders,
    run,
)
from tests.support.service import Service

LATECOMERS_SECONDS = 5 * 60
WAITING = "sessions wait for a healthy number"


def dials(plan: CallPlan) -> tuple[E164, E164]:
    """Who is rung, and what they see."""
    assert isinstance(plan, Dial), plan
    return plan.peer, plan.caller_id


def test_both_parties_get_one_healthy_number_and_the_old_one_goes_on_working(
    service: Service,
) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))

    run()

    moved = service.stored(session)
    assert numbers_of(moved) == (virtual(1), virtual(1))
    for dialled in (virtual(0), virtual(1)):
        for caller, peer in ((party(0), party(1)), (party(1), party(0))):
            plan = service.call(caller, dialled, others_live=False)
            assert dials(plan) == (peer, virtual(1))
    assert service.told(session)[0] == REPLACED
    assert_table_in_step(service)


def test_the_application_is_told_the_new_number_once(service: Service) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))

    run()
    run()

    (event,) = [
        event for change in service.stream() for event in (change["after"] or {}).get("outbox", [])
    ]
    assert event.name == REPLACED
    assert (event.from_number, event.to_number) == (party(0), party(1))
    assert event.virtual_number == virtual(1)
    assert service.stored(session).sequence == 1


def test_per_party_moves_only_the_side_that_is_on_the_number(service: Service) -> None:
    service.create(1, 2)
    session = service.create(0, 1, strategy=Strategy.PER_PARTY)
    assert numbers_of(session) == (virtual(0), virtual(1))
    call_unhealthy(service, virtual(1))

    run()

    moved = service.stored(session)
    assert numbers_of(moved) == (virtual(0), virtual(2))
    assert service.told(session) == [REPLACED]
    assert dials(service.call(party(0), virtual(0))) == (party(1), virtual(2))
    for dialled in (virtual(1), virtual(2)):
        plan = service.call(party(1), dialled, others_live=False)
        assert dials(plan) == (party(0), virtual(0))
    assert_table_in_step(service)


def test_per_party_tells_of_each_role_whose_number_changes(service: Service) -> None:
    session = service.create(strategy=Strategy.PER_PARTY)
    call_unhealthy(service, virtual(0))

    run()

    assert numbers_of(service.stored(session)) == (virtual(1), virtual(1))
    assert service.told(session) == [REPLACED, REPLACED]


def end_it(service: Service, time: ManualClock, session: Session) -> None:
    service.end(session)


def outlive_it(service: Service, time: ManualClock, session: Session) -> None:
    time.now = session.expires_at


@pytest.mark.parametrize("finish", [end_it, outlive_it])
def test_after_the_end_neither_number_connects(
    service: Service, time: ManualClock, finish: Callable[..., None]
) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    run()

    finish(service, time, session)

    for dialled in (virtual(0), virtual(1)):
        for caller in (party(0), party(1)):
            assert isinstance(service.call(caller, dialled), Announce)


def test_a_longer_life_holds_for_the_old_number_too(service: Service, time: ManualClock) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    run()

    time.now = session.expires_at - 1
    service.update(session, session_expiry_seconds=7200)
    time.now = session.expires_at + 1

    assert dials(service.call(party(0), virtual(0))) == (party(1), virtual(1))
    assert_table_in_step(service)


def test_a_grace_ends_the_old_number_before_the_session(
    service: Service, time: ManualClock
) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0), grace_seconds=600)
    run()

    time.advance(seconds=599)
    assert dials(service.call(party(0), virtual(0))) == (party(1), virtual(1))
    time.advance(seconds=1)

    assert isinstance(service.call(party(0), virtual(0)), Announce)
    again = service.call(party(0), virtual(1), others_live=False)
    assert dials(again) == (party(1), virtual(1))
    service.update(session, session_expiry_seconds=7200)
    assert isinstance(service.call(party(0), virtual(0)), Announce)
    # The pair is nobody else's as long as the session lives.
    call_healthy(service, virtual(0))
    assert service.create(0, 2).first_virtual_number == virtual(2)


def test_sessions_that_have_ended_or_are_elsewhere_are_left_alone(
    service: Service, time: ManualClock
) -> None:
    ended, elsewhere = service.create(0, 1), service.create(1, 2)
    service.end(ended)
    call_unhealthy(service, virtual(0))

    run()

    assert service.stored(ended).former_numbers == ()
    assert service.stored(elsewhere).former_numbers == ()


def test_a_new_session_never_gets_an_unhealthy_number(service: Service) -> None:
    call_unhealthy(service, virtual(0))

    assert service.create().first_virtual_number == virtual(1)
    call_healthy(service, virtual(0))
    assert service.create().first_virtual_number == virtual(0)


def test_a_session_without_a_free_number_waits_for_one(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    stuck = service.create(0, 1)
    service.create(1, 2)
    service.create(0, 3)
    service.create(0, 4)
    call_unhealthy(service, virtual(0))

    run()

    assert numbers_of(service.stored(stuck)) == (virtual(0), virtual(0))
    assert dials(service.call(party(0), virtual(0))) == (party(1), virtual(0))
    assert WAITING in caplog.messages
    service.add_numbers(3)
    caplog.clear()
    run()
    assert numbers_of(service.stored(stuck)) == (virtual(3), virtual(3))
    assert WAITING not in caplog.messages
    assert_table_in_step(service)


def test_calling_the_number_healthy_ends_the_replacement(service: Service) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    call_healthy(service, virtual(0))

    run()

    assert orders(service) == []
    assert service.stored(session) == session


def test_calling_it_healthy_within_a_run_stops_that_run(
    service: Service, faults: FaultyWrites
) -> None:
    sessions = [service.create(2 * index, 2 * index + 1) for index in range(3)]
    call_unhealthy(service, virtual(0))
    faults.before_next_write(lambda: call_healthy(service, virtual(0)))

    run()

    moved = [one for one in sessions if service.stored(one).former_numbers]
    assert len(moved) == 1


def test_a_session_may_return_to_a_number_that_is_well_again(service: Service) -> None:
    service.change_number(virtual(2), status=NumberStatus.RETIRED)
    session = service.create()
    call_unhealthy(service, virtual(0))
    run()
    call_healthy(service, virtual(0))
    call_unhealthy(service, virtual(1))

    run()

    moved = service.stored(session)
    assert numbers_of(moved) == (virtual(0), virtual(0))
    assert {former.number for former in moved.former_numbers} == {virtual(1)}
    assert dials(service.call(party(0), virtual(1))) == (party(1), virtual(0))
    assert_table_in_step(service)


def test_the_new_number_obeys_the_rules_of_creation(service: Service) -> None:
    service.change_number(virtual(1), subaccount_id=SUBACCOUNT_ID)
    session = service.create()
    call_unhealthy(service, virtual(0))

    run()

    assert numbers_of(service.stored(session)) == (virtual(2), virtual(2))


def test_geomatch_holds_for_the_new_number(service: Service) -> None:
    service.add_numbers(10, 11, country="US")
    session = service.create(terms=builders.terms(is_geomatched=True))
    assert session.first_virtual_number == virtual(10)
    call_unhealthy(service, virtual(10))
    call_unhealthy(service, virtual(11))

    run()
    assert numbers_of(service.stored(session)) == (virtual(10), virtual(10))
    call_healthy(service, virtual(11))
    run()

    assert numbers_of(service.stored(session)) == (virtual(11), virtual(11))


def test_the_new_number_is_the_same_carriers(service: Service) -> None:
    service.change_number(virtual(1), status=NumberStatus.RETIRED)
    service.change_number(virtual(2), status=NumberStatus.RETIRED)
    service.add_numbers(4, carrier="other")
    session = service.create()
    call_unhealthy(service, virtual(0))

    run()

    assert numbers_of(service.stored(session)) == (virtual(0), virtual(0))


def test_the_old_number_is_released_only_after_its_last_session(
    service: Service, time: ManualClock
) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    run()
    service.retire(virtual(0))

    with pytest.raises(NumberConflictError):
        manage_numbers.release_number(service.caller(), virtual(0))
    service.end(session)
    time.advance(seconds=300)
    manage_numbers.release_number(service.caller(), virtual(0))

    assert orders(service) == []


def test_the_order_is_closed_once_no_latecomer_can_come(
    service: Service, time: ManualClock
) -> None:
    service.create()
    call_unhealthy(service, virtual(0))

    run()
    run()
    assert orders(service) == [virtual(0)]
    time.advance(seconds=LATECOMERS_SECONDS)
    run()

    assert orders(service) == []
    service.create()
    with pytest.raises(PoolExhaustedError):
        service.create()


def test_a_create_that_chose_the_number_just_before_is_moved_too(
    service: Service, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: call_unhealthy(service, virtual(0)))
    session = service.create()
    assert session.first_virtual_number == virtual(0)

    run()

    assert numbers_of(service.stored(session)) == (virtual(1), virtual(1))


def test_a_run_is_bounded_and_the_next_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replace_numbers, "SESSIONS_PER_RUN", 2)
    sessions = [service.create(2 * index, 2 * index + 1) for index in range(5)]
    call_unhealthy(service, virtual(0))
    moved = []

    for _ in range(3):
        run()
        moved.append(sum(bool(service.stored(one).former_numbers) for one in sessions))

    assert moved == [2, 4, 5]


def test_a_run_ends_with_its_time_and_the_next_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    with monkeypatch.context() as patch:
        patch.setattr(replace_numbers, "_RUN_SECONDS", 0.0)
        run()
    assert not service.stored(session).former_numbers

    run()

    assert service.stored(session).former_numbers


def test_sessions_that_wait_do_not_hold_up_those_behind_them(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replace_numbers, "SESSIONS_PER_RUN", 2)
    waiting = [service.create(0, 1) for _ in range(3)]
    time.advance(seconds=1)
    behind = [service.create(2 + 2 * index, 3 + 2 * index) for index in range(4)]
    for number in (virtual(0), virtual(1), virtual(2)):
        assert number in {session.first_virtual_number for session in waiting}
    call_unhealthy(service, virtual(0))

    for _ in range(6):
        run()

    assert [numbers_of(service.stored(one)) for one in behind] == [(virtual(1), virtual(1))] * 4
    assert numbers_of(service.stored(waiting[0])) == (virtual(0), virtual(0))
    assert_table_in_step(service)


class CrashError(BaseException):
    """The function is killed."""


def test_a_crash_half_way_loses_and_repeats_nothing(service: Service, faults: FaultyWrites) -> None:
    sessions = [service.create(2 * index, 2 * index + 1) for index in range(4)]
    call_unhealthy(service, virtual(0))

    def crash() -> None:
        raise CrashError

    faults.before_next_write(lambda: None)
    faults.before_next_write(lambda: None)
    faults.before_next_write(crash)
    with pytest.raises(CrashError):
        replace_numbers.replace_unhealthy_numbers()
    assert Counter(len(service.stored(one).former_numbers) for one in sessions) == {2: 2, 0: 2}
    run()

    assert [numbers_of(service.stored(one)) for one in sessions] == [(virtual(1), virtual(1))] * 4
    assert [service.told(one) for one in sessions] == [[REPLACED]] * 4
    assert_table_in_step(service)


@pytest.mark.parametrize("fault", Fault)
def test_a_move_whose_write_went_wrong_is_made_and_told_once(
    service: Service, faults: FaultyWrites, fault: Fault
) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    faults.plan(fault)

    run()

    assert faults.are_spent
    assert numbers_of(service.stored(session)) == (virtual(1), virtual(1))
    assert service.told(session) == [REPLACED]
    assert_table_in_step(service)


@pytest.mark.parametrize("fault", Fault)
def test_the_word_of_the_operator_survives_a_write_that_went_wrong(
    service: Service, faults: FaultyWrites, fault: Fault
) -> None:
    faults.plan(fault)

    call_unhealthy(service, virtual(0))

    assert faults.are_spent
    assert orders(service) == [virtual(0)]
    assert service.create().first_virtual_number == virtual(1)


def test_a_number_taken_meanwhile_gives_way_to_the_next(
    service: Service, faults: FaultyWrites
) -> None:
    session = service.create(0, 1)
    call_unhealthy(service, virtual(0))
    faults.before_next_write(lambda: service.create(1, 2))

    run()

    assert numbers_of(service.stored(session)) == (virtual(2), virtual(2))
    assert_table_in_step(service)


def test_a_session_that_ends_meanwhile_is_not_moved(service: Service, faults: FaultyWrites) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    faults.before_next_write(lambda: service.end(session))

    run()

    assert service.stored(session).former_numbers == ()
    assert service.told(session) == []
    assert_table_in_step(service)


@pytest.mark.parametrize("what", ["update", "call", "end"])
def test_what_meets_a_move_half_way_counts_as_well(
    service: Service, faults: FaultyWrites, what: str
) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    meets: dict[str, Callable[[], object]] = {
        "update": lambda: service.update(session, ring_timeout_seconds=33),
        "call": lambda: service.call(party(0), virtual(0), call_uuid="a"),
        "end": lambda: service.end(session),
    }
    faults.before_next_write(run)

    meets[what]()

    stored = service.stored(session)
    assert numbers_of(stored) == (virtual(1), virtual(1))
    assert_table_in_step(service)
    if what == "update":
        assert stored.settings.ring_timeout_seconds == 33
        plan = service.call(party(0), virtual(0))
        assert isinstance(plan, Dial)
        assert plan.ring_timeout_seconds == 33
    if what == "call":
        assert stored.live_call is not None
        assert service.told(session)[0] == REPLACED


def test_a_conversation_goes_on_while_its_session_moves(service: Service) -> None:
    session = service.create()
    service.call(party(0), virtual(0), call_uuid="a")
    call_unhealthy(service, virtual(0))

    run()
    service.report(session, "a", builders.caller_ended(leg_uuid="a"))

    stored = service.stored(session)
    assert stored.live_call is None
    assert stored.totals.billed_seconds == 60
    assert service.told(session)[3:] == [REPLACED, "SessionFirstPartyHangup"]
