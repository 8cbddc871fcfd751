"""Nobody listens: the carrier reports what became of a call, a leg or a recording."""

from maskline.carriers.adapter import Document, OfCall
from maskline.carriers.urls import Door, Step
from maskline.deployment_keys import fetch_secret
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport, RecordingReport
from maskline.entry.startup import prepare
from maskline.entry.webhook import Webhook, webhook_handler
from maskline.services.calls.follow_placed import record_first_leg
from maskline.services.calls.record import (
    after_dial,
    record_dial_end,
    record_hangup,
    record_of_call,
    record_report,
)


@webhook_handler(Door.EVENT)
def handler(webhook: Webhook) -> Document | None:
    """Record a report. Only the end of a dial is answered, with what comes after it."""
    if webhook.step is Step.DIAL_END:
        return webhook.document(_after_dial(webhook))
    _record(webhook)
    return None


def _after_dial(webhook: Webhook) -> CallPlan:
    session_uuid, call_uuid = webhook.urls.session_uuid, webhook.urls.call_uuid
    if isinstance(webhook.message, CallReport):
        return record_dial_end(session_uuid, call_uuid, webhook.message)
    return after_dial(session_uuid, call_uuid)


def _record(webhook: Webhook) -> None:
    session_uuid, call_uuid = webhook.urls.session_uuid, webhook.urls.call_uuid
    match webhook.step, webhook.message:
        case Step.HANGUP, CallReport() as report:
            record_hangup(webhook.urls.account_id, report)
        case Step.HANGUP, OfCall(call_uuid=named, report=told):
            record_of_call(webhook.urls.account_id, named, told)
        case Step.FIRST_HANGUP, OfCall(call_uuid=named, report=told):
            record_report(session_uuid, named, told)
        case ((Step.FIRST_RING | Step.FIRST_HANGUP), CallReport() as report):
            record_first_leg(session_uuid, report, webhook.carrier.name)
        case _, (CallReport() | RecordingReport() as said):
            record_report(session_uuid, call_uuid, said)


prepare(fetch_secret)
