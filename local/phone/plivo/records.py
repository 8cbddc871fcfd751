"""The carrier's words about a call: webhook parameters, hangup causes and prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Literal

A_LEG_RATE = Decimal("0.00850")
B_LEG_RATE = Decimal("0.00750")
PULSE_SECONDS = 60

LegEnding = Literal["busy", "rejected", "no-answer", "timeout", "unreachable", "loop", "cancel"]

# The account's time zone is deliberately not UTC: the real carrier's times were not either.
_ACCOUNT_ZONE = timezone(timedelta(hours=-8))
MEDIA = "https://media.plivo.com"
_COUNTRIES = {"44": "GB", "1": "US", "91": "IN", "49": "DE"}


@dataclass(frozen=True)
class Cause:
    """One row of the carrier's hangup table."""

    code: int
    name: str
    text: str


NORMAL = Cause(4000, "Normal Hangup", "NORMAL_CLEARING")
END_OF_XML = Cause(4010, "End Of XML Instructions", "NORMAL_CLEARING")
TIME_LIMIT = Cause(6000, "Scheduled Hangup", "ALLOTTED_TIMEOUT")
BUSY = Cause(3010, "Busy Line", "USER_BUSY")
REJECTED = Cause(3020, "Rejected", "CALL_REJECTED")
ANSWER_URL_FAILED = Cause(7011, "Error Reaching Answer URL", "NORMAL_CLEARING")


@dataclass(frozen=True)
class Unanswered:
    """The report about a dialled leg that was never answered."""

    status: str
    rang: bool
    cause: Cause


UNANSWERED: Mapping[LegEnding, Unanswered] = {
    "busy": Unanswered("busy", rang=False, cause=BUSY),
    "rejected": Unanswered("busy", rang=True, cause=REJECTED),
    "no-answer": Unanswered("no-answer", rang=True, cause=Cause(3000, "No Answer", "NO_ANSWER")),
    "timeout": Unanswered(
        "timeout", rang=True, cause=Cause(6010, "Ring Timeout Reached", "PROGRESS_TIMEOUT")
    ),
    "unreachable": Unanswered(
        "failed", rang=False, cause=Cause(2010, "Out Of Service", "DESTINATION_OUT_OF_ORDER")
    ),
    "loop": Unanswered(
        "failed", rang=False, cause=Cause(2060, "Loop Detected", "EXCHANGE_ROUTING_ERROR")
    ),
    "cancel": Unanswered("cancel", rang=True, cause=Cause(1000, "Cancelled", "ORIGINATOR_CANCEL")),
}


@dataclass
class Leg:
    """One dialled leg. Instants are seconds since the call came in; durations are seconds."""

    uuid: str
    to: str
    caller_id: str
    ring_timeout: int
    time_limit: int
    status: str = "ringing"
    dialled_at: int = 0
    answered_at: int | None = None
    ended_at: int | None = None

    @property
    def duration(self) -> int:
        if self.answered_at is None or self.ended_at is None:
            return 0
        return self.ended_at - self.answered_at


@dataclass(frozen=True)
class Hangup:
    """The end of the caller's leg; `answered_at` is None if it was never answered."""

    cause: Cause
    source: str
    status: str
    answered_at: int | None
    ended_at: int

    @property
    def duration(self) -> int:
        return 0 if self.answered_at is None else self.ended_at - self.answered_at


@dataclass(frozen=True)
class CallRecord:
    """The facts of a call that every webhook repeats."""

    call_uuid: str
    caller: str
    dialled: str
    parent_auth_id: str
    started: datetime
    direction: str = "inbound"
    media: str = MEDIA

    def common(self, status: str) -> dict[str, str]:
        # For one destination the carrier's request id is that of the call.
        request = ("ALegUUID", "ALegRequestUUID", "RequestUUID")
        ids = dict.fromkeys(request, self.call_uuid) if self.direction == "outbound" else {}
        return ids | {
            "CallUUID": self.call_uuid,
            "From": self.caller.removeprefix("+"),
            "To": self.dialled.removeprefix("+"),
            "CallStatus": status,
            "Direction": self.direction,
            "BillRate": str(A_LEG_RATE),
            "CountryCode": country(self.dialled),
            "ParentAuthID": self.parent_auth_id,
            "RouteType": "Domestic_Anchored",
            "SessionStart": self.started.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
            "STIRVerification": "Not Applicable",
        }

    def start(self) -> dict[str, str]:
        is_inbound = self.direction == "inbound"
        return self.common("ringing" if is_inbound else "in-progress") | {"Event": "StartApp"}

    def ring(self) -> dict[str, str]:
        """Parameters for a call that the carrier was asked to place."""
        return self.common("ringing") | {"Event": "Ring"}

    def dial_event(self, leg: Leg, action: str) -> dict[str, str]:
        """`action`: answer or connected."""
        return self._dial(leg, "in-progress") | {
            "Event": f"Dial{action.capitalize()}",
            "DialAction": action,
            "DialBLegStatus": action,
        }

    def dial_hangup(self, leg: Leg, cause: Cause, source: str) -> dict[str, str]:
        return self._dial(leg, "in-progress") | {
            "Event": "DialHangup",
            "DialAction": "hangup",
            "DialBLegStatus": "hangup",
            "DialBLegDuration": str(leg.duration),
            "DialBLegBillDuration": str(billed(leg.duration)),
            "DialBLegHangupCause": cause.text,
            "DialBLegHangupCauseName": cause.name,
            "DialBLegHangupCauseCode": str(cause.code),
            "DialBLegHangupSource": source,
        }

    def confirm(self, leg: Leg) -> dict[str, str]:
        """Parameters of a request for confirmSound: a guess, for they are not documented."""
        return self._dial(leg, "in-progress")

    def _dial(self, leg: Leg, status: str) -> dict[str, str]:
        return self.common(status) | {
            "DialALegUUID": self.call_uuid,
            "DialBLegUUID": leg.uuid,
            "DialBLegFrom": leg.caller_id.removeprefix("+"),
            "DialBLegTo": leg.to.removeprefix("+"),
            "DialBLegBillRate": str(B_LEG_RATE),
            "DialBLegPosition": "1",
        }

    def dial_end(self, leg: Leg, ended: Unanswered, *, caller_left: bool) -> dict[str, str]:
        answered = leg.answered_at is not None
        return self.common("completed" if caller_left else "in-progress") | {
            "DialStatus": ended.status,
            "DialRingStatus": str(ended.rang).lower(),
            "DialHangupCause": ended.cause.text,
            "DialALegUUID": self.call_uuid,
            "DialBLegUUID": leg.uuid if answered else "",
        }

    def recording(self, leg: Leg, file_format: str, *, seconds: int) -> dict[str, str]:
        """Parameters for the recording of a leg that was answered."""
        assert leg.answered_at is not None
        uuid = f"{leg.uuid[:-12]}{self.call_uuid[-12:]}"
        started = int(self.started.timestamp() * 1000) + leg.answered_at * 1000
        folder = f"{self.media}/v1/Account/{self.parent_auth_id}/Recording"
        return self.common("completed") | {
            "RecordUrl": f"{folder}/{uuid}.{file_format}",
            "RecordingID": uuid,
            "RecordingDuration": str(seconds),
            "RecordingDurationMs": str(seconds * 1000),
            "RecordingStartMs": str(started),
            "RecordingEndMs": str(started + seconds * 1000),
            "Digits": "",
        }

    def no_recording(self) -> dict[str, str]:
        """Nothing was recorded: no file, no figures."""
        names = ("Url", "ingID", "ingDuration", "ingDurationMs", "ingStartMs", "ingEndMs")
        return self.common("completed") | {f"Record{name}": "" for name in names} | {"Digits": ""}

    def hangup(self, hangup: Hangup) -> dict[str, str]:
        answer_time = "" if hangup.answered_at is None else self._local(hangup.answered_at)
        return self.common(hangup.status) | {
            "Event": "Hangup",
            "StartTime": self._local(0),
            "AnswerTime": answer_time,
            "EndTime": self._local(hangup.ended_at),
            "Duration": str(hangup.duration),
            "BillDuration": str(billed(hangup.duration)),
            "TotalCost": str(cost(hangup.duration, A_LEG_RATE)),
            "HangupCause": hangup.cause.text,
            "HangupCauseCode": str(hangup.cause.code),
            "HangupCauseName": hangup.cause.name,
            "HangupSource": hangup.source,
        }

    def _local(self, seconds: int) -> str:
        instant = self.started + timedelta(seconds=seconds)
        return instant.astimezone(_ACCOUNT_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def billed(seconds: int) -> int:
    """Seconds rounded up to whole pulses."""
    return -(-seconds // PULSE_SECONDS) * PULSE_SECONDS


def cost(seconds: int, rate: Decimal) -> Decimal:
    """Compute the price of a leg of that length, at a rate per minute."""
    return (rate * billed(seconds) / 60).quantize(Decimal("0.00001"))


def country(number: str) -> str:
    digits = number.removeprefix("+")
    codes = (code for prefix, code in _COUNTRIES.items() if digits.startswith(prefix))
    return next(codes, "US")
