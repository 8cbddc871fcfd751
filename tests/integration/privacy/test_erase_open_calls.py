"""An erasure in the middle of a call: the call's end is told all the same, without the person."""

from collections.abc import Callable

import pytest

from functions.expire_sessions import app as expire_sessions
from maskline.domain.calls.plan import Dial
from maskline.domain.calls.report import LegStatus
from maskline.domain.sessions.session import Session
from tests.integration.privacy.test_erase_person import STRANGER, crash_at, erase, finish, order
from tests.support import builders
from tests.support.builders import CALL_UUID, party, virtual
from tests.support.faults import FaultyWrites
from tests.support.impatience import calls_at_once
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.service import Service

PERSON, OTHER = party(0), party(1)
# The limits of a session's calls, and the patience after them.
LOST_SECONDS = 60 + 1800 + 300
PATIENCE_SECONDS = 300
BEGINNING = ["SessionVirtualNumberAnswer", "SessionFirstPartyAnswer", "SessionSecondPartyRing"]
MADE_UP = ["SessionSecondPartyHangup", "SessionFirstPartyHangup", "SessionPartiesHangup"]
Ending = Callable[[Service, Session, ManualClock], None]


def by_the_erasure(service: Service, session: Session, time: ManualClock) -> None:
    """Nobody has ended it before."""


def by_the_client(service: Service, session: Session, time: ManualClock) -> None:
    service.end(session)


def by_the_clock(service: Service, session: Session, time: ManualClock) -> None:
    time.now = session.expires_at
    expire_sessions.handler({}, None)


def by_the_clock_untold(service: Service, session: Session, time: ManualClock) -> None:
    """Over, and the sweep has not come by yet."""
    time.now = session.expires_at


def calling(service: Service, time: ManualClock) -> Session:
    """The person is calling, ten minutes before the session's own end."""
    session = service.create()
    time.advance(seconds=3000)
    assert isinstance(service.call(PERSON, virtual(0), call_uuid=CALL_UUID), Dial)
    return session


def awaited(service: Service) -> set[str]:
    """The conversations that stand in the expiry index."""
    found = service.items_of("interaction")
    return {one["call_uuid"] for one in found if "expiry_shard" in one and "expires_at" in one}


def told_but_for_timeouts(service: Service, session: Session) -> list[str]:
    return [name for name in service.told(session) if name != "SessionTimeout"]


@pytest.mark.parametrize("end", [by_the_erasure, by_the_client, by_the_clock, by_the_clock_untold])
def test_an_end_of_which_nothing_is_heard_is_told_without_the_person(
    service: Service, time: ManualClock, end: Ending
) -> None:
    session = calling(service, time)
    end(service, session, time)

    erase(service, time)
    expire_sessions.handler({}, None)

    assert awaited(service) == {CALL_UUID}
    assert told_but_for_timeouts(service, session) == BEGINNING
    time.advance(seconds=LOST_SECONDS)
    expire_sessions.handler({}, None)

    assert told_but_for_timeouts(service, session) == BEGINNING + MADE_UP
    for event in service.events(session)[-3:]:
        assert (event.from_number, event.to_number) == ("", OTHER)
    view = service.view(session)
    [interaction] = view.interactions
    assert interaction.ended_at == time.now
    legs = interaction.caller, interaction.callee
    assert [leg.status for leg in legs] == [LegStatus.COMPLETED, LegStatus.CANCEL]
    assert {leg.hangup_cause for leg in legs} == {"CARRIER_REPORTED_NOTHING"}
    assert view.session.live_call is None
    assert awaited(service) == set()


def test_what_is_told_waits_for_the_calls_own_limits(service: Service, time: ManualClock) -> None:
    session = calling(service, time)
    begun = time.now

    erase(service, time)

    time.now = begun + LOST_SECONDS * 1000 - 1
    expire_sessions.handler({}, None)
    assert service.told(session) == BEGINNING
    time.advance(seconds=0.001)
    expire_sessions.handler({}, None)
    assert service.told(session) == BEGINNING + MADE_UP


@pytest.mark.parametrize("end", [by_the_erasure, by_the_client, by_the_clock])
def test_an_end_that_is_reported_after_the_erasure_is_the_carriers(
    service: Service, time: ManualClock, end: Ending
) -> None:
    session = calling(service, time)
    end(service, session, time)
    erase(service, time)

    for report in builders.reports_of_a_conversation():
        service.report(session, CALL_UUID, report)

    assert awaited(service) == set()
    told = told_but_for_timeouts(service, session)
    assert told[-1] == "SessionPartiesHangup"
    assert len(told) == len(set(told))
    assert service.events(session)[-1].from_number == ""
    [interaction] = service.view(session).interactions
    assert interaction.caller.hangup_cause != "CARRIER_REPORTED_NOTHING"
    assert service.stored(session).totals.billed_seconds == 120


def test_a_report_after_the_erasure_that_is_no_end_leaves_the_end_awaited(
    service: Service, time: ManualClock
) -> None:
    session = calling(service, time)
    erase(service, time)

    service.report(session, CALL_UUID, builders.answered())

    assert awaited(service) == {CALL_UUID}
    time.advance(seconds=LOST_SECONDS)
    expire_sessions.handler({}, None)
    assert service.told(session)[-1] == "SessionPartiesHangup"


def test_what_the_carrier_still_owes_of_a_call_that_is_over_stays_awaited(
    service: Service, time: ManualClock
) -> None:
    session = calling(service, time)
    service.report(session, CALL_UUID, builders.caller_ended())
    ordered = order(service)
    finish(service, time, ordered)
    assert awaited(service) == {CALL_UUID}

    time.advance(seconds=PATIENCE_SECONDS)
    expire_sessions.handler({}, None)

    assert service.told(session)[-2:] == ["SessionSecondPartyHangup", "SessionPartiesHangup"]
    assert awaited(service) == set()


@pytest.fixture
def several_calls(service: Service, time: ManualClock) -> Session:
    """Three open calls, of which the carrier says that they are over whenever another comes.

    That of the stranger, who has the person's PIN, does not name the person.
    """
    session = service.create(terms=builders.terms(pin=builders.pin_terms()))
    number = session.first_virtual_number
    assert isinstance(service.call(PERSON, number, call_uuid="by-person"), Dial)
    stranger = PinCaller(STRANGER, number, "by-stranger", others_live=False)
    stranger.dial()
    assert isinstance(stranger.enter("4821"), Dial)
    last = service.call(OTHER, number, call_uuid="to-person", others_live=False)
    assert isinstance(last, Dial)
    return session


CALLS = {"by-person", "by-stranger", "to-person"}


@pytest.mark.parametrize("at_once", [1, 20])
def test_every_call_of_a_session_that_the_erasure_ends_has_its_end(
    service: Service,
    time: ManualClock,
    several_calls: Session,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    calls_at_once(at_once, monkeypatch)

    assert erase(service, time)["interactions"] == 2

    assert awaited(service) == CALLS
    time.advance(seconds=LOST_SECONDS)
    expire_sessions.handler({}, None)
    ends = {one.call_uuid: one.ended_at for one in service.view(several_calls).interactions}
    assert ends == dict.fromkeys(CALLS, time.now)
    assert service.stored(several_calls).live_call is None


@pytest.mark.parametrize("is_applied", [False, True])
@pytest.mark.parametrize("write", range(5))
def test_a_crash_half_way_leaves_no_end_behind(
    service: Service,
    time: ManualClock,
    several_calls: Session,
    faults: FaultyWrites,
    monkeypatch: pytest.MonkeyPatch,
    write: int,
    is_applied: bool,
) -> None:
    calls_at_once(1, monkeypatch)
    ordered = order(service)
    with crash_at(write, faults, is_applied=is_applied):
        finish(service, time, ordered)

    finish(service, time, ordered)

    assert awaited(service) == CALLS


def test_a_call_of_a_session_that_goes_on_is_awaited_by_its_session(
    service: Service, time: ManualClock
) -> None:
    session = service.request(builders.lone_request(1)).session
    assert isinstance(service.call(STRANGER, virtual(2), call_uuid="call"), Dial)

    erase(service, time, STRANGER)

    assert awaited(service) == set()
    time.now = session.expires_at
    expire_sessions.handler({}, None)
    assert service.told(session)[-1] == "SessionPartiesHangup"
