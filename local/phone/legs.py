"""The legs of a call, and how a leg ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

Party = Literal["caller", "callee"]
LegEnding = Literal["busy", "rejected", "no-answer", "timeout", "unreachable", "loop", "cancel"]
Reason = Literal["hangup", "document", "limit", "failed"] | LegEnding
By = Literal["caller", "callee", "carrier", "document", "error"]

STATUSES: Mapping[LegEnding, str] = {
    "busy": "busy",
    "rejected": "busy",
    "no-answer": "no-answer",
    "timeout": "timeout",
    "unreachable": "failed",
    "loop": "failed",
    "cancel": "cancel",
}
"""The status of a leg that was never answered."""
RINGS: frozenset[LegEnding] = frozenset({"rejected", "no-answer", "timeout", "cancel"})
"""How a leg may end whose phone rang."""


@dataclass
class Leg:
    """One dialled leg. Instants are seconds since the call came in; durations are seconds.

    `status`: ringing, answered, then completed or why it was never answered.
    """

    uuid: str
    to: str
    caller_id: str
    ring_timeout: int
    time_limit: int
    status: str = "ringing"
    dialled_at: int = 0
    answered_at: int | None = None
    ended_at: int | None = None
    has_rung: bool = False
    reason: Reason = "hangup"
    ended_by: By = "caller"

    @property
    def final_status(self) -> str:
        """ringing, in-progress, completed, busy, failed, no-answer, timeout or cancel."""
        match self.status:
            case "ringing" | "completed":
                return self.status
            case "answered":
                return "in-progress"
        return STATUSES[cast(LegEnding, self.status)]

    @property
    def duration(self) -> int:
        if self.answered_at is None or self.ended_at is None:
            return 0
        return self.ended_at - self.answered_at


@dataclass(frozen=True)
class Ending:
    """The end of the caller's leg; `answered_at` is None if it was never answered.

    Of a call that the carrier placed, that leg is the one that was called first.
    """

    reason: Reason
    by: By
    answered_at: int | None
    ended_at: int

    @property
    def duration(self) -> int:
        return 0 if self.answered_at is None else self.ended_at - self.answered_at

    @property
    def status(self) -> str:
        """completed, busy, failed, no-answer, timeout or cancel."""
        match self.reason:
            case "hangup" | "document" | "limit":
                return "completed"
            case "failed":
                return "failed" if self.answered_at is None else "completed"
            case "rejected" if self.by == "document":
                return "failed"
            case unanswered:
                return STATUSES[unanswered]


@dataclass(frozen=True)
class Recording:
    """A recording that was made of a leg; `started_at` as the leg's instants."""

    uuid: str
    leg: Leg
    file_format: str
    seconds: int
    started_at: int
