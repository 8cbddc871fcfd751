"""One leg of a conversation, and what the carrier's reports make of it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from maskline.domain.calls.events import LegOutcome, amount_text
from maskline.domain.calls.report import CallReport, LegStatus
from maskline.domain.money import US_DOLLAR
from maskline.domain.sessions.totals import Totals


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a conversation; `uuid` is the carrier's, "" until one is known.

    `is_reported` says that its end and figures are the carrier's own. `amount` is None if the leg
    cost something that is not known; `is_priced_later` says that the carrier will tell.
    """

    status: LegStatus
    uuid: str = ""
    was_answered: bool = False
    duration_seconds: int = 0
    billed_seconds: int = 0
    amount: Decimal | None = Decimal(0)
    currency: str = US_DOLLAR
    is_priced_later: bool = False
    hangup_cause: str = ""
    hangup_code: int = 0
    has_rung: bool = False
    is_reported: bool = False

    @property
    def totals(self) -> Totals:
        return Totals(
            call_count=1 if self.uuid else 0,
            billed_seconds=self.billed_seconds,
            amount=self.amount or Decimal(0),
            currency=self.currency,
            unpriced=1 if self.amount is None else 0,
        )

    @property
    def outcome(self) -> LegOutcome:
        return LegOutcome(
            self.duration_seconds,
            self.billed_seconds,
            amount_text(self.amount),
            self.hangup_cause,
            self.hangup_code,
            self.currency,
        )


def rung(leg: Leg, report: CallReport) -> Leg:
    """The phone rings."""
    return replace(leg, uuid=report.leg_uuid or leg.uuid, has_rung=True)


def answered(leg: Leg, report: CallReport) -> Leg:
    """Somebody picked up."""
    return replace(picked_up(leg), uuid=report.leg_uuid or leg.uuid)


def picked_up(leg: Leg) -> Leg:
    """Mark the leg answered although no report said so (for example a recording exists)."""
    status = leg.status if leg.status.is_final else LegStatus.IN_PROGRESS
    return replace(leg, was_answered=True, has_rung=True, status=status)


def ended(leg: Leg, report: CallReport) -> Leg:
    """The carrier's last word on a leg: its figures replace whatever was concluded before.

    The first one stands: a repetition is one, whatever its figures.
    """
    if leg.is_reported and report.leg_uuid in ("", leg.uuid):
        return leg
    was_answered = report.was_answered or report.duration_seconds > 0
    known = picked_up(leg) if was_answered and not leg.was_answered else leg
    return Leg(
        status=report.status,
        uuid=report.leg_uuid or leg.uuid,
        was_answered=known.was_answered,
        has_rung=known.has_rung,
        duration_seconds=report.duration_seconds,
        billed_seconds=report.billed_seconds,
        amount=_cost(report),
        currency=report.currency,
        is_priced_later=report.is_priced_later and _cost(report) is None,
        hangup_cause=report.hangup_cause,
        hangup_code=report.hangup_code,
        # A failure of ours names no leg: what the carrier says of one goes before it.
        is_reported=bool(report.leg_uuid),
    )


def _cost(report: CallReport) -> Decimal | None:
    """Return the cost of a leg that has ended: one that did not last costs nothing.

    Of one that was answered that is for the carrier to say, where it says so later.
    """
    is_told_later = report.is_priced_later and report.was_answered
    if report.amount is None and not report.duration_seconds and not is_told_later:
        return Decimal(0)
    return report.amount


def priced(leg: Leg, report: CallReport) -> Leg:
    """The carrier has added up what the leg cost. It does so once, and not for another leg."""
    is_of_leg = report.leg_uuid in ("", leg.uuid)
    if leg.amount is not None or report.amount is None or not is_of_leg:
        return leg
    return replace(
        leg,
        amount=report.amount,
        currency=report.currency,
        billed_seconds=report.billed_seconds or leg.billed_seconds,
        is_priced_later=False,
    )


def dial_over(leg: Leg, report: CallReport) -> Leg:
    """An unanswered attempt ends here; an answered one waits for the leg's own figures."""
    is_completed = report.status is LegStatus.COMPLETED
    known = replace(picked_up(leg) if is_completed else leg, uuid=report.leg_uuid or leg.uuid)
    if leg.status.is_final or is_completed:
        return known
    return replace(
        known,
        status=report.status,
        hangup_cause=report.hangup_cause,
        hangup_code=report.hangup_code,
    )


def given_up(leg: Leg, report: CallReport) -> Leg:
    """A leg that is open ends without figures, any other stays as it is."""
    if not leg.status.is_open:
        return leg
    if not leg.was_answered:
        return replace(leg, status=report.status, hangup_cause=report.hangup_cause)
    return replace(leg, status=LegStatus.COMPLETED, hangup_cause=report.hangup_cause, amount=None)
