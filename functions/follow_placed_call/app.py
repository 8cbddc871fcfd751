"""The carrier calls a first party for us: the phone rings, is answered, is hung up."""

from functools import partial

from maskline.carriers.plivo import api, webhooks
from maskline.carriers.plivo.endpoint import Webhook, or_apology, webhook_handler
from maskline.carriers.plivo.follow_up import follow_up, require_own_first_leg
from maskline.carriers.plivo.responses import Response, acknowledged, document
from maskline.domain.placed_calls import first_leg
from maskline.domain.reports import ReportKind
from maskline.secrets import fetch_secret, subkey
from maskline.services.carrier_credentials import carrier_account, read_credentials, require_genuine
from maskline.services.follow_placed_call import answer_first_leg, record_first_leg
from maskline.startup import prepare


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer the answer_url, ring_url and hangup_url of a call that we placed."""
    session_uuid = require_own_first_leg(webhook.path, key=subkey("placed-call"))
    call_uuid = webhooks.parse_call_uuid(webhook.request)
    if "/first-answer/" in webhook.route:
        answered = partial(_answered, webhook, session_uuid, call_uuid)
        return or_apology(answered, failure="answer failed")
    if "/first-ring/" in webhook.route:
        report = first_leg(ReportKind.RINGING, call_uuid)
    else:
        _, report = webhooks.parse_hangup(webhook.request)
    record_first_leg(session_uuid, report, authenticate=webhook.authenticate)
    return acknowledged()


def _answered(webhook: Webhook, session_uuid: str, call_uuid: str) -> Response:
    plan = answer_first_leg(
        session_uuid, call_uuid, authenticate=webhook.authenticate, is_alive=_is_alive
    )
    key = subkey("follow-up")
    urls = follow_up(
        webhook.request.base_url, key=key, session_uuid=session_uuid, call_uuid=call_uuid
    )
    return document(plan, urls)


def _is_alive(account_id: str, call_uuid: str) -> bool:
    account = carrier_account("plivo", account_id)
    return account is None or api.is_call_alive(account, call_uuid)


prepare(fetch_secret, partial(read_credentials, "plivo"))
