"""Sessions end by the client or by the clock, and the clock's end is told exactly once."""

from collections.abc import Callable

import pytest

from functions.expire_sessions import app as expire_sessions
from functions.recover_timeouts import app as recover_timeouts
from maskline.domain.errors import SessionExpiredError, SessionNotFoundError
from maskline.domain.sessions.session import Session, Status
from maskline.observability import FunctionFailedError
from maskline.services.sessions import end as end_session
from maskline.services.sessions.end import Sweep
from maskline.store import keys, table
from maskline.store.codec import encode
from tests.support import builders
from tests.support.builders import NOW, SUBACCOUNT_ID, party
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tests.support.threads import together


def sweep() -> None:
    """What the schedule does every minute."""
    expire_sessions.handler({}, None)


def collect(service: Service, session: Session) -> None:
    """What the stream does once TTL has collected a session's routes."""
    removed = [
        {"dynamodb": {"OldImage": encode(item)}}
        for item in service.items_of("route")
        if item["session_uuid"] == session.session_uuid
    ]
    recover_timeouts.handler({"Records": removed}, None)


def test_an_ended_session_stays_readable_as_expired(service: Service, time: ManualClock) -> None:
    session = service.create()
    time.advance(seconds=1307.8)

    service.end(session)

    stored = service.stored(session)
    assert stored.status(time.now) is Status.EXPIRED
    assert stored.expires_at == stored.modified_at == time.now
    assert stored.duration_seconds == 1307


def test_a_session_ends_once(service: Service) -> None:
    session = service.create()
    service.end(session)
    before = service.items()

    with pytest.raises(SessionExpiredError, match="Session already expired"):
        service.end(session)

    assert service.items() == before


def test_a_session_that_has_expired_cannot_be_ended(service: Service, time: ManualClock) -> None:
    session = service.create()
    time.now = session.expires_at

    with pytest.raises(SessionExpiredError):
        service.end(session)


@pytest.mark.parametrize("session_uuid", [builders.SESSION_UUID, "nonsense", ""])
def test_a_session_that_is_not_there_is_not_found(service: Service, session_uuid: str) -> None:
    with pytest.raises(SessionNotFoundError):
        end_session.end_session(service.caller(), session_uuid)


def test_a_subaccount_ends_its_own_sessions_only(service: Service) -> None:
    service.add_numbers(10, subaccount_id=SUBACCOUNT_ID)
    ours, theirs = service.create(), service.create(subaccount_id=SUBACCOUNT_ID)
    subaccount = service.caller(SUBACCOUNT_ID)

    end_session.end_session(subaccount, theirs.session_uuid)

    with pytest.raises(SessionNotFoundError):
        end_session.end_session(subaccount, ours.session_uuid)


@pytest.mark.parametrize("fault", Fault)
def test_an_end_whose_write_went_wrong_is_still_an_end(
    service: Service, faults: FaultyWrites, fault: Fault
) -> None:
    session = service.create()
    faults.plan(fault)

    service.end(session)

    assert faults.are_spent
    assert service.stored(session).expires_at == NOW


def test_an_end_whose_answer_was_lost_is_recognised_after_another_write(
    service: Service, faults: FaultyWrites
) -> None:
    session = service.create()
    service.call(party(0), session.first_virtual_number, call_uuid="a")
    faults.lose_next_answer(
        meanwhile=lambda: service.report(session, "a", builders.caller_ended(leg_uuid="a"))
    )

    service.end(session)

    assert service.stored(session).expires_at == NOW


@pytest.mark.parametrize("fault", [None, *Fault])
def test_of_two_ends_in_one_millisecond_one_is_told_that_the_session_is_over(
    service: Service, faults: FaultyWrites, fault: Fault | None
) -> None:
    """Both have read a live session, and the other one writes first, whatever its write meets."""
    session = service.create()

    def end_by_another_client() -> None:
        if fault is not None:
            faults.plan(fault)
        service.end(session)

    faults.before_next_write(end_by_another_client)

    with pytest.raises(SessionExpiredError):
        service.end(session)

    assert faults.are_spent
    assert service.stored(session).expires_at == NOW
    ended = [entry for entry in service.items_of("audit") if entry["action"] == "ended"]
    assert len(ended) == 1


def test_a_call_event_between_read_and_write_does_not_stop_the_end(
    service: Service, faults: FaultyWrites
) -> None:
    session = service.create()
    faults.before_next_write(lambda: service.call(party(0), session.first_virtual_number))

    service.end(session)

    stored = service.stored(session)
    assert stored.expires_at == NOW
    assert stored.live_call is not None


def test_a_timeout_is_told_when_the_time_is_over_and_not_before(
    service: Service, time: ManualClock
) -> None:
    session = service.create()

    time.now = session.expires_at - 1
    sweep()
    assert service.told(session) == []

    time.now = session.expires_at
    sweep()
    assert service.told(session) == ["SessionTimeout"]


def test_a_timeout_tells_the_instant_of_expiry_whenever_it_is_noticed(
    service: Service, time: ManualClock
) -> None:
    session = service.create()
    time.now = session.expires_at + 50_000

    sweep()

    [stored] = service.items_of("session")
    assert [event.at for event in stored["outbox"]] == [session.expires_at]


@pytest.mark.parametrize("first_to_notice", ["sweep", "stream"])
def test_a_timeout_is_told_once_by_whoever_notices_first(
    service: Service, time: ManualClock, first_to_notice: str
) -> None:
    session = service.create()
    time.now = session.expires_at
    ways: list[Callable[[], None]] = [sweep, lambda: collect(service, session)]

    for tell in ways if first_to_notice == "sweep" else reversed(ways):
        tell()
        tell()

    assert service.told(session) == ["SessionTimeout"]


def test_timeouts_are_told_once_when_all_ways_run_at_the_same_time(
    service: Service, time: ManualClock
) -> None:
    sessions = [service.create(first, first + 1) for first in range(0, 10, 2)]
    time.now = sessions[0].expires_at

    def collect_all() -> None:
        for session in sessions:
            collect(service, session)

    together([sweep, collect_all] * 3)

    assert [service.told(session) for session in sessions] == [["SessionTimeout"]] * 5


def test_an_ended_session_does_not_time_out(service: Service, time: ManualClock) -> None:
    session = service.create()
    service.end(session)
    time.now = session.expires_at

    sweep()
    collect(service, session)

    assert service.told(session) == []


def test_an_extended_session_times_out_at_its_new_end_only(
    service: Service, time: ManualClock
) -> None:
    session = service.create()
    time.now = session.expires_at - 1000
    extended = service.update(session, session_expiry_seconds=600)

    time.now = session.expires_at
    sweep()
    collect(service, session)
    assert service.told(session) == []

    time.now = extended.expires_at
    sweep()
    assert service.told(session) == ["SessionTimeout"]


@pytest.mark.parametrize("fault", Fault)
def test_a_timeout_whose_write_went_wrong_is_told_once(
    service: Service, time: ManualClock, faults: FaultyWrites, fault: Fault
) -> None:
    session = service.create()
    time.now = session.expires_at
    faults.plan(fault)

    sweep()

    assert faults.are_spent
    assert service.told(session) == ["SessionTimeout"]


def test_the_last_report_of_a_call_after_the_timeout_comes_after_it(
    service: Service, time: ManualClock
) -> None:
    session = service.create()
    time.now = session.expires_at - 60_000
    service.call(party(0), session.first_virtual_number, call_uuid="a")
    time.now = session.expires_at
    sweep()

    service.report(session, "a", builders.caller_ended(leg_uuid="a"))
    sweep()

    assert service.told(session)[-2:] == ["SessionTimeout", "SessionFirstPartyHangup"]


def test_nothing_is_due_any_more_once_everything_is_told(
    service: Service, time: ManualClock
) -> None:
    session = service.create()
    time.now = session.expires_at
    sweep()

    assert end_session.time_out_due_sessions() == Sweep(told=0, failed=0)
    assert not any("expiry_shard" in item for item in service.items())


def test_a_sweep_of_some_shards_leaves_the_others_to_others(
    service: Service, time: ManualClock
) -> None:
    made = [service.create(2 * n, 2 * n + 1) for n in range(6)]
    time.now = max(session.expires_at for session in made)
    shards = {session.session_uuid: keys.shard_of(session.session_uuid) for session in made}
    swept = shards[made[0].session_uuid]

    expire_sessions.handler({"shards": [swept]}, None)

    told = {session.session_uuid for session in made if not service.stored(session).timeout_pending}
    assert told == {uuid for uuid, shard in shards.items() if shard == swept}
    sweep()
    assert not any(service.stored(session).timeout_pending for session in made)


def test_a_session_that_cannot_be_told_holds_up_no_other(
    service: Service, time: ManualClock
) -> None:
    sessions = [service.create(first=index, second=index + 1) for index in range(3)]
    table.update(keys.session(sessions[1].session_uuid), UpdateExpression="REMOVE carrier")
    time.now = max(session.expires_at for session in sessions)

    with pytest.raises(FunctionFailedError, match="SweepIncompleteError"):
        sweep()

    assert service.told(sessions[0]) == service.told(sessions[2]) == ["SessionTimeout"]


def test_a_route_that_goes_to_another_session_tells_the_timeout_of_the_first(
    service: Service, time: ManualClock
) -> None:
    """Then TTL never collects it, and the sweep may be down."""
    first = service.create()
    [before, *_] = [encode(item) for item in service.items_of("route")]
    time.now = first.expires_at
    second = service.create()
    [after] = [
        encode(item) for item in service.items_of("route") if encode(item)["PK"] == before["PK"]
    ]

    records = [{"dynamodb": {"OldImage": before, "NewImage": after}}] * 2
    recover_timeouts.handler({"Records": records}, None)
    unchanged = [{"dynamodb": {"OldImage": after, "NewImage": after}}]
    recover_timeouts.handler({"Records": unchanged}, None)

    assert service.told(first) == ["SessionTimeout"]
    assert service.told(second) == []
