"""What a customer reads: the published attributes of a session status callback."""

from datetime import UTC, datetime

from maskline.callbacks.messages import CallbackMessage
from maskline.domain.events import Outcome
from maskline.domain.phone_numbers import digits

Fields = list[tuple[str, str]]


def fields_of(message: CallbackMessage) -> Fields:
    """Names and values, in the order of the published list; numbers are digits without a plus."""
    event = message.event
    told_at = datetime.fromtimestamp(event.at // 1000, UTC)
    return [
        ("EventName", event.name),
        ("EventTimestamp", told_at.strftime("%Y-%m-%d %H:%M:%S")),
        ("SessionUUID", message.session_uuid),
        ("From", digits(event.from_number)),
        ("To", digits(event.to_number)),
        ("VirtualNumber", digits(event.virtual_number)),
        *(_outcome_fields(event.outcome) if event.outcome else []),
        ("SequenceNumber", str(message.sequence)),
    ]


def _outcome_fields(outcome: Outcome) -> Fields:
    return [
        ("Amount", outcome.amount),
        ("BilledDuration", str(outcome.billed_seconds)),
        ("Duration", str(outcome.duration_seconds)),
        ("PlivoHangupCause", outcome.hangup_cause),
        ("PlivoHangupCauseCode", str(outcome.hangup_code)),
    ]
