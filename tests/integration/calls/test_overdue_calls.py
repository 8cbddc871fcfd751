"""The caller hung up and the carrier never says how the other leg ended: it is settled, once."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import permutations

import pytest

from functions.expire_sessions import app as expire_sessions
from maskline.domain.calls.plan import Dial
from maskline.domain.calls.report import CallReport, LegStatus
from maskline.domain.sessions.session import Session
from maskline.services.calls.overdue import give_up_overdue_calls
from maskline.services.sessions.end import Sweep
from maskline.store.calls import reports as call_reports
from tests.support import builders
from tests.support.builders import CALL_UUID, party, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tests.support.threads import together

BEGINNING = ["SessionVirtualNumberAnswer", "SessionFirstPartyAnswer", "SessionSecondPartyRing"]
GIVEN_UP = ["SessionSecondPartyHangup", "SessionPartiesHangup"]
UNANSWERED = [*BEGINNING, "SessionFirstPartyHangup", *GIVEN_UP]
ENDED = builders.caller_ended()
PATIENCE_SECONDS = 300
NOTHING = Sweep(told=0, failed=0)
TOLD = Sweep(told=1, failed=0)
Ending = Callable[[Service, Session, ManualClock], None]


@pytest.fixture
def session(service: Service) -> Session:
    """Its first party is calling."""
    session = service.create()
    assert isinstance(service.call(party(0), virtual(0), call_uuid=CALL_UUID), Dial)
    return session


def hear(service: Service, session: Session, *reports: CallReport) -> None:
    for report in reports:
        service.report(session, CALL_UUID, report)


def awaited(service: Service) -> list[str]:
    """The conversations that stand in the expiry index."""
    interactions = service.items_of("interaction")
    return [item["call_uuid"] for item in interactions if "expiry_shard" in item]


def test_the_carrier_has_some_minutes(
    service: Service, session: Session, time: ManualClock
) -> None:
    hear(service, session, ENDED)
    time.advance(seconds=PATIENCE_SECONDS - 1)
    assert give_up_overdue_calls() == NOTHING
    assert service.told(session) == UNANSWERED[:4]
    time.advance(seconds=1)

    expire_sessions.handler({}, None)

    assert service.told(session) == UNANSWERED
    [interaction] = service.view(session).interactions
    callee = interaction.callee
    assert (callee.status, callee.hangup_cause) == (LegStatus.CANCEL, "CARRIER_REPORTED_NOTHING")
    assert (callee.uuid, callee.billed_seconds) == ("", 0)
    last = service.events(session)[-1].outcome
    assert last is not None
    assert (last.duration_seconds, Decimal(last.amount)) == (42, Decimal("0.01"))
    assert awaited(service) == []
    assert give_up_overdue_calls() == NOTHING


@pytest.mark.parametrize(
    "heard", [[builders.answered()], [builders.dial_over()], [builders.answered()] * 2]
)
def test_who_picked_up_was_connected(
    service: Service, session: Session, time: ManualClock, heard: list[CallReport]
) -> None:
    hear(service, session, *heard, ENDED)
    time.advance(seconds=PATIENCE_SECONDS)

    assert give_up_overdue_calls() == TOLD

    [interaction] = service.view(session).interactions
    assert interaction.callee.status is LegStatus.COMPLETED
    assert service.told(session)[-2:] == GIVEN_UP


def test_a_call_that_goes_on_is_left_alone(
    service: Service, session: Session, time: ManualClock
) -> None:
    hear(service, session, builders.answered())
    time.advance(seconds=3000)

    assert give_up_overdue_calls() == NOTHING

    assert awaited(service) == []


@pytest.mark.parametrize(
    "order", list(permutations([builders.callee_ended(), builders.dial_over(), ENDED]))
)
def test_a_call_that_is_reported_in_full_is_awaited_no_more(
    service: Service, session: Session, order: Sequence[CallReport]
) -> None:
    hear(service, session, *order)

    assert service.told(session)[-1] == "SessionPartiesHangup"
    assert awaited(service) == []


@pytest.mark.parametrize("late", list(permutations(builders.reports_of_a_conversation()[:3])))
def test_late_news_corrects_the_figures_and_tells_no_end_again(
    service: Service, session: Session, time: ManualClock, late: Sequence[CallReport]
) -> None:
    hear(service, session, ENDED)
    time.advance(seconds=PATIENCE_SECONDS)
    give_up_overdue_calls()

    hear(service, session, *late, *late)
    time.advance(seconds=PATIENCE_SECONDS)
    assert give_up_overdue_calls() == NOTHING

    assert service.told(session) == [*UNANSWERED, "SessionSecondPartyAnswer"]
    [interaction] = service.view(session).interactions
    assert interaction.callee.status is LegStatus.COMPLETED
    totals = service.stored(session).totals
    assert (totals.call_count, totals.billed_seconds, str(totals.amount)) == (2, 120, "0.0175")


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_REQUEST, Fault.LOST_ANSWER])
def test_a_spoilt_write_tells_it_once(
    service: Service, session: Session, time: ManualClock, faults: FaultyWrites, fault: Fault
) -> None:
    hear(service, session, ENDED)
    time.advance(seconds=PATIENCE_SECONDS)
    faults.plan(fault)

    assert give_up_overdue_calls().failed == 0

    assert faults.are_spent
    assert service.told(session) == UNANSWERED


def test_sweeps_and_the_late_report_at_once_tell_it_once(
    service: Service, session: Session, time: ManualClock
) -> None:
    hear(service, session, ENDED)
    time.advance(seconds=PATIENCE_SECONDS)
    late = builders.unanswered()

    together([give_up_overdue_calls] * 3 + [lambda: hear(service, session, late)])

    assert service.told(session) == UNANSWERED
    [interaction] = service.view(session).interactions
    assert interaction.callee.status is LegStatus.BUSY


def test_a_call_in_trouble_holds_up_no_other(
    service: Service, session: Session, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(service, session, ENDED)
    time.advance(seconds=PATIENCE_SECONDS)
    troubled = ("no-such-session", "call")
    due = call_reports.list_overdue
    read = call_reports.read_call

    def read_or_fail(session_uuid: str, call_uuid: str) -> object:
        if (session_uuid, call_uuid) == troubled:
            raise KeyError("status")
        return read(session_uuid, call_uuid)

    monkeypatch.setattr(call_reports, "list_overdue", lambda *scope: [troubled, *due(*scope)])
    monkeypatch.setattr(call_reports, "read_call", read_or_fail)

    assert give_up_overdue_calls() == Sweep(told=1, failed=1)

    assert service.told(session) == UNANSWERED


def test_a_caller_who_is_reported_no_more_has_hung_up(
    service: Service, session: Session, time: ManualClock
) -> None:
    """The dialling is over, so we hung up on them: their own end was lost."""
    hear(service, session, builders.answered(), builders.callee_ended(), builders.dial_over())
    time.advance(seconds=PATIENCE_SECONDS)

    assert give_up_overdue_calls() == TOLD

    assert service.told(session)[-2:] == ["SessionFirstPartyHangup", "SessionPartiesHangup"]
    [interaction] = service.view(session).interactions
    assert interaction.caller.status is LegStatus.COMPLETED
    assert interaction.caller.hangup_cause == "CARRIER_REPORTED_NOTHING"
    assert awaited(service) == []

    hear(service, session, ENDED)
    [interaction] = service.view(session).interactions
    assert interaction.caller.duration_seconds == 42
    assert service.told(session).count("SessionPartiesHangup") == 1


def test_two_legs_that_are_reported_no_more_end_both(
    service: Service, session: Session, time: ManualClock
) -> None:
    hear(service, session, builders.answered(), builders.dial_over())
    time.advance(seconds=PATIENCE_SECONDS)

    assert give_up_overdue_calls() == TOLD

    assert service.told(session)[-3:] == [GIVEN_UP[0], "SessionFirstPartyHangup", GIVEN_UP[1]]
    assert awaited(service) == []


LIMITS_SECONDS = 60 + 1800
LOST = [*BEGINNING, "SessionTimeout", GIVEN_UP[0], "SessionFirstPartyHangup", GIVEN_UP[1]]


def end_by_the_clock(service: Service, session: Session, time: ManualClock) -> None:
    time.now = session.expires_at
    expire_sessions.handler({}, None)


def end_by_the_client(service: Service, session: Session, time: ManualClock) -> None:
    service.end(session)


@pytest.fixture
def outlasting(service: Service, time: ManualClock) -> Session:
    """Its first party calls ten minutes before its end: the call may last longer."""
    session = service.create()
    time.advance(seconds=3000)
    assert isinstance(service.call(party(0), virtual(0), call_uuid=CALL_UUID), Dial)
    return session


@pytest.mark.parametrize("end", [end_by_the_clock, end_by_the_client])
def test_a_call_of_whose_end_nothing_is_heard_ends_once_it_must_be_over(
    service: Service, outlasting: Session, time: ManualClock, end: Ending
) -> None:
    begun = time.now
    end(service, outlasting, time)
    assert awaited(service) == [CALL_UUID]
    time.now = begun + (LIMITS_SECONDS + PATIENCE_SECONDS) * 1000 - 1
    assert give_up_overdue_calls() == NOTHING
    time.advance(seconds=0.001)

    expire_sessions.handler({}, None)

    told = [name for name in LOST if name != "SessionTimeout" or end is end_by_the_clock]
    assert service.told(outlasting) == told
    [interaction] = service.view(outlasting).interactions
    assert interaction.ended_at == time.now
    assert service.stored(outlasting).live_call is None
    assert awaited(service) == []


def test_a_call_that_lost_the_line_ends_with_its_session_at_the_latest(
    service: Service, session: Session, time: ManualClock
) -> None:
    """The carrier said that it is over, by the way, and never more of it."""
    number = session.second_virtual_number
    assert isinstance(service.call(party(1), number, call_uuid="another", others_live=False), Dial)
    for report in builders.reports_of_a_conversation():
        service.report(session, "another", report)

    end_by_the_clock(service, session, time)
    time.advance(seconds=LIMITS_SECONDS + PATIENCE_SECONDS)
    give_up_overdue_calls()

    ends = {one.call_uuid: one.ended_at for one in service.view(session).interactions}
    assert ends.keys() == {CALL_UUID, "another"}
    assert None not in ends.values()
    assert awaited(service) == []


def test_a_call_that_outlasts_its_session_ends_as_it_is_reported(
    service: Service, outlasting: Session, time: ManualClock
) -> None:
    end_by_the_clock(service, outlasting, time)

    hear(service, outlasting, *builders.reports_of_a_conversation())

    assert awaited(service) == []
    assert service.told(outlasting)[-1] == "SessionPartiesHangup"
    [interaction] = service.view(outlasting).interactions
    assert interaction.caller.hangup_cause != "CARRIER_REPORTED_NOTHING"


def test_a_report_after_the_session_that_is_no_end_leaves_the_end_awaited(
    service: Service, outlasting: Session, time: ManualClock
) -> None:
    end_by_the_clock(service, outlasting, time)

    hear(service, outlasting, builders.answered())

    assert awaited(service) == [CALL_UUID]
    time.advance(seconds=LIMITS_SECONDS + PATIENCE_SECONDS)
    assert give_up_overdue_calls() == TOLD
    assert service.told(outlasting)[-1] == "SessionPartiesHangup"


def test_a_session_whose_calls_all_ended_awaits_none(
    service: Service, session: Session, time: ManualClock
) -> None:
    hear(service, session, *builders.reports_of_a_conversation())

    end_by_the_clock(service, session, time)

    assert awaited(service) == []
