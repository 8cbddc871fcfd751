"""What a customer reads: the published attributes of a session status or recording callback."""

from datetime import UTC, datetime

from maskline.callbacks.messages import CallbackMessage
from maskline.domain.events import Outcome, PinCheck
from maskline.domain.phone_numbers import digits
from maskline.domain.recordings import Recording

Fields = list[tuple[str, str]]


def fields_of(message: CallbackMessage) -> Fields:
    """Names and values, in the order of the published list; numbers are digits without a plus."""
    event = message.event
    return [
        ("EventName", event.name),
        ("EventTimestamp", _time_text(event.at)),
        ("SessionUUID", message.session_uuid),
        ("From", digits(event.from_number)),
        ("To", digits(event.to_number)),
        ("VirtualNumber", digits(event.virtual_number)),
        *(_pin_fields(event.pin_check) if event.pin_check else []),
        *(_outcome_fields(event.outcome) if event.outcome else []),
        *(_recording_fields(event.recording) if event.recording else []),
        ("SequenceNumber", str(message.sequence)),
    ]


def _time_text(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _recording_fields(recording: Recording) -> Fields:
    """All of them with every event; empty where nothing is known (yet)."""
    seconds, started, ended = recording.duration_seconds, recording.started_at, recording.ended_at
    return [
        ("RecordingUUID", recording.uuid),
        ("RecordingURL", recording.media_url),
        ("RecordingResourceURL", recording.resource_url),
        ("RecordingDuration", "" if seconds is None else str(seconds)),
        ("RecordingStartTime", "" if started is None else _time_text(started)),
        ("RecordingEndTime", "" if ended is None else _time_text(ended)),
        ("RecordingFormat", f".{recording.file_format}"),
    ]


def _outcome_fields(outcome: Outcome) -> Fields:
    return [
        ("Amount", outcome.amount),
        ("BilledDuration", str(outcome.billed_seconds)),
        ("Duration", str(outcome.duration_seconds)),
        ("PlivoHangupCause", outcome.hangup_cause),
        ("PlivoHangupCauseCode", str(outcome.hangup_code)),
    ]


def _pin_fields(check: PinCheck) -> Fields:
    return [
        ("PinAuthenticationStatus", check.status),
        ("PinRetryCounter", str(check.retries)),
    ]
