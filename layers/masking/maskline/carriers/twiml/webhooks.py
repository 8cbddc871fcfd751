"""Read the family's webhooks, and its records of calls, into the domain's words."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from maskline.carriers import values
from maskline.carriers.adapter import Digits, Inbound, Message
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.carriers.twiml.xml import FORMAT
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
from maskline.domain.money import US_DOLLAR

_STATUSES = {
    "ringing": LegStatus.RINGING,
    "in-progress": LegStatus.IN_PROGRESS,
    "completed": LegStatus.COMPLETED,
    "busy": LegStatus.BUSY,
    "no-answer": LegStatus.NO_ANSWER,
    "failed": LegStatus.FAILED,
    "canceled": LegStatus.CANCEL,
}
# The Dial's own statuses have another word, for a conference.
_DIAL_STATUSES = _STATUSES | {"answered": LegStatus.COMPLETED}
_UNFINISHED = {"queued", "initiated", "ringing", "in-progress"}
# Somebody pressed the red button: a status of its own nowhere, and a cause where one is told.
_REJECTED_CAUSE, _REJECTED_CODES = "call_rejected", frozenset({603, 607})

# The SIP status, and the cause in words, by the names that one or the other carrier gives them.
_CODES = ("SipResponseCode", "SipHangupCause", "SipResultCode")
_CAUSE = "HangupCause"
# No carrier of the family tells what it bills: all of them count begun minutes.
_PULSE_SECONDS = 60
_CURRENCY = re.compile("[A-Z]{3}")
_FORMATS = {"mp3", "wav"}


def read(step: Step, request: CarrierRequest) -> Message:
    """Read a webhook, as Carrier.read; a recording is not located yet."""
    return _READERS[step](request)


def _inbound(request: CarrierRequest) -> Inbound:
    """The answer URL is the fallback too, of every document of a call.

    One that fails later, such as that after a Dial, must not ring the callee once more. Raises
    MalformedWebhookError.
    """
    failed = request.param("ErrorUrl")
    if failed and f"/{Step.ANSWER}/" not in failed:
        raise MalformedWebhookError("ErrorUrl is of a later document")
    return Inbound.of(_call(request), request.param("From"), request.param("To"))


def _digits(request: CarrierRequest) -> Digits:
    return Digits.of(request.param("Digits"))


def _callee(request: CarrierRequest) -> CallReport | None:
    """The Number's statusCallback; None for what changes nothing. Raises MalformedWebhookError."""
    call, status = _call(request), _status(request)
    match status:
        case LegStatus.RINGING:
            return begun(ReportKind.RINGING, Side.CALLEE, call)
        case LegStatus.IN_PROGRESS:
            return begun(ReportKind.ANSWERED, Side.CALLEE, call)
        case _:
            return _ended(Side.CALLEE, request)


def _first(request: CarrierRequest) -> CallReport | None:
    """A placed call's StatusCallback, which is one URL for all of its events.

    None for an answer, which has a webhook of its own.
    """
    if _status(request) is LegStatus.RINGING:
        return first_leg(ReportKind.RINGING, _call(request))
    return _ended(Side.CALLER, request)


def _hangup(request: CarrierRequest) -> CallReport | None:
    """The status URL of all of an account's calls, where a carrier may send any event of a leg."""
    is_dialled_leg = bool(request.param("ParentCallSid"))
    return None if is_dialled_leg else _ended(Side.CALLER, request)


def _ended(side: Side, request: CarrierRequest) -> CallReport | None:
    """The end of a leg; None if it is not over. Raises MalformedWebhookError.

    A leg that nobody answered lasted no second, whatever is said of its ringing.
    """
    call, status = _call(request), _status(request)
    if status is None or not status.is_final:
        return None
    was_answered = status is LegStatus.COMPLETED
    duration = values.seconds(request.param("CallDuration")) if was_answered else 0
    return CallReport(
        ReportKind.ENDED,
        side,
        call,
        status if was_answered else _refused(request, status),
        duration_seconds=duration,
        billed_seconds=_billed(duration),
        is_priced_later=True,
        hangup_cause=_cause(request, "CallStatus"),
        hangup_code=_code(request),
        was_answered=was_answered,
    )


def _dial_end(request: CarrierRequest) -> CallReport:
    """The Dial's action URL: the attempt is over. Raises MalformedWebhookError."""
    status = _DIAL_STATUSES.get(request.param("DialCallStatus").lower(), LegStatus.FAILED)
    if not status.is_final:
        status = LegStatus.FAILED
    if status is LegStatus.COMPLETED and not _is_bridged(request):
        status = LegStatus.NO_ANSWER
    return CallReport(
        ReportKind.DIAL_OVER,
        Side.CALLEE,
        values.known_id(request.param("DialCallSid"), "DialCallSid"),
        _refused(request, status),
        hangup_cause=_cause(request, "DialCallStatus"),
        hangup_code=_code(request),
    )


def _is_bridged(request: CarrierRequest) -> bool:
    """Tell if the two spoke: a callee may hang up while the whisper is played to them.

    Not every carrier says so; of the others, no conversation lasts no second.
    """
    told = request.param("DialBridged").lower()
    return told == "true" if told else request.param("DialCallDuration") != "0"


def _recording(request: CarrierRequest) -> RecordingReport | None:
    """The Dial's recordingStatusCallback; None while it goes on. Raises MalformedWebhookError."""
    word = request.param("RecordingStatus").lower()
    if word == "in-progress":
        return None
    uuid = values.known_id(request.param("RecordingSid"), "RecordingSid")
    if word != "completed" or not uuid:
        return RecordingReport(Recording(status=RecordingStatus.FAILED))
    duration = values.seconds(request.param("RecordingDuration"))
    started_at = _instant(request.param("RecordingStartTime"))
    recording = Recording(
        status=RecordingStatus.COMPLETED,
        uuid=uuid,
        media_url=_media_url(request),
        duration_seconds=duration,
        started_at=started_at,
        ended_at=started_at + duration * 1000 if started_at else None,
    )
    return RecordingReport(recording)


def _media_url(request: CarrierRequest) -> str:
    """Return the URL of the file in the format that our own URL names, "" where it names none."""
    wanted = next((value for name, value in request.query if name == FORMAT), "")
    url = values.media_url(request.param("RecordingUrl"))
    if not url or wanted not in _FORMATS:
        return ""
    return f"{url.removesuffix('.mp3').removesuffix('.wav')}.{wanted}"


def read_record(leg_uuid: str, record: Mapping[str, Any]) -> CallReport | None:
    """Read the Call resource of a leg; None if it is not over. Amounts are negative there."""
    told = {name: str(value) for name, value in record.items() if value is not None}
    word = told.get("status", "").lower()
    status = _STATUSES.get(word)
    if status is None or not status.is_final:
        return None
    was_answered = status is LegStatus.COMPLETED
    duration = values.seconds(told.get("duration", "")) if was_answered else 0
    unit = told.get("price_unit", "").upper()
    return CallReport(
        ReportKind.ENDED,
        Side.CALLER,
        leg_uuid,
        status,
        duration_seconds=duration,
        billed_seconds=_billed(duration),
        amount=values.money(told.get("price", "").removeprefix("-")),
        currency=unit if _CURRENCY.fullmatch(unit) else US_DOLLAR,
        is_priced_later=True,
        hangup_cause=values.cause(word),
        was_answered=was_answered,
    )


def is_alive(record: Mapping[str, Any]) -> bool | None:
    """Tell by the Call resource of a leg whether it is on; None if that does not say."""
    word = str(record.get("status", "")).lower()
    return True if word in _UNFINISHED else False if word in _STATUSES else None


def _call(request: CarrierRequest) -> str:
    return values.essential_id(request.param("CallSid"), "CallSid")


def _status(request: CarrierRequest) -> LegStatus | None:
    """Return None for a word that says nothing new, or that nobody knows."""
    return _STATUSES.get(request.param("CallStatus").lower())


def _refused(request: CarrierRequest, status: LegStatus) -> LegStatus:
    is_rejected = request.param(_CAUSE) == _REJECTED_CAUSE or _code(request) in _REJECTED_CODES
    return LegStatus.REJECTED if is_rejected and status is not LegStatus.COMPLETED else status


def _billed(duration_seconds: int) -> int:
    return -(-duration_seconds // _PULSE_SECONDS) * _PULSE_SECONDS


def _code(request: CarrierRequest) -> int:
    return next(filter(None, (values.code(request.param(name)) for name in _CODES)), 0)


def _cause(request: CarrierRequest, status_name: str) -> str:
    return values.cause(request.param(_CAUSE), request.param(status_name))


def _instant(text: str) -> int | None:
    """Read an instant as mails have it."""
    try:
        return int(datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %z").timestamp()) * 1000
    except (ValueError, OverflowError):
        return None


_READERS: dict[Step, Callable[[CarrierRequest], Message]] = {
    Step.ANSWER: _inbound,
    Step.DIGITS: _digits,
    Step.WHISPER: lambda _: None,
    Step.FIRST_ANSWER: lambda request: first_leg(ReportKind.ANSWERED, _call(request)),
    Step.DIAL: _callee,
    Step.DIAL_END: _dial_end,
    Step.RECORDING: _recording,
    Step.HANGUP: _hangup,
    Step.FIRST_RING: _first,
    Step.FIRST_HANGUP: _first,
}
