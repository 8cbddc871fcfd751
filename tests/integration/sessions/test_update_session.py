"""Changing a live session: its routes follow, and nothing that happens meanwhile is lost."""

import pytest

from maskline.domain.calls.plan import Dial
from maskline.domain.errors import (
    ContentionError,
    InvalidParameterError,
    SessionExpiredError,
    SessionNotFoundError,
)
from maskline.domain.sessions.request import SessionChange
from maskline.domain.sessions.session import Session, Strategy
from maskline.services.sessions import update as update_session
from tests.support import builders
from tests.support.builders import NOW, SUBACCOUNT_ID, party, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.service import Service


@pytest.fixture
def session(service: Service) -> Session:
    return service.create(strategy=Strategy.PER_PARTY)


def test_an_updated_session_is_stored_as_it_was_answered(
    service: Service, session: Session, time: ManualClock
) -> None:
    now = time.advance(seconds=11.6)

    updated = service.update(session, session_expiry_seconds=1800, callback_url="")

    stored = service.stored(session)
    assert (stored.expires_at, stored.modified_at) == (now + 1_800_000, now)
    assert stored.duration_seconds == updated.duration_seconds == 1811
    assert stored.settings == builders.settings(session_expiry_seconds=1800, callback_url="")


def test_other_settings_leave_the_expiry_alone(
    service: Service, session: Session, time: ManualClock
) -> None:
    time.advance(seconds=100)

    service.update(session, ring_timeout_seconds=15)

    assert service.stored(session).expires_at == session.expires_at


def test_the_next_call_has_the_new_limits(service: Service, session: Session) -> None:
    service.update(session, ring_timeout_seconds=15, call_time_limit_seconds=90)

    plans = [service.call(party(0), virtual(0)), service.call(party(1), virtual(0))]

    assert plans[0] == Dial(party(1), virtual(0), ring_timeout_seconds=15, time_limit_seconds=90)


def test_calls_follow_a_new_expiry_in_both_directions(
    service: Service, session: Session, time: ManualClock
) -> None:
    longer = service.update(session, session_expiry_seconds=7200)
    time.now = session.expires_at
    assert isinstance(service.call(party(0), virtual(0), call_uuid="a"), Dial)
    service.report(session, "a", builders.caller_ended(leg_uuid="a"))

    shorter = service.update(session, session_expiry_seconds=60)
    assert shorter.expires_at < longer.expires_at
    time.now = shorter.expires_at
    assert not isinstance(service.call(party(0), virtual(0)), Dial)
    assert not isinstance(service.call(party(1), virtual(0)), Dial)


def test_a_longer_session_keeps_its_numbers_and_a_shorter_one_frees_them(
    service: Service, session: Session, time: ManualClock
) -> None:
    service.update(session, session_expiry_seconds=7200)
    time.now = session.expires_at
    assert service.create(0, 1).first_virtual_number == virtual(1)

    shorter = service.update(session, session_expiry_seconds=60)
    time.now = shorter.expires_at
    assert service.create(0, 5).first_virtual_number == virtual(0)


def test_a_session_that_is_over_cannot_be_updated(
    service: Service, session: Session, time: ManualClock
) -> None:
    time.now = session.expires_at
    before = service.items()

    with pytest.raises(SessionExpiredError):
        service.update(session, session_expiry_seconds=60)

    assert service.items() == before


def test_a_session_whose_number_went_to_another_is_not_revived(
    service: Service, session: Session, time: ManualClock, faults: FaultyWrites
) -> None:
    """The update starts in time; before it writes, the session expires and its number is taken."""
    time.now = session.expires_at - 1

    def session_expires() -> None:
        time.now = session.expires_at
        service.create(0, 2)

    faults.before_next_write(session_expires)

    with pytest.raises(SessionExpiredError):
        service.update(session, session_expiry_seconds=3600)

    assert service.call(party(0), virtual(0)) == Dial(
        party(2), virtual(0), ring_timeout_seconds=60, time_limit_seconds=1800
    )


def test_a_fixed_field_is_refused_and_changes_nothing(service: Service, session: Session) -> None:
    before = service.items()

    with pytest.raises(InvalidParameterError):
        service.update(session, ring_timeout_seconds=15, fixed={"first_party": party(5)})

    assert service.items() == before


def test_a_subaccount_updates_its_own_sessions_only(service: Service, session: Session) -> None:
    with pytest.raises(SessionNotFoundError):
        update_session.update_session(
            service.caller(SUBACCOUNT_ID), session.session_uuid, SessionChange()
        )


def test_a_call_between_read_and_write_is_not_lost(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: service.call(party(0), virtual(0), call_uuid="a"))

    updated = service.update(session, ring_timeout_seconds=15)

    stored = service.stored(session)
    assert stored.live_call is not None
    assert stored.totals.call_count == updated.totals.call_count == 1
    assert stored.settings.ring_timeout_seconds == 15
    assert len(service.told(session)) == 3


def test_two_updates_at_the_same_moment_both_count(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: service.update(session, call_time_limit_seconds=90))

    service.update(session, ring_timeout_seconds=15)

    settings = service.stored(session).settings
    assert (settings.ring_timeout_seconds, settings.call_time_limit_seconds) == (15, 90)
    assert {item["call_time_limit_seconds"] for item in service.items_of("route")} == {90}


def test_an_end_between_read_and_write_wins(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: service.end(session))

    with pytest.raises(SessionExpiredError):
        service.update(session, session_expiry_seconds=7200)

    assert service.stored(session).expires_at == NOW


@pytest.mark.parametrize("fault", Fault)
def test_an_update_whose_write_went_wrong_is_applied(
    service: Service, session: Session, faults: FaultyWrites, fault: Fault
) -> None:
    faults.plan(fault, fault)

    updated = service.update(session, session_expiry_seconds=600)

    assert faults.are_spent
    assert service.stored(session).expires_at == updated.expires_at == NOW + 600_000
    assert {item["expires_at"] for item in service.items_of("route")} == {NOW + 600_000}


def test_an_update_that_cannot_be_written_changes_nothing(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    before = service.items()
    faults.plan(*[Fault.CONFLICT] * 12)

    with pytest.raises(ContentionError):
        service.update(session, session_expiry_seconds=600)

    assert service.items() == before
