"""What follows from each thing that a carrier says of a call."""

from decimal import Decimal

import pytest

from maskline.domain.calls import events
from maskline.domain.calls.events import LegOutcome, SessionEvent
from maskline.domain.calls.interaction import Interaction, applied, begun, session_after
from maskline.domain.calls.report import CallReport, LegStatus
from maskline.domain.sessions.session import LiveCall, Role, Session
from maskline.domain.sessions.totals import Totals
from tests.support import builders
from tests.support.builders import CALL_UUID, CALLEE_UUID, NOW, party, virtual

LATER = NOW + 30_000


def talking_session() -> Session:
    """The session of the default conversation while that holds its line."""
    line = LiveCall(CALL_UUID, until=NOW + 1_860_000)
    return builders.session(live_call=line, totals=Totals(call_count=1), sequence=3)


def told_names(told: tuple[SessionEvent, ...]) -> list[str]:
    return [event.name for event in told]


def apply_all(*reports: CallReport) -> tuple[Interaction, list[SessionEvent]]:
    interaction, events_told = builders.interaction(), list[SessionEvent]()
    for report in reports:
        interaction, told = applied(interaction, report, LATER)
        events_told += told
    return interaction, events_told


@pytest.mark.parametrize(
    ("role", "answer", "ring"),
    [
        (Role.FIRST, "SessionFirstPartyAnswer", "SessionSecondPartyRing"),
        (Role.SECOND, "SessionSecondPartyAnswer", "SessionFirstPartyRing"),
    ],
)
def test_a_call_begins_on_the_virtual_number_and_rings_the_other_party(
    role: Role, answer: str, ring: str
) -> None:
    interaction, told = begun(builders.route(role), CALL_UUID, builders.route(role).party, NOW)

    assert told_names(told) == ["SessionVirtualNumberAnswer", answer, ring]
    assert interaction.caller_role is role
    assert interaction.caller.status is LegStatus.IN_PROGRESS
    assert interaction.callee.status is LegStatus.RINGING
    assert interaction.totals == Totals(call_count=1)


def test_an_event_tells_the_direction_whoever_is_first() -> None:
    _, told = begun(builders.route(Role.SECOND), CALL_UUID, party(1), NOW)

    assert {(event.from_number, event.to_number) for event in told} == {(party(1), party(0))}
    assert {event.virtual_number for event in told} == {virtual(1)}
    assert {event.at for event in told} == {NOW}


def test_the_callee_picks_up() -> None:
    interaction, told = apply_all(builders.answered())

    assert told_names(tuple(told)) == ["SessionSecondPartyAnswer"]
    assert interaction.leg(Role.SECOND).status is LegStatus.IN_PROGRESS
    assert interaction.totals.call_count == 2
    assert interaction.ended_at is None


def test_a_whole_conversation_is_told_in_the_order_of_a_calls_life() -> None:
    interaction, told = apply_all(*builders.reports_of_a_conversation())

    assert told_names(tuple(told)) == [
        "SessionSecondPartyAnswer",
        "SessionSecondPartyHangup",
        "SessionFirstPartyHangup",
        "SessionPartiesHangup",
    ]
    assert interaction.totals == Totals(2, 120, Decimal("0.0175"))
    assert interaction.duration_seconds == 72
    assert interaction.ended_at == LATER


def test_each_hangup_carries_its_legs_figures_and_the_last_event_their_sums() -> None:
    _, told = apply_all(*builders.reports_of_a_conversation())

    outcomes = [event.outcome for event in told if event.outcome]

    assert outcomes == [
        LegOutcome(30, 60, "0.0075", "NORMAL_CLEARING", 4000),
        LegOutcome(42, 60, "0.0100", "NORMAL_CLEARING", 4010),
        LegOutcome(72, 120, "0.0175", "NORMAL_CLEARING", 4010),
    ]


@pytest.mark.parametrize(
    "status", [LegStatus.BUSY, LegStatus.NO_ANSWER, LegStatus.FAILED, LegStatus.CANCEL]
)
def test_nobody_picks_up(status: LegStatus) -> None:
    interaction, told = apply_all(
        builders.unanswered(status), builders.dial_over(status), builders.caller_ended()
    )

    assert told_names(tuple(told)) == [
        "SessionSecondPartyHangup",
        "SessionFirstPartyHangup",
        "SessionPartiesHangup",
    ]
    assert interaction.callee.status is status
    assert not interaction.callee.was_answered


def test_a_repeated_report_changes_nothing() -> None:
    once, _ = apply_all(builders.callee_ended())

    again, told = applied(once, builders.callee_ended(), LATER + 1000)

    assert again == once
    assert told == ()


def test_a_repetition_with_other_figures_is_still_a_repetition() -> None:
    once, _ = apply_all(builders.callee_ended(billed_seconds=60))

    again, _ = applied(once, builders.callee_ended(billed_seconds=120), LATER)

    assert again.totals.billed_seconds == 60


def test_a_leg_that_lasted_was_answered_even_if_nobody_said_so() -> None:
    interaction, told = apply_all(builders.callee_ended())

    assert interaction.callee.was_answered
    assert told_names(tuple(told)) == ["SessionSecondPartyAnswer", "SessionSecondPartyHangup"]


def test_a_late_answer_does_not_revive_an_ended_leg() -> None:
    interaction, told = apply_all(builders.callee_ended(), builders.answered())

    assert interaction.callee.status is LegStatus.COMPLETED
    assert told_names(tuple(told)).count("SessionSecondPartyAnswer") == 1


def test_an_answered_dial_that_is_over_waits_for_the_legs_own_figures() -> None:
    over, told = apply_all(builders.answered(), builders.dial_over())

    assert events.hangup(Role.SECOND) not in told_names(tuple(told))
    ended, told_then = applied(over, builders.callee_ended(), LATER)
    assert ended.callee.billed_seconds == 60
    assert told_names(told_then) == ["SessionSecondPartyHangup"]


def test_a_dial_over_that_names_no_leg_keeps_the_one_that_is_known() -> None:
    interaction, _ = apply_all(builders.answered(), builders.dial_over(leg_uuid=""))

    assert interaction.callee.uuid == CALLEE_UUID


def test_a_callee_that_was_never_reached_counts_no_leg() -> None:
    interaction, _ = apply_all(
        builders.dial_over(LegStatus.FAILED, leg_uuid=""), builders.caller_ended()
    )

    assert interaction.totals.call_count == 1


@pytest.mark.parametrize(
    "report", [builders.dial_over(), builders.caller_ended(), builders.callee_ended()]
)
def test_either_end_of_the_dial_frees_the_line(report: CallReport) -> None:
    before = builders.interaction()
    after, told = applied(before, report, LATER)

    session = session_after(talking_session(), before, after, told)

    assert session.live_call is None
    assert session.last_interaction_at == LATER


def test_the_end_of_the_dial_says_nothing_new_of_a_callee_who_has_hung_up() -> None:
    ended, _ = apply_all(builders.answered(), builders.callee_ended())

    assert applied(ended, builders.dial_over(), LATER + 1000) == (ended, ())


@pytest.mark.parametrize("report", [builders.answered(), builders.unanswered()])
def test_a_callee_who_picks_up_or_does_not_is_not_the_end_of_the_dial(report: CallReport) -> None:
    before = builders.interaction()
    after, told = applied(before, report, LATER)

    session = session_after(talking_session(), before, after, told)

    assert session.live_call == talking_session().live_call
    assert session.last_interaction_at is None


def test_the_end_of_a_call_that_was_pushed_aside_leaves_the_new_ones_line() -> None:
    other = LiveCall("call-that-took-over", until=NOW + 1_000_000)
    before = builders.interaction()
    after, told = applied(before, builders.caller_ended(), LATER)

    session = session_after(builders.session(live_call=other), before, after, told)

    assert session.live_call == other


def test_the_session_sums_its_conversations() -> None:
    session = builders.session(totals=Totals(5, 300, Decimal("0.5")), last_interaction_at=LATER + 9)
    before = builders.interaction()
    after, told = applied(before, builders.caller_ended(), LATER)

    changed = session_after(session, before, after, told)

    assert changed.totals == Totals(5, 360, Decimal("0.51"))
    assert changed.sequence == session.sequence + 1
    assert changed.last_interaction_at == LATER + 9


def test_the_timeout_is_told_at_the_instant_of_expiry() -> None:
    session = builders.session()

    event = events.timeout(session)

    assert (event.name, event.at) == ("SessionTimeout", session.expires_at)
    assert (event.from_number, event.to_number) == (party(0), party(1))
