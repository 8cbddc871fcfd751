"""Read Plivo's webhooks into the domain's words.

Only ids are essential. Figures that are missing or absurd count as zero: a call that ended has
ended, whatever else is wrong with the report.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

from maskline.carriers.adapter import Digits, Inbound, Message
from maskline.carriers.plivo import api
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.carriers.urls import Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import first_leg
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport, ReportKind, Side
from maskline.domain.phone_numbers import read_caller, read_number

# Opaque, and part of a key, of URLs and log lines: mere digits could be a phone number.
_UUID = re.compile(r"(?![0-9]+$)[A-Za-z0-9_-]{1,64}")
# A call lasts at most a day; what does not fit six digits is no duration.
_SECONDS = re.compile(r"([0-9]{1,6})(?:\.[0-9]*)?")
_CODE = re.compile(r"[0-9]{1,5}")
_MONEY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,12})?")
# Until the year 5138.
_MILLISECONDS = re.compile(r"([0-9]{1,14})(?:\.[0-9]*)?")
_MEDIA_URL = re.compile(r"https?://[!-~]{1,2000}")
_UNPRINTABLE = re.compile(r"[^ -~]")
_MAX_CAUSE = 64
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


def read(step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:
    """Read a webhook, as Carrier.read."""
    message = _READERS[step](request)
    return _located(message, account) if isinstance(message, RecordingReport) else message


def _answer(request: CarrierRequest) -> Inbound | CallReport:
    """An application without a hangup URL has the ends of its calls reported to the answer URL."""
    is_hangup = request.param("Event") == "Hangup" or bool(request.param("HangupCause"))
    return _hangup(request) if is_hangup else _inbound(request)


def _inbound(request: CarrierRequest) -> Inbound:
    dialled = read_number(request.param("To"))
    return Inbound(
        call_uuid=_essential_uuid(request),
        caller=read_caller(request.param("From"), dialled=dialled),
        dialled=dialled,
    )


def _digits(request: CarrierRequest) -> Digits:
    return Digits(request.param("Digits").strip().removesuffix("#"))


def _first_leg(kind: ReportKind, request: CarrierRequest) -> CallReport:
    return first_leg(kind, _essential_uuid(request))


def _located(report: RecordingReport, account: CarrierAccount) -> RecordingReport:
    """The webhook names a recording's file, and not the carrier's record of it."""
    if not report.recording.uuid:
        return report
    url = api.recording_url(account, report.recording.uuid)
    return RecordingReport(replace(report.recording, resource_url=url))


def _dial_callback(request: CarrierRequest) -> CallReport | None:
    """The Dial's callbackUrl; None for what changes nothing. Raises MalformedWebhookError."""
    match request.param("DialAction"):
        case "answer":
            return CallReport(
                ReportKind.ANSWERED,
                Side.CALLEE,
                _uuid(request, "DialBLegUUID"),
                LegStatus.IN_PROGRESS,
            )
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
        amount=_cost(_money(request, "DialBLegBillRate"), billed),
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
        amount=_money(request, "TotalCost"),
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
    media_url = request.param("RecordUrl")
    if not uuid or not _MEDIA_URL.fullmatch(media_url):
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


def _essential_uuid(request: CarrierRequest) -> str:
    call_uuid = _uuid(request, "CallUUID")
    if not call_uuid:
        raise MalformedWebhookError("CallUUID is missing")
    return call_uuid


def _uuid(request: CarrierRequest, name: str) -> str:
    value = request.param(name)
    if value and not _UUID.fullmatch(value):
        raise MalformedWebhookError(f"{name} is not a call id")
    return value


def _seconds(request: CarrierRequest, name: str) -> int:
    found = _SECONDS.fullmatch(request.param(name))
    return int(found[1]) if found else 0


def _instant(request: CarrierRequest, name: str) -> int | None:
    found = _MILLISECONDS.fullmatch(request.param(name))
    return int(found[1]) if found else None


def _code(request: CarrierRequest, name: str) -> int:
    value = request.param(name)
    return int(value) if _CODE.fullmatch(value) else 0


def _money(request: CarrierRequest, name: str) -> Decimal:
    value = request.param(name)
    return Decimal(value) if _MONEY.fullmatch(value) else Decimal(0)


def _cost(rate_per_minute: Decimal, billed_seconds: int) -> Decimal:
    """The callback names a rate and no cost."""
    return (rate_per_minute * billed_seconds / 60).quantize(_CENT_FRACTION)


def _cause(request: CarrierRequest, *names: str) -> str:
    text = next(filter(None, map(request.param, names)), "")
    return _UNPRINTABLE.sub("", text)[:_MAX_CAUSE]


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
