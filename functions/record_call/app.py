"""Nobody listens: the carrier reports what became of a call, a leg or a recording."""

from maskline.carriers.adapter import Document
from maskline.carriers.urls import Door, Step
from maskline.deployment_keys import fetch_secret
from maskline.domain.calls.report import CallReport, RecordingReport
from maskline.entry.startup import prepare
from maskline.entry.webhook import Webhook, webhook_handler
from maskline.services.calls.follow_placed import record_first_leg
from maskline.services.calls.record import (
    after_dial,
    record_dial_end,
    record_hangup,
    record_report,
)


@webhook_handler(Door.EVENT)
def handler(webhook: Webhook) -> Document | None:
    """Record a report. Only the end of a dial is answered, with what comes after it."""
    session_uuid, call_uuid = webhook.urls.session_uuid, webhook.urls.call_uuid
    match webhook.step, webhook.message:
        case ((Step.HANGUP | Step.FIRST_RING | Step.FIRST_HANGUP), None):
            pass
        case Step.HANGUP, CallReport() as report:
            record_hangup(webhook.urls.account_id, report)
        case ((Step.FIRST_RING | Step.FIRST_HANGUP), CallReport() as report):
            record_first_leg(session_uuid, report)
        case Step.DIAL_END, CallReport() as report:
            return webhook.document(record_dial_end(session_uuid, call_uuid, report))
        case Step.DIAL_END, None:
            return webhook.document(after_dial(session_uuid, call_uuid))
        case _, (CallReport() | RecordingReport() | None) as said:
            record_report(session_uuid, call_uuid, said)
    return None


prepare(fetch_secret)
