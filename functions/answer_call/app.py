"""A call lands on a virtual number: tell the carrier what to do with it."""

from functools import partial

from maskline.carriers.plivo import webhooks
from maskline.carriers.plivo.call_documents import AnsweredCall, call_document
from maskline.carriers.plivo.endpoint import Webhook, or_apology, webhook_handler
from maskline.carriers.plivo.responses import Response, acknowledged
from maskline.secrets import fetch_secret
from maskline.services.answer_call import Caller, answer_call
from maskline.services.carrier_credentials import (
    carrier_account,
    read_credentials,
    require_genuine,
    signing_account,
    signing_accounts,
)
from maskline.services.record_call import record_signed_hangup
from maskline.startup import prepare
from maskline.store.dialled import DialledFacts, read_dialled


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer the carrier's answer webhook, or a hangup sent here for want of a hangup URL."""
    if webhooks.is_hangup(webhook.request):
        call_uuid, report = webhooks.parse_hangup(webhook.request)
        readings = signing_accounts("plivo", check=webhook.is_signed_with)
        record_signed_hangup(call_uuid, report, readings=readings)
        return acknowledged()
    call = webhooks.parse_inbound(webhook.request)
    return or_apology(partial(_answered, webhook, call), failure="answer failed")


def _answered(webhook: Webhook, call: webhooks.InboundCall) -> Response:
    facts = read_dialled(call.caller, call.dialled)
    webhook.authenticate(facts.number.account_id if facts.number else None)
    # Who forgot to add a number learns why its calls go nowhere.
    asking = "" if facts.number else signing_account("plivo", check=webhook.is_signed_with)
    caller = Caller(call.call_uuid, facts, asking)
    answer = answer_call(caller, is_alive=partial(_is_alive, facts))
    answered = AnsweredCall(answer.session_uuid, call.call_uuid, answer.pin_attempt)
    return call_document(answer.plan, answered, base_url=webhook.request.base_url)


def _is_alive(facts: DialledFacts, call_uuid: str) -> bool:
    # Only where a conversation is in the way; the others do not wait for it to be loaded.
    from maskline.carriers.plivo import api

    account = carrier_account("plivo", facts.number.account_id) if facts.number else None
    return account is None or api.is_call_alive(account, call_uuid)


prepare(fetch_secret, partial(read_credentials, "plivo"))
