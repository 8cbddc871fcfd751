"""A conversation: what the carrier reports of its legs, and what follows from it.

Carriers repeat and reorder their webhooks. A report that is repeated leaves the conversation as it
is; what a report implies (an ended call was answered if it lasted) is taken as known; and an event
is told by the report after which the conversation implies it, and before which it did not. So the
final state, the totals and the set of events are the same in every order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from maskline.domain.calls import events
from maskline.domain.calls import leg as legs
from maskline.domain.calls.events import LegOutcome, SessionEvent
from maskline.domain.calls.leg import Leg
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import (
    CallReport,
    LegStatus,
    RecordingReport,
    Report,
    ReportKind,
    Side,
)
from maskline.domain.calls.route import Route, line_hold_until
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import LiveCall, Role, Session
from maskline.domain.sessions.totals import Totals

# The carrier's reports on a call follow each other within seconds; a repeated one within minutes.
_PATIENCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Interaction:
    """A conversation between the parties of a session, named by the caller's leg.

    `recording` is None where none was ordered. `answer` is of interest where we call the caller's
    leg: ANSWERED once its answer was met, GIVEN_UP once that is waited for no more. `price_checks`
    counts how often the carrier was asked in vain what the legs cost.
    """

    session_uuid: str
    call_uuid: str
    caller_role: Role
    from_number: E164
    to_number: E164
    virtual_number: E164
    started_at: int
    caller: Leg
    callee: Leg
    recording: Recording | None = None
    ended_at: int | None = None
    answer: ReportKind | None = None
    price_checks: int = 0

    def leg(self, role: Role) -> Leg:
        """The leg of a session role."""
        return self.caller if role is self.caller_role else self.callee

    @property
    def totals(self) -> Totals:
        """This conversation's share of the session's totals."""
        return self.caller.totals + self.callee.totals

    @property
    def duration_seconds(self) -> int:
        """Sum of the legs' durations, not the wall-clock span."""
        return self.caller.duration_seconds + self.callee.duration_seconds

    @property
    def overdue_at(self) -> int | None:
        """The instant at which to give up waiting for the carrier's reports on a call that is over.

        None while the call lasts, and once its end has been told.
        """
        if self.ended_at is None:
            return None
        is_told = events.PARTIES_HANGUP in implied(self)
        return None if is_told else self.ended_at + _PATIENCE_SECONDS * 1000


def lost_from(session: Session, call_uuid: str, started_at: int) -> int:
    """From when on a call of the session must be over, even if no report says so."""
    hold = session.live_call
    if hold and hold.call_uuid == call_uuid:
        return hold.until + _PATIENCE_SECONDS * 1000
    return line_hold_until(session.settings, started_at) + _PATIENCE_SECONDS * 1000


def begun(
    route: Route, call_uuid: str, caller: E164 | None, now: int
) -> tuple[Interaction, tuple[SessionEvent, ...]]:
    """A conversation that starts: the caller is on the virtual number, the callee's phone rings.

    `caller` is the phone that really calls, which need not be the role's own. Ringing is told when
    dialling starts: not every carrier reports it.
    """
    interaction = Interaction(
        session_uuid=route.session_uuid,
        call_uuid=call_uuid,
        caller_role=route.role,
        from_number=caller or E164(""),
        to_number=route.peer,
        virtual_number=route.virtual_number,
        started_at=now,
        caller=Leg(LegStatus.IN_PROGRESS, uuid=call_uuid, was_answered=True),
        callee=Leg(LegStatus.RINGING),
        recording=Recording(route.record_format) if route.record_format else None,
    )
    names = (
        events.VIRTUAL_NUMBER_ANSWER,
        events.answer(route.role),
        events.ring(route.role.other),
    )
    return interaction, tuple(_event(interaction, name, now) for name in names)


def applied(
    interaction: Interaction, report: Report, now: int
) -> tuple[Interaction, tuple[SessionEvent, ...]]:
    """The conversation after a report, and the events to tell. A repetition changes nothing."""
    after = after_report(interaction, report, now)
    return after, news(interaction, after, now)


def after_report(interaction: Interaction, report: Report, now: int) -> Interaction:
    """The conversation after a report; equal to what it was where the report says nothing new."""
    if isinstance(report, RecordingReport):
        return _recorded(interaction, report)
    return _followed(interaction, report, now)


def news(
    before: Interaction, after: Interaction, now: int, told: tuple[SessionEvent, ...] = ()
) -> tuple[SessionEvent, ...]:
    """Return the events of the step from `before` to `after`, without those that are `told`."""
    known = implied(before).keys() | {event.name for event in told}
    return tuple(
        _event(after, name, now, facts)
        for name, facts in implied(after).items()
        if name not in known
    )


def session_after(
    session: Session, before: Interaction, after: Interaction, told: tuple[SessionEvent, ...]
) -> Session:
    """The session once its conversation went from `before` to `after` and `told` is to be told."""
    return replace(
        session,
        totals=session.totals + (after.totals - before.totals),
        live_call=_line(session.live_call, after),
        last_interaction_at=max(
            filter(None, (session.last_interaction_at, after.ended_at)), default=None
        ),
        sequence=session.sequence + len(told),
    )


def _line(held: LiveCall | None, interaction: Interaction) -> LiveCall | None:
    """Free when the conversation that holds it is over; the end of another frees nothing."""
    over = interaction.ended_at is not None
    if held is not None and over and held.call_uuid == interaction.call_uuid:
        return None
    return held


def _recorded(interaction: Interaction, report: RecordingReport) -> Interaction:
    """Apply a recording, which may show that its call was answered.

    A recording is not taken back or replaced.
    """
    ordered, reported = interaction.recording, report.recording
    if ordered is None or ordered.status is RecordingStatus.COMPLETED:
        return interaction
    changed = replace(interaction, recording=replace(reported, file_format=ordered.file_format))
    if report.shows_answer and reported.status is RecordingStatus.COMPLETED:
        return replace(changed, callee=legs.picked_up(interaction.callee))
    return changed


def _followed(interaction: Interaction, report: CallReport, now: int) -> Interaction:
    if report.kind is ReportKind.RINGING and report.side is Side.CALLEE:
        # Told when dialling began: not every carrier reports it.
        return interaction
    changed = _with_answer(_with_report(interaction, report), report)
    if changed.ended_at is None and _is_over(changed, report):
        return replace(changed, ended_at=now)
    return changed


_TRANSITIONS: dict[ReportKind, Callable[[Leg, CallReport], Leg]] = {
    ReportKind.RINGING: legs.rung,
    ReportKind.ANSWERED: legs.answered,
    ReportKind.ENDED: legs.ended,
    ReportKind.DIAL_OVER: legs.dial_over,
    ReportKind.GIVEN_UP: legs.given_up,
    ReportKind.PRICED: legs.priced,
}


def _with_report(interaction: Interaction, report: CallReport) -> Interaction:
    leg = interaction.caller if report.side is Side.CALLER else interaction.callee
    leg = _TRANSITIONS[report.kind](leg, report)
    if report.side is Side.CALLER:
        return replace(interaction, caller=leg)
    return replace(interaction, callee=leg)


def _with_answer(interaction: Interaction, report: CallReport) -> Interaction:
    """Apply an answer webhook of a leg that we called."""
    is_undialled = interaction.callee.status is LegStatus.NOT_DIALLED
    if report.kind is ReportKind.ANSWERED and report.side is Side.CALLER:
        return replace(interaction, answer=ReportKind.ANSWERED)
    if report.kind is ReportKind.GIVEN_UP and is_undialled and interaction.answer is None:
        return replace(interaction, answer=ReportKind.GIVEN_UP)
    return interaction


def _is_over(interaction: Interaction, report: CallReport) -> bool:
    """We hang up on the caller when the dial is over, so either end of it frees the line.

    So does the end of a callee's leg that was answered: nobody else is rung.
    """
    caller, callee = interaction.caller, interaction.callee
    is_talked = callee.was_answered and callee.status.is_final
    return report.kind is ReportKind.DIAL_OVER or is_talked or caller.status.is_final


# How a leg ended or what was recorded, for an event that is about that.
Facts = LegOutcome | Recording | None


def implied(interaction: Interaction) -> dict[str, Facts]:
    """Every event that a conversation implies, by name, in the order of a call's life.

    That of the number's own answer is told by `begun`, where somebody dialled it.
    """
    return dict([*_beginnings(interaction), *_endings(interaction)])


def _beginnings(interaction: Interaction) -> Iterator[tuple[str, Facts]]:
    caller, callee = interaction.caller, interaction.callee
    if caller.has_rung:
        yield events.ring(interaction.caller_role), None
    if caller.was_answered:
        yield events.answer(interaction.caller_role), None
    if callee.status is not LegStatus.NOT_DIALLED:
        yield events.ring(interaction.caller_role.other), None
    if callee.was_answered:
        yield events.answer(interaction.caller_role.other), None
        if interaction.recording:
            yield events.RECORDING_INITIATED, Recording(interaction.recording.file_format)


def _endings(interaction: Interaction) -> Iterator[tuple[str, Facts]]:
    caller, callee, recording = interaction.caller, interaction.callee, interaction.recording
    is_caller_gone = caller.status.is_final and not _is_undecided(interaction)
    if callee.status.is_final:
        yield events.hangup(interaction.caller_role.other), callee.outcome
    if is_caller_gone:
        yield events.hangup(interaction.caller_role), caller.outcome
    if recording and callee.was_answered and recording.status is not RecordingStatus.ORDERED:
        yield events.recording_end(recording), recording
    if is_caller_gone and not callee.status.is_open:
        yield events.PARTIES_HANGUP, _joint_outcome(interaction)


def _is_undecided(interaction: Interaction) -> bool:
    """Tell if somebody picked up and hung up whose answer webhook is still on its way.

    What is told of them is the same in either order, so their end waits for it.
    """
    is_undialled = interaction.callee.status is LegStatus.NOT_DIALLED
    return is_undialled and interaction.caller.was_answered and interaction.answer is None


def _joint_outcome(interaction: Interaction) -> LegOutcome:
    totals = interaction.totals
    return replace(
        interaction.caller.outcome,
        duration_seconds=interaction.duration_seconds,
        billed_seconds=totals.billed_seconds,
        amount=events.amount_text(totals.known_amount),
        currency=totals.currency,
    )


def _event(interaction: Interaction, name: str, now: int, facts: Facts = None) -> SessionEvent:
    return SessionEvent(
        name,
        now,
        interaction.from_number,
        interaction.to_number,
        interaction.virtual_number,
        interaction.call_uuid,
        outcome=facts if isinstance(facts, LegOutcome) else None,
        recording=facts if isinstance(facts, Recording) else None,
    )
