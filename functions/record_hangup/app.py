"""A caller's leg is over: record how it ended and what it cost."""

from functools import partial

from maskline.carriers.plivo import webhooks
from maskline.carriers.plivo.endpoint import Webhook, webhook_handler
from maskline.carriers.plivo.responses import Response, acknowledged
from maskline.secrets import fetch_secret
from maskline.services.carrier_credentials import (
    read_credentials,
    require_genuine,
    signing_accounts,
)
from maskline.services.record_call import record_signed_hangup
from maskline.startup import prepare


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer the carrier's hangup webhook."""
    call_uuid, report = webhooks.parse_hangup(webhook.request)
    readings = signing_accounts("plivo", check=webhook.is_signed_with)
    record_signed_hangup(call_uuid, report, readings=readings)
    return acknowledged()


prepare(fetch_secret, partial(read_credentials, "plivo"))
