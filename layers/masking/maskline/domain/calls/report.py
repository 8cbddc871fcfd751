"""A carrier's reports about a call, in neutral words."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from maskline.domain.calls.recording import Recording
from maskline.domain.money import US_DOLLAR


class Side(StrEnum):
    """The leg of the person who dialled the virtual number, or the leg that we dialled."""

    CALLER = "caller"
    CALLEE = "callee"


class LegStatus(StrEnum):
    """The state of a leg. The values are the words of the client's API, which has no REJECTED.

    NOT_DIALLED: the other leg must be answered first.
    """

    NOT_DIALLED = "not-dialled"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCEL = "cancel"

    @property
    def is_open(self) -> bool:
        return self in {LegStatus.RINGING, LegStatus.IN_PROGRESS}

    @property
    def is_final(self) -> bool:
        return not self.is_open and self is not LegStatus.NOT_DIALLED


class ReportKind(StrEnum):
    """The kinds of report of a carrier; GIVEN_UP: no further one is expected."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    DIAL_OVER = "dial_over"
    GIVEN_UP = "given_up"
    PRICED = "priced"


@dataclass(frozen=True, slots=True)
class CallReport:
    """One carrier webhook in neutral words. `leg_uuid` is "" where the leg was never created.

    RINGING, ANSWERED and ENDED speak of the leg on `side`; DIAL_OVER says that the attempt to reach
    the callee is finished, and with which status; GIVEN_UP is ours: no more reports are waited for.
    Of ENDED, `was_answered` says that the carrier knows the leg was; one that lasted was anyhow.
    PRICED adds the `amount` and the billed seconds of a leg that has ended. An amount is None while
    it is not known; `is_priced_later` says that the carrier's record of the leg will have it.
    Durations are seconds; a currency is ISO 4217.
    """

    kind: ReportKind
    side: Side
    leg_uuid: str
    status: LegStatus
    duration_seconds: int = 0
    billed_seconds: int = 0
    amount: Decimal | None = None
    currency: str = US_DOLLAR
    is_priced_later: bool = False
    hangup_cause: str = ""
    hangup_code: int = 0
    was_answered: bool = False

    @property
    def subject(self) -> str:
        """Name the leg and the kind of report, for a log line."""
        return f"{self.side} {self.kind}"


def begun(kind: ReportKind, side: Side, leg_uuid: str) -> CallReport:
    """A phone rings, or somebody picked up."""
    is_ringing = kind is ReportKind.RINGING
    status = LegStatus.RINGING if is_ringing else LegStatus.IN_PROGRESS
    return CallReport(kind, side, leg_uuid, status)


# The cause that we tell of an end that the carrier never reported.
NOTHING_REPORTED = "CARRIER_REPORTED_NOTHING"


def silence(side: Side) -> CallReport:
    """The carrier owed a report on the end of a leg, and none came."""
    return CallReport(
        ReportKind.GIVEN_UP, side, "", LegStatus.CANCEL, hangup_cause=NOTHING_REPORTED
    )


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """The carrier's last word on the recording of a call: it is completed, or failed.

    The format is not reported: it is as ordered. `shows_answer`: there would be none had the callee
    not answered; a carrier that records the ringing too says nothing of that.
    """

    recording: Recording
    shows_answer: bool = True

    @property
    def subject(self) -> str:
        """Name the recording's report, for a log line."""
        return f"recording {self.recording.status}"


Report = CallReport | RecordingReport
