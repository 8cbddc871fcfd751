"""A caller has entered a PIN, or let the time pass: connect them, or ask again."""

from functools import partial

from maskline.carriers.plivo import api, webhooks
from maskline.carriers.plivo.call_documents import (
    AnsweredCall,
    call_document,
    require_own_pin_url,
)
from maskline.carriers.plivo.endpoint import Webhook, or_apology, webhook_handler
from maskline.carriers.plivo.responses import Response
from maskline.secrets import fetch_secret
from maskline.services.carrier_credentials import carrier_account, read_credentials, require_genuine
from maskline.services.collect_pin import PinEntry, collect_pin
from maskline.startup import prepare


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer a GetDigits' action URL, or the same URL without digits."""
    asked = require_own_pin_url(webhook.path)
    return or_apology(partial(_answered, webhook, asked), failure="collecting a PIN failed")


def _answered(webhook: Webhook, asked: AnsweredCall) -> Response:
    digits = webhooks.parse_digits(webhook.request)
    answer = collect_pin(
        PinEntry(asked.session_uuid, asked.call_uuid, asked.pin_attempt, digits),
        authenticate=webhook.authenticate,
        is_alive=_is_alive,
    )
    answered = AnsweredCall(answer.session_uuid, asked.call_uuid, answer.pin_attempt)
    return call_document(answer.plan, answered, base_url=webhook.request.base_url)


def _is_alive(account_id: str, call_uuid: str) -> bool:
    account = carrier_account("plivo", account_id)
    return account is None or api.is_call_alive(account, call_uuid)


prepare(fetch_secret, partial(read_credentials, "plivo"))
