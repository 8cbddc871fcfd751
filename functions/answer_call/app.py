"""Somebody listens at the telephone: tell the carrier what to do with the call."""

from maskline.carriers.adapter import Digits, Document, Inbound
from maskline.carriers.urls import Door, Step
from maskline.deployment_keys import fetch_secret
from maskline.domain.calls.plan import Whisper
from maskline.domain.calls.report import CallReport
from maskline.entry.startup import prepare
from maskline.entry.webhook import Webhook, webhook_handler
from maskline.services.accounts.carrier_credentials import read_credentials
from maskline.services.calls.answer import answer_call
from maskline.services.calls.collect_pin import PinEntry, collect_pin
from maskline.services.calls.follow_placed import answer_first_leg
from maskline.services.calls.kept_answer import Answer
from maskline.services.calls.record import read_whisper, record_hangup


@webhook_handler(Door.CALL)
def handler(webhook: Webhook) -> Document | None:
    """Answer a call, a PIN that was entered or not, a first party who picked up, and a callee."""
    urls, carrier, account = webhook.urls, webhook.carrier, webhook.account
    match webhook.step, webhook.message:
        case Step.ANSWER, Inbound(call_uuid) as call:
            return _document(webhook, answer_call(call, carrier, account), call_uuid)
        case Step.DIGITS, Digits(entered):
            entry = PinEntry(urls.session_uuid, urls.call_uuid, urls.attempt, entered)
            return _document(webhook, collect_pin(entry, carrier, account), urls.call_uuid)
        case Step.FIRST_ANSWER, CallReport(leg_uuid=call_uuid):
            plan = answer_first_leg(urls.session_uuid, call_uuid, carrier, account)
            return webhook.document(plan, call_uuid=call_uuid)
        case Step.WHISPER, _:
            return webhook.document(Whisper(read_whisper(urls.session_uuid, urls.call_uuid)))
        case Step.ANSWER, CallReport() as report:
            record_hangup(urls.account_id, report)
    return None


def _document(webhook: Webhook, answer: Answer, call_uuid: str) -> Document:
    return webhook.document(
        answer.plan,
        session_uuid=answer.session_uuid,
        call_uuid=call_uuid,
        attempt=answer.pin_attempt,
    )


prepare(fetch_secret, read_credentials)
