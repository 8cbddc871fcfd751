"""A conversation: what the carrier reports of its legs, and what follows from it.

Carriers repeat and reorder their webhooks. A report is applied once, by its key; what it implies
(an ended call was answered if it lasted) is taken as known; and an event is told when the state
first implies it. So the final state, the totals and the set of events are the same in every order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from maskline.domain import events
from maskline.domain.events import Outcome, SessionEvent
from maskline.domain.phone_numbers import E164
from maskline.domain.recordings import Recording, RecordingStatus
from maskline.domain.reports import CallReport, LegStatus, RecordingReport, ReportKind, Side
from maskline.domain.routing import Route
from maskline.domain.sessions import LiveCall, Role, Session, Totals


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a conversation; `uuid` is the carrier's, "" until one is known."""

    status: LegStatus
    uuid: str = ""
    was_answered: bool = False
    duration_seconds: int = 0
    billed_seconds: int = 0
    amount: Decimal = Decimal(0)
    hangup_cause: str = ""
    hangup_code: int = 0
    has_rung: bool = False

    @property
    def totals(self) -> Totals:
        return Totals(1 if self.uuid else 0, self.billed_seconds, self.amount)

    @property
    def outcome(self) -> Outcome:
        return Outcome(
            self.duration_seconds,
            self.billed_seconds,
            format(self.amount, "f"),
            self.hangup_cause,
            self.hangup_code,
        )


@dataclass(frozen=True, slots=True)
class Interaction:
    """A conversation between the parties of a session, named by the caller's leg.

    `recording` is None where none was ordered.
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
    applied: frozenset[str] = field(default_factory=frozenset)
    told: frozenset[str] = field(default_factory=frozenset)

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


def begun(
    route: Route, call_uuid: str, caller: E164 | None, now: int
) -> tuple[Interaction, tuple[SessionEvent, ...]]:
    """A conversation that starts: the caller is on the virtual number, the callee's phone rings.

    `caller` is the phone that really calls, which need not be the role's own. Ringing is told when
    dialling starts: the carrier's dial reports no ringing of its own.
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
    told = tuple(_event(interaction, name, now) for name in names)
    return replace(interaction, told=frozenset(names)), told


def applied(
    interaction: Interaction, report: CallReport | RecordingReport, now: int
) -> tuple[Interaction, tuple[SessionEvent, ...]]:
    """The conversation after a report, and the events to tell. A repetition changes nothing."""
    if report.key in interaction.applied:
        return interaction, ()
    if isinstance(report, RecordingReport):
        changed = _recorded(interaction, report)
    else:
        changed = _followed(interaction, report, now)
    due = [(name, facts) for name, facts in _implied(changed) if name not in changed.told]
    told = tuple(_event(changed, name, now, facts) for name, facts in due)
    return (
        replace(
            changed,
            applied=changed.applied | {report.key},
            told=changed.told | {name for name, _ in due},
        ),
        told,
    )


def session_after(
    session: Session, before: Interaction, after: Interaction, told: tuple[SessionEvent, ...]
) -> Session:
    """The session once its conversation went from `before` to `after` and `told` is to be told."""
    return replace(
        session,
        totals=session.totals + (after.totals - before.totals),
        live_call=_line(session.live_call, after),
        last_interaction_at=_latest(session.last_interaction_at, after.ended_at),
        sequence=session.sequence + len(told),
    )


def _line(held: LiveCall | None, interaction: Interaction) -> LiveCall | None:
    """Free when the conversation that holds it is over; the end of another frees nothing."""
    over = interaction.ended_at is not None
    if held is not None and over and held.call_uuid == interaction.call_uuid:
        return None
    return held


def _latest(one: int | None, other: int | None) -> int | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _recorded(interaction: Interaction, report: RecordingReport) -> Interaction:
    """What was recorded was said, so it was answered. A recording is not taken back or replaced."""
    ordered, reported = interaction.recording, report.recording
    if ordered is None or ordered.status is RecordingStatus.COMPLETED:
        return interaction
    changed = replace(interaction, recording=replace(reported, file_format=ordered.file_format))
    if reported.status is RecordingStatus.COMPLETED:
        return replace(changed, callee=_picked_up(interaction.callee))
    return changed


def _followed(interaction: Interaction, report: CallReport, now: int) -> Interaction:
    changed = _with_report(interaction, report)
    if changed.ended_at is None and _is_over(changed, report):
        return replace(changed, ended_at=now)
    return changed


def _with_report(interaction: Interaction, report: CallReport) -> Interaction:
    leg = interaction.caller if report.side is Side.CALLER else interaction.callee
    match report.kind:
        case ReportKind.RINGING:
            leg = replace(leg, uuid=report.leg_uuid or leg.uuid, has_rung=True)
        case ReportKind.ANSWERED:
            leg = _answered(leg, report)
        case ReportKind.ENDED:
            leg = _ended(leg, report)
        case ReportKind.DIAL_OVER:
            leg = _dial_over(leg, report)
    if report.side is Side.CALLER:
        return replace(interaction, caller=leg)
    return replace(interaction, callee=leg)


def _answered(leg: Leg, report: CallReport) -> Leg:
    return replace(_picked_up(leg), uuid=report.leg_uuid or leg.uuid)


def _picked_up(leg: Leg) -> Leg:
    status = leg.status if leg.status.is_final else LegStatus.IN_PROGRESS
    return replace(leg, was_answered=True, has_rung=True, status=status)


def _ended(leg: Leg, report: CallReport) -> Leg:
    """The carrier's last word on a leg: its figures replace whatever was concluded before."""
    return Leg(
        status=report.status,
        uuid=report.leg_uuid or leg.uuid,
        was_answered=leg.was_answered or report.duration_seconds > 0,
        has_rung=leg.has_rung,
        duration_seconds=report.duration_seconds,
        billed_seconds=report.billed_seconds,
        amount=report.amount,
        hangup_cause=report.hangup_cause,
        hangup_code=report.hangup_code,
    )


def _dial_over(leg: Leg, report: CallReport) -> Leg:
    """An unanswered attempt ends here; an answered one waits for the leg's own figures."""
    is_completed = report.status is LegStatus.COMPLETED
    known = replace(
        leg, uuid=report.leg_uuid or leg.uuid, was_answered=leg.was_answered or is_completed
    )
    if leg.status.is_final or is_completed:
        return known
    return replace(
        known,
        status=report.status,
        hangup_cause=report.hangup_cause,
        hangup_code=report.hangup_code,
    )


def _is_over(interaction: Interaction, report: CallReport) -> bool:
    """We hang up on the caller when the dial is over, so either end of it frees the line."""
    return report.kind is ReportKind.DIAL_OVER or interaction.caller.status.is_final


# How a leg ended or what was recorded, for an event that is about that.
Facts = Outcome | Recording | None
Implied = tuple[str, Facts]


def _implied(interaction: Interaction) -> Iterator[Implied]:
    """Every event that the state implies, in the order of a call's life.

    That of the number's own answer is told by `begun`, where somebody dialled it.
    """
    yield from _beginnings(interaction)
    yield from _endings(interaction)


def _beginnings(interaction: Interaction) -> Iterator[Implied]:
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


def _endings(interaction: Interaction) -> Iterator[Implied]:
    caller, callee, recording = interaction.caller, interaction.callee, interaction.recording
    if callee.status.is_final:
        yield events.hangup(interaction.caller_role.other), callee.outcome
    if caller.status.is_final:
        yield events.hangup(interaction.caller_role), caller.outcome
    if recording and callee.was_answered and recording.status is not RecordingStatus.ORDERED:
        yield events.recording_end(recording), recording
    if caller.status.is_final and not callee.status.is_open:
        yield events.PARTIES_HANGUP, _joint_outcome(interaction)


def _joint_outcome(interaction: Interaction) -> Outcome:
    totals = interaction.totals
    return replace(
        interaction.caller.outcome,
        duration_seconds=interaction.duration_seconds,
        billed_seconds=totals.billed_seconds,
        amount=format(totals.amount, "f"),
    )


def _event(interaction: Interaction, name: str, now: int, facts: Facts = None) -> SessionEvent:
    return SessionEvent(
        name,
        now,
        interaction.from_number,
        interaction.to_number,
        interaction.virtual_number,
        outcome=facts if isinstance(facts, Outcome) else None,
        recording=facts if isinstance(facts, Recording) else None,
    )
