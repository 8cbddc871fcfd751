"""Following a call: each report counts once, whatever the order (I6)."""

from decimal import Decimal
from itertools import permutations

import pytest

from maskline.domain.calls.plan import Dial, HangUp
from maskline.domain.calls.report import CallReport, LegStatus
from maskline.domain.errors import ContentionError
from maskline.domain.sessions.session import Session, Status
from maskline.domain.sessions.totals import Totals
from maskline.services.calls import record as record_call
from tests.support import builders
from tests.support.builders import NOW, party, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.service import Service

CALL = builders.CALL_UUID
WHOLE_STORY = {
    "SessionVirtualNumberAnswer",
    "SessionFirstPartyAnswer",
    "SessionSecondPartyRing",
    "SessionSecondPartyAnswer",
    "SessionSecondPartyHangup",
    "SessionFirstPartyHangup",
    "SessionPartiesHangup",
}


@pytest.fixture
def session(service: Service) -> Session:
    """A session in which the first party has just called."""
    created = service.create()
    service.call(party(0), virtual(0), call_uuid=CALL)
    return created


def report_all(service: Service, session: Session, *reports: CallReport) -> None:
    for report in reports:
        service.report(session, CALL, report)


def test_a_conversation_is_in_progress_until_it_is_over(
    service: Service, session: Session, time: ManualClock
) -> None:
    report_all(service, session, builders.answered())
    assert service.stored(session).status(time.now) is Status.IN_PROGRESS

    over_at = time.advance(seconds=42)
    report_all(service, session, builders.caller_ended())

    stored = service.stored(session)
    assert stored.status(time.now) is Status.ACTIVE
    assert stored.last_interaction_at == over_at
    assert stored.live_call is None


def test_a_conversation_is_kept_with_both_legs(
    service: Service, session: Session, time: ManualClock
) -> None:
    time.advance(seconds=42)
    report_all(service, session, *builders.reports_of_a_conversation())

    [interaction] = service.view(session).interactions

    assert (interaction.started_at, interaction.ended_at) == (NOW, NOW + 42_000)
    assert interaction.caller.status is interaction.callee.status is LegStatus.COMPLETED
    assert interaction.duration_seconds == 72
    assert interaction.totals == Totals(2, 120, Decimal("0.0175"))


def test_totals_sum_the_conversations_of_a_session(service: Service, session: Session) -> None:
    report_all(service, session, *builders.reports_of_a_conversation())
    service.call(party(1), virtual(0), call_uuid="second")
    service.report(session, "second", builders.unanswered(leg_uuid=""))
    service.report(session, "second", builders.caller_ended(leg_uuid="second"))

    view = service.view(session)

    assert view.session.totals == Totals(3, 180, Decimal("0.0275"))
    assert [one.call_uuid for one in view.interactions] == [CALL, "second"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_every_order_with_repetitions_ends_the_same(
    service: Service, session: Session, order: tuple[int, ...]
) -> None:
    reports = [builders.reports_of_a_conversation()[position] for position in order]

    report_all(service, session, *reports, *reports)

    stored = service.stored(session)
    assert stored.totals == Totals(2, 120, Decimal("0.0175"))
    assert stored.live_call is None
    told = service.told(session)
    assert (len(told), set(told)) == (7, WHOLE_STORY)
    assert told[-1] == "SessionPartiesHangup"


def test_a_repeated_report_writes_nothing(service: Service, session: Session) -> None:
    report_all(service, session, builders.answered())
    before = service.items()

    report_all(service, session, builders.answered())

    assert service.items() == before


def test_a_report_on_a_call_that_was_never_connected_changes_nothing(
    service: Service, session: Session
) -> None:
    before = service.items()

    assert not record_call.record_report(session.session_uuid, "unknown", builders.answered())
    assert service.items() == before


def test_a_report_at_no_url_of_its_call_finds_it_by_the_callers_leg(
    service: Service, session: Session
) -> None:
    assert record_call.record_of_call(builders.MAIN_ID, CALL, builders.answered())

    [interaction] = service.view(session).interactions
    assert interaction.callee.was_answered


@pytest.mark.parametrize(
    ("account_id", "call_uuid"), [(builders.MAIN_ID, "unknown"), (builders.SUBACCOUNT_ID, CALL)]
)
def test_no_such_report_is_applied_to_anybody_elses_call(
    service: Service, session: Session, account_id: str, call_uuid: str
) -> None:
    before = service.items()

    assert not record_call.record_of_call(account_id, call_uuid, builders.answered())
    assert service.items() == before


def hang_up(call_uuid: str) -> bool:
    hung_up = builders.caller_ended(leg_uuid=call_uuid)
    return record_call.record_hangup(builders.MAIN_ID, hung_up)


def test_a_caller_who_is_gone_before_being_connected_is_not_connected(service: Service) -> None:
    session = service.create(2, 3)
    assert not hang_up("gone")
    assert not hang_up("gone")

    plan = service.call(party(2), virtual(0), call_uuid="gone")

    assert plan == HangUp()
    assert service.view(session).interactions == ()
    assert isinstance(service.call(party(3), virtual(0), call_uuid="next"), Dial)


def test_a_caller_who_is_gone_while_being_connected_is_not_connected(
    service: Service, faults: FaultyWrites
) -> None:
    session = service.create(2, 3)
    faults.before_next_write(lambda: hang_up("gone"))

    assert service.call(party(2), virtual(0), call_uuid="gone") == HangUp()
    assert service.view(session).interactions == ()


def test_a_hangup_that_meets_the_answer_ends_the_conversation(
    service: Service, faults: FaultyWrites
) -> None:
    session = service.create(2, 3)
    faults.before_next_write(lambda: service.call(party(2), virtual(0), call_uuid="quick"))

    assert hang_up("quick")

    [conversation] = service.view(session).interactions
    assert conversation.caller.status is LegStatus.COMPLETED


def test_a_call_goes_on_after_its_session_is_over(
    service: Service, session: Session, time: ManualClock
) -> None:
    service.end(session)
    time.advance(seconds=42)

    report_all(service, session, *builders.reports_of_a_conversation())

    stored = service.stored(session)
    assert stored.status(time.now) is Status.EXPIRED
    assert stored.expires_at == NOW
    assert stored.totals == Totals(2, 120, Decimal("0.0175"))
    assert set(service.told(session)) == WHOLE_STORY


@pytest.mark.parametrize("fault", Fault)
def test_a_report_whose_write_went_wrong_once_counts_once(
    service: Service, session: Session, faults: FaultyWrites, fault: Fault
) -> None:
    faults.plan(fault, fault)

    report_all(service, session, *builders.reports_of_a_conversation())

    assert faults.are_spent
    assert service.stored(session).totals == Totals(2, 120, Decimal("0.0175"))
    told = service.told(session)
    assert (len(told), set(told)) == (7, WHOLE_STORY)


def test_two_reports_at_the_same_moment_both_count(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: report_all(service, session, builders.callee_ended()))

    report_all(service, session, builders.caller_ended())

    assert service.stored(session).totals == Totals(2, 120, Decimal("0.0175"))
    assert service.told(session)[-1] == "SessionPartiesHangup"


def test_a_report_that_cannot_be_stored_is_not_acknowledged(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    before = service.items()
    faults.plan(*[Fault.THROTTLED] * 12)

    with pytest.raises(ContentionError):
        report_all(service, session, builders.answered())

    assert service.items() == before
