"""A conversation: what the carrier reports of its legs, and what follows from it.

Carriers repeat and reorder their webhooks. A report is applied once, by its key; what it implies
(an ended call was answered if it lasted) is taken as known; and an event is told when the state
first implies it. So the final state, the totals and the set of events are the same in every order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from maskline.domain import events
from maskline.domain.events import Outcome, SessionEvent
from maskline.domain.phone_numbers import E164
from maskline.domain.routing import Route
from maskline.domain.sessions import LiveCall, Role, Session, Totals


class Side(StrEnum):
    """The leg of the person who dialled the virtual number, or the leg that we dialled."""

    CALLER = "caller"
    CALLEE = "callee"


class LegStatus(StrEnum):
    """Where a leg is. The values are those of the carrier API's call status."""

    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCEL = "cancel"

    @property
    def is_final(self) -> bool:
        return self not in {LegStatus.RINGING, LegStatus.IN_PROGRESS}


class ReportKind(StrEnum):
    """What a carrier's webhook can say."""

    ANSWERED = "answered"
    ENDED = "ended"
    DIAL_OVER = "dial_over"


@dataclass(frozen=True, slots=True)
class CallReport:
    """One carrier webhook in neutral words. `leg_uuid` is "" where the leg was never created.

    ANSWERED and ENDED speak of the leg on `side`; DIAL_OVER says that the attempt to reach the
    callee is finished, and with which status. Durations are seconds.
    """

    kind: ReportKind
    side: Side
    leg_uuid: str
    status: LegStatus
    duration_seconds: int = 0
    billed_seconds: int = 0
    amount: Decimal = Decimal(0)
    hangup_cause: str = ""
    hangup_code: int = 0

    @property
    def key(self) -> str:
        """Equal for a repetition of the same report, different for any other."""
        return f"{self.kind}:{self.side}:{self.leg_uuid}"


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
    """A conversation between the parties of a session, named by the caller's leg."""

    session_uuid: str
    call_uuid: str
    caller_role: Role
    from_number: E164
    to_number: E164
    virtual_number: E164
    started_at: int
    caller: Leg
    callee: Leg
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
    )
    names = (
        events.VIRTUAL_NUMBER_ANSWER,
        events.answer(route.role),
        events.ring(route.role.other),
    )
    told = tuple(_event(interaction, name, now) for name in names)
    return replace(interaction, told=frozenset(names)), told


def applied(
    interaction: Interaction, report: CallReport, now: int
) -> tuple[Interaction, tuple[SessionEvent, ...]]:
    """The conversation after a report, and the events to tell. A repetition changes nothing."""
    if report.key in interaction.applied:
        return interaction, ()
    changed = _with_report(interaction, report)
    if changed.ended_at is None and _is_over(changed, report):
        changed = replace(changed, ended_at=now)
    due = [(name, leg) for name, leg in _implied(changed) if name not in changed.told]
    told = tuple(_event(changed, name, now, outcome) for name, outcome in due)
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


def _with_report(interaction: Interaction, report: CallReport) -> Interaction:
    leg = interaction.caller if report.side is Side.CALLER else interaction.callee
    match report.kind:
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
    status = leg.status if leg.status.is_final else LegStatus.IN_PROGRESS
    return replace(leg, uuid=report.leg_uuid or leg.uuid, was_answered=True, status=status)


def _ended(leg: Leg, report: CallReport) -> Leg:
    """The carrier's last word on a leg: its figures replace whatever was concluded before."""
    return Leg(
        status=report.status,
        uuid=report.leg_uuid or leg.uuid,
        was_answered=leg.was_answered or report.duration_seconds > 0,
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


def _implied(interaction: Interaction) -> Iterator[tuple[str, Outcome | None]]:
    """Every event after the first ring that the state implies, in the order of a call's life."""
    caller, callee = interaction.caller, interaction.callee
    callee_role = interaction.caller_role.other
    if callee.was_answered:
        yield events.answer(callee_role), None
    if callee.status.is_final:
        yield events.hangup(callee_role), callee.outcome
    if caller.status.is_final:
        yield events.hangup(interaction.caller_role), caller.outcome
    if caller.status.is_final and callee.status.is_final:
        yield events.PARTIES_HANGUP, _joint_outcome(caller, interaction.totals, interaction)


def _joint_outcome(caller: Leg, totals: Totals, interaction: Interaction) -> Outcome:
    return Outcome(
        interaction.duration_seconds,
        totals.billed_seconds,
        format(totals.amount, "f"),
        caller.hangup_cause,
        caller.hangup_code,
    )


def _event(
    interaction: Interaction, name: str, now: int, outcome: Outcome | None = None
) -> SessionEvent:
    return SessionEvent(
        name,
        now,
        interaction.from_number,
        interaction.to_number,
        interaction.virtual_number,
        outcome,
    )
