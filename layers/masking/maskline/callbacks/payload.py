"""The published attributes of a session status or recording callback."""

from datetime import UTC, datetime

from maskline.callbacks.messages import CallbackMessage
from maskline.domain.calls.events import LegOutcome, PinCheck
from maskline.domain.calls.recording import Recording
from maskline.domain.phone_numbers import digits

Fields = list[tuple[str, str]]

_ALWAYS = ("EventName", "EventTimestamp", "SessionUUID", "From", "To", "VirtualNumber")
_PIN = ("PinAuthenticationStatus", "PinRetryCounter")
_OUTCOME = ("Amount", "BilledDuration", "Duration", "PlivoHangupCause", "PlivoHangupCauseCode")
# Ours: the compatible API's only carrier charges in dollars.
_CURRENCY = ("Currency",)
_RECORDING = (
    "RecordingUUID",
    "RecordingURL",
    "RecordingResourceURL",
    "RecordingDuration",
    "RecordingStartTime",
    "RecordingEndTime",
    "RecordingFormat",
)
# Ours: the compatible API's callbacks do not name the call.
_CALL = ("CallUUID",)
_LAST = ("SequenceNumber",)
# All that any callback says, whatever its event.
NAMES = (*_ALWAYS, *_PIN, *_OUTCOME, *_CURRENCY, *_RECORDING, *_CALL, *_LAST)


def fields_of(message: CallbackMessage) -> Fields:
    """Names and values, in the order of the published list; numbers are digits without a plus."""
    event = message.event
    always = (
        event.name,
        _time_text(event.at),
        message.session_uuid,
        digits(event.from_number),
        digits(event.to_number),
        digits(event.virtual_number),
    )
    return [
        *zip(_ALWAYS, always, strict=True),
        *(_pin_fields(event.pin_check) if event.pin_check else []),
        *(_outcome_fields(event.outcome) if event.outcome else []),
        *(_recording_fields(event.recording) if event.recording else []),
        *(zip(_CALL, (event.call_uuid,), strict=True) if event.call_uuid else []),
        *zip(_LAST, (str(message.sequence),), strict=True),
    ]


def _time_text(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _recording_fields(recording: Recording) -> Fields:
    """All of them with every event; empty where nothing is known (yet)."""
    seconds, started, ended = recording.duration_seconds, recording.started_at, recording.ended_at
    values = (
        recording.uuid,
        recording.media_url,
        recording.resource_url,
        "" if seconds is None else str(seconds),
        "" if started is None else _time_text(started),
        "" if ended is None else _time_text(ended),
        f".{recording.file_format}",
    )
    return [*zip(_RECORDING, values, strict=True)]


def _outcome_fields(outcome: LegOutcome) -> Fields:
    values = (
        outcome.amount,
        str(outcome.billed_seconds),
        str(outcome.duration_seconds),
        outcome.hangup_cause,
        str(outcome.hangup_code),
        outcome.currency if outcome.amount else "",
    )
    return [*zip((*_OUTCOME, *_CURRENCY), values, strict=True)]


def _pin_fields(check: PinCheck) -> Fields:
    return [*zip(_PIN, (check.status, str(check.retries)), strict=True)]
