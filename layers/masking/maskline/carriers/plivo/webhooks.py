"""Read Plivo's webhooks, and its records of calls, into the domain's words."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from maskline.carriers import values
from maskline.carriers.adapter import Digits, Inbound, Message
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import Step
from maskline.domain.calls.call_order import first_leg
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import (
    CallReport,
    LegStatus,
    RecordingReport,
    ReportKind,
    Side,
    begun,
)

# Until the year 5138.
_MILLISECONDS = re.compile(r"([0-9]{1,14})(?:\.[0-9]*)?")
_REJECTED = "CALL_REJECTED"
_CENT_FRACTION = Decimal("0.00001")

# Call and dial statuses share their words; "timeout" is an unanswered ring.
_STATUSES = {
    "ringing": LegStatus.RINGING,
    "in-progress": LegStatus.IN_PROGRESS,
    "completed": LegStatus.COMPLETED,
    "busy": LegStatus.BUSY,
    "failed": LegStatus.FAILED,
    "timeout": LegStatus.NO_ANSWER,
    "no-answer": LegStatus.NO_ANSWER,
    "cancel": LegStatus.CANCEL,
}

# The dial callback gives no status of an ended leg, only a hangup code.
_STATUS_BY_CODE = {
    1000: LegStatus.CANCEL,
    3000: LegStatus.NO_ANSWER,
    3010: LegStatus.BUSY,
    3020: LegStatus.REJECTED,
    4000: LegStatus.COMPLETED,
    4010: LegStatus.COMPLETED,
    6000: LegStatus.COMPLETED,
    6010: LegStatus.NO_ANSWER,
}


def read(step: Step, request: CarrierRequest) -> Message:
    """Read a webhook, as Carrier.read; a recording is not located yet."""
    return _READERS[step](request)


def _answer(request: CarrierRequest) -> Inbound | CallReport:
    """An application without a hangup URL has the ends of its calls reported to the answer URL."""
    if request.param("Event") == "Hangup" or request.param("HangupCause"):
        return _hangup(request)
    return Inbound.of(_essential_uuid(request), request.param("From"), request.param("To"))


def _digits(request: CarrierRequest) -> Digits:
    return Digits.of(request.param("Digits"))


def _first_leg(kind: ReportKind, request: CarrierRequest) -> CallReport:
    return first_leg(kind, _essential_uuid(request))


def _dial_callback(request: CarrierRequest) -> CallReport | None:
    """The Dial's callbackUrl; None for what changes nothing. Raises MalformedWebhookError."""
    match request.param("DialAction"):
        case "answer":
            return begun(ReportKind.ANSWERED, Side.CALLEE, _uuid(request, "DialBLegUUID"))
        case "hangup":
            return _callee_ended(request)
        case _:
            return None


def _callee_ended(request: CarrierRequest) -> CallReport:
    """The carrier gives no status of this leg: that of a code says nothing about an answer."""
    duration = _seconds(request, "DialBLegDuration")
    billed = _seconds(request, "DialBLegBillDuration")
    code = _code(request, "DialBLegHangupCauseCode")
    talked = duration > 0 or billed > 0
    return CallReport(
        kind=ReportKind.ENDED,
        side=Side.CALLEE,
        leg_uuid=_uuid(request, "DialBLegUUID"),
        status=LegStatus.COMPLETED if talked else _STATUS_BY_CODE.get(code, LegStatus.FAILED),
        duration_seconds=duration,
        billed_seconds=billed,
        amount=_cost(values.money(request.param("DialBLegBillRate")), billed),
        hangup_cause=_cause(request, "DialBLegHangupCause", "DialBLegHangupCauseName"),
        hangup_code=code,
    )


def _dial_end(request: CarrierRequest) -> CallReport:
    """The Dial's action URL: the attempt is over. Raises MalformedWebhookError."""
    status = _final_status(request.param("DialStatus"), LegStatus.FAILED)
    cause = _cause(request, "DialHangupCause")
    return CallReport(
        kind=ReportKind.DIAL_OVER,
        side=Side.CALLEE,
        leg_uuid=_uuid(request, "DialBLegUUID"),
        # The carrier's statuses tell who is busy and who rejects the call alike.
        status=LegStatus.REJECTED if cause == _REJECTED else status,
        hangup_cause=cause,
    )


def _hangup(request: CarrierRequest) -> CallReport:
    """The hangup URL: the caller's leg and how it ended. Raises MalformedWebhookError."""
    duration = _seconds(request, "Duration")
    unnamed = LegStatus.COMPLETED if duration else LegStatus.FAILED
    status = _final_status(request.param("CallStatus"), unnamed)
    return CallReport(
        kind=ReportKind.ENDED,
        side=Side.CALLER,
        leg_uuid=_essential_uuid(request),
        status=status,
        was_answered=status is LegStatus.COMPLETED,
        duration_seconds=duration,
        billed_seconds=_seconds(request, "BillDuration"),
        amount=values.money(request.param("TotalCost")),
        hangup_cause=_cause(request, "HangupCause", "HangupCauseName"),
        hangup_code=_code(request, "HangupCauseCode"),
    )


def _recording(request: CarrierRequest) -> RecordingReport | None:
    """The Record's callbackUrl; None while recording goes on. Raises MalformedWebhookError.

    Without an id and a file there is no recording: that is how a failure shows.
    """
    if request.param("RecordingDuration") == "-1":
        return None
    uuid = _uuid(request, "RecordingID")
    media_url = values.media_url(request.param("RecordUrl"))
    if not uuid or not media_url:
        return RecordingReport(Recording(status=RecordingStatus.FAILED))
    recording = Recording(
        status=RecordingStatus.COMPLETED,
        uuid=uuid,
        media_url=media_url,
        duration_seconds=_seconds(request, "RecordingDuration"),
        started_at=_instant(request, "RecordingStartMs"),
        ended_at=_instant(request, "RecordingEndMs"),
    )
    return RecordingReport(recording)


def _final_status(word: str, otherwise: LegStatus) -> LegStatus:
    """An end cannot leave a leg ringing, whatever the carrier calls it."""
    status = _STATUSES.get(word.lower(), otherwise)
    return status if status.is_final else otherwise


def read_record(leg_uuid: str, record: Mapping[str, Any]) -> CallReport | None:
    """Read the record of a leg; None if it is not over."""
    told = {name: str(value) for name, value in record.items() if value is not None}
    if not told.get("end_time"):
        return None
    duration = values.seconds(told.get("call_duration", ""))
    code = values.code(told.get("hangup_cause_code", ""))
    was_answered = bool(told.get("answer_time")) or duration > 0
    return CallReport(
        kind=ReportKind.ENDED,
        side=Side.CALLER,
        leg_uuid=leg_uuid,
        status=(
            LegStatus.COMPLETED if was_answered else _STATUS_BY_CODE.get(code, LegStatus.FAILED)
        ),
        was_answered=was_answered,
        duration_seconds=duration,
        billed_seconds=values.seconds(told.get("bill_duration", "")),
        amount=values.money(told.get("total_amount", "")),
        hangup_cause=values.cause(told.get("hangup_cause_name", "")),
        hangup_code=code,
    )


def _essential_uuid(request: CarrierRequest) -> str:
    return values.essential_id(request.param("CallUUID"), "CallUUID")


def _uuid(request: CarrierRequest, name: str) -> str:
    return values.known_id(request.param(name), name)


def _seconds(request: CarrierRequest, name: str) -> int:
    return values.seconds(request.param(name))


def _instant(request: CarrierRequest, name: str) -> int | None:
    found = _MILLISECONDS.fullmatch(request.param(name))
    return int(found[1]) if found else None


def _code(request: CarrierRequest, name: str) -> int:
    return values.code(request.param(name))


def _cost(rate_per_minute: Decimal | None, billed_seconds: int) -> Decimal | None:
    """The callback names a rate and no cost."""
    if rate_per_minute is None:
        return None
    return (rate_per_minute * billed_seconds / 60).quantize(_CENT_FRACTION)


def _cause(request: CarrierRequest, *names: str) -> str:
    return values.cause(*map(request.param, names))


_READERS: dict[Step, Callable[[CarrierRequest], Message]] = {
    Step.ANSWER: _answer,
    Step.DIGITS: _digits,
    Step.WHISPER: lambda _: None,
    Step.FIRST_ANSWER: partial(_first_leg, ReportKind.ANSWERED),
    Step.DIAL: _dial_callback,
    Step.DIAL_END: _dial_end,
    Step.RECORDING: _recording,
    Step.HANGUP: _hangup,
    Step.FIRST_RING: partial(_first_leg, ReportKind.RINGING),
    Step.FIRST_HANGUP: _hangup,
}
