"""The carrier's words about a call: webhook parameters, hangup causes and prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from local.phone.api.rented import country
from local.phone.dialect import Moment
from local.phone.grammar.dialect import Words
from local.phone.legs import RINGS, By, Reason

if TYPE_CHECKING:
    from local.phone.api.calls import KeptCall
    from local.phone.carrier_call import CarrierCall

A_LEG_RATE = Decimal("0.00850")
B_LEG_RATE = Decimal("0.00750")
PULSE_SECONDS = 60
MEDIA = "https://media.plivo.com"

# The account's time zone is deliberately not UTC: the real carrier's times were not either.
_ACCOUNT_ZONE = timezone(timedelta(hours=-8))


@dataclass(frozen=True)
class Cause:
    """One row of the carrier's hangup table."""

    code: int
    name: str
    text: str


_CAUSES: Mapping[Reason, Cause] = {
    "hangup": Cause(4000, "Normal Hangup", "NORMAL_CLEARING"),
    "document": Cause(4010, "End Of XML Instructions", "NORMAL_CLEARING"),
    "limit": Cause(6000, "Scheduled Hangup", "ALLOTTED_TIMEOUT"),
    "failed": Cause(7011, "Error Reaching Answer URL", "NORMAL_CLEARING"),
    "busy": Cause(3010, "Busy Line", "USER_BUSY"),
    "rejected": Cause(3020, "Rejected", "CALL_REJECTED"),
    "no-answer": Cause(3000, "No Answer", "NO_ANSWER"),
    "timeout": Cause(6010, "Ring Timeout Reached", "PROGRESS_TIMEOUT"),
    "unreachable": Cause(2010, "Out Of Service", "DESTINATION_OUT_OF_ORDER"),
    "loop": Cause(2060, "Loop Detected", "EXCHANGE_ROUTING_ERROR"),
    "cancel": Cause(1000, "Cancelled", "ORIGINATOR_CANCEL"),
}
_SOURCES: Mapping[By, str] = {
    "caller": "Caller",
    "callee": "Callee",
    "carrier": "Plivo",
    "document": "Answer XML",
    "error": "Error",
}

Params = dict[str, str]


def cause_of(reason: Reason) -> Cause:
    return _CAUSES[reason]


def common(call: "CarrierCall", status: str) -> Params:
    """The facts of a call that every webhook repeats."""
    # For one destination the carrier's request id is that of the call.
    request = ("ALegUUID", "ALegRequestUUID", "RequestUUID")
    return (dict.fromkeys(request, call.call_uuid) if call.is_placed else {}) | {
        "CallUUID": call.call_uuid,
        "From": call.caller.removeprefix("+"),
        "To": call.dialled_number.removeprefix("+"),
        "CallStatus": status,
        "Direction": "outbound" if call.is_placed else "inbound",
        "BillRate": str(A_LEG_RATE),
        "CountryCode": country(call.dialled_number),
        "ParentAuthID": call.carrier.account_id,
        "RouteType": "Domestic_Anchored",
        "SessionStart": call.started.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "STIRVerification": "Not Applicable",
    }


def start(call: "CarrierCall") -> Params:
    return common(call, "in-progress" if call.is_placed else "ringing") | {"Event": "StartApp"}


def ring(call: "CarrierCall") -> Params:
    """Parameters for a call that the carrier was asked to place."""
    return common(call, "ringing") | {"Event": "Ring"}


def redirect(call: "CarrierCall") -> Params:
    return common(call, "in-progress") | {"Event": "Redirect"}


def digits(call: "CarrierCall") -> Params:
    return common(call, "in-progress") | {"Digits": call.entered}


def dial_event(action: str, call: "CarrierCall") -> Params:
    """`action`: answer or connected."""
    return _dial(call) | {
        "Event": f"Dial{action.capitalize()}",
        "DialAction": action,
        "DialBLegStatus": action,
    }


def dial_hangup(call: "CarrierCall") -> Params | None:
    leg, cause = call.legs[-1], _CAUSES[call.legs[-1].reason]
    if leg.answered_at is None and not call.carrier.reports_unanswered_legs:
        return None
    # Whoever it was that a leg was refused for, the carrier names the callee.
    by: By = leg.ended_by if leg.answered_at is not None else "callee"
    return _dial(call) | {
        "Event": "DialHangup",
        "DialAction": "hangup",
        "DialBLegStatus": "hangup",
        "DialBLegDuration": str(leg.duration),
        "DialBLegBillDuration": str(billed(leg.duration)),
        "DialBLegHangupCause": cause.text,
        "DialBLegHangupCauseName": cause.name,
        "DialBLegHangupCauseCode": str(cause.code),
        "DialBLegHangupSource": _SOURCES[by],
    }


def confirm(call: "CarrierCall") -> Params:
    """Parameters of a request for confirmSound: a guess, for they are not documented."""
    return _dial(call)


def _dial(call: "CarrierCall") -> Params:
    leg = call.legs[-1]
    return common(call, "in-progress") | {
        "DialALegUUID": call.call_uuid,
        "DialBLegUUID": leg.uuid,
        "DialBLegFrom": leg.caller_id.removeprefix("+"),
        "DialBLegTo": leg.to.removeprefix("+"),
        "DialBLegBillRate": str(B_LEG_RATE),
        "DialBLegPosition": "1",
    }


def dial_end(call: "CarrierCall") -> Params:
    leg = call.legs[-1]
    answered = leg.answered_at is not None
    rang = answered or leg.status in RINGS
    return common(call, "completed" if leg.ended_by == "caller" else "in-progress") | {
        "DialStatus": leg.final_status,
        "DialRingStatus": str(rang).lower(),
        "DialHangupCause": _CAUSES[leg.reason].text,
        "DialALegUUID": call.call_uuid,
        "DialBLegUUID": leg.uuid if answered else "",
    }


def recording(call: "CarrierCall") -> Params:
    """Parameters for the recording of a leg that was answered, or for one that failed."""
    made = call.recording
    if made is None:
        return no_recording(call)
    started_ms = call.instant_ms(made.started_at) or 0
    media = call.carrier.media or MEDIA
    return common(call, "completed") | {
        "RecordUrl": recording_url(media, call.carrier.account_id, made.uuid, made.file_format),
        "RecordingID": made.uuid,
        "RecordingDuration": str(made.seconds),
        "RecordingDurationMs": str(made.seconds * 1000),
        "RecordingStartMs": str(started_ms),
        "RecordingEndMs": str(started_ms + made.seconds * 1000),
        "Digits": "",
    }


def no_recording(call: "CarrierCall") -> Params:
    """Nothing was recorded: no file, no figures."""
    names = ("Url", "ingID", "ingDuration", "ingDurationMs", "ingStartMs", "ingEndMs")
    return common(call, "completed") | {f"Record{name}": "" for name in names} | {"Digits": ""}


def recording_url(media: str, account_id: str, uuid: str, file_format: str) -> str:
    return f"{media}/v1/Account/{account_id}/Recording/{uuid}.{file_format}"


def hangup(call: "CarrierCall") -> Params:
    assert call.ended is not None
    ended, cause = call.ended, _CAUSES[call.ended.reason]
    return common(call, ended.status) | {
        "Event": "Hangup",
        "StartTime": _local(call, 0),
        "AnswerTime": "" if ended.answered_at is None else _local(call, ended.answered_at),
        "EndTime": _local(call, ended.ended_at),
        "Duration": str(ended.duration),
        "BillDuration": str(billed(ended.duration)),
        "TotalCost": str(cost(ended.duration, A_LEG_RATE)),
        "HangupCause": cause.text,
        "HangupCauseCode": str(cause.code),
        "HangupCauseName": cause.name,
        "HangupSource": _SOURCES[ended.by],
    }


def call_record(call: "KeptCall", *, is_priced: bool) -> dict[str, Any]:
    """The carrier's record of a leg that is over, beyond whose it is."""
    cause = _CAUSES[cast(Reason, call.reason)]
    rate = B_LEG_RATE if call.parent else A_LEG_RATE
    return {
        "initiation_time": _written(call.started_ms),
        "answer_time": _written(call.answered_ms),
        "end_time": _written(call.ended_ms),
        "call_duration": call.seconds,
        "bill_duration": billed(call.seconds),
        "call_state": "ANSWER" if call.answered_ms is not None else "NO_ANSWER",
        "hangup_cause_code": cause.code,
        "hangup_cause_name": cause.name,
        "total_rate": str(rate),
        "total_amount": str(cost(call.seconds, rate)) if is_priced else None,
    }


def _written(instant_ms: int | None) -> str | None:
    """An instant as the API writes it: 2026-03-01 10:44:37-08:00."""
    if instant_ms is None:
        return None
    instant = datetime.fromtimestamp(instant_ms / 1000, _ACCOUNT_ZONE)
    return instant.isoformat(" ", timespec="seconds")


def _local(call: "CarrierCall", seconds: int) -> str:
    instant = call.started + timedelta(seconds=seconds)
    return instant.astimezone(_ACCOUNT_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def billed(seconds: int) -> int:
    """Seconds rounded up to whole pulses."""
    return -(-seconds // PULSE_SECONDS) * PULSE_SECONDS


def cost(seconds: int, rate: Decimal) -> Decimal:
    """Compute the price of a leg of that length, at a rate per minute."""
    return (rate * billed(seconds) / 60).quantize(Decimal("0.00001"))


WORDS: Words = {
    Moment.ARRIVED: start,
    Moment.FALLEN_BACK: start,
    Moment.REDIRECTED: redirect,
    Moment.ENTERED: digits,
    Moment.WHISPER: confirm,
    Moment.DIAL_OVER: dial_end,
    Moment.CALL_RINGING: ring,
    Moment.CALL_ENDED: hangup,
    Moment.LEG_ANSWERED: partial(dial_event, "answer"),
    Moment.LEG_BRIDGED: partial(dial_event, "connected"),
    Moment.LEG_ENDED: dial_hangup,
    Moment.RECORDED: recording,
    Moment.NOT_RECORDED: recording,
}
