"""A caller's leg is over: record how it ended and what it cost."""

from maskline.carriers.plivo import webhooks
from maskline.carriers.plivo.endpoint import Webhook, webhook_handler
from maskline.carriers.plivo.responses import Response, acknowledged
from maskline.services.carrier_credentials import require_genuine
from maskline.services.record_call import record_hangup


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer the carrier's hangup webhook."""
    call_uuid, report = webhooks.parse_hangup(webhook.request)
    record_hangup(call_uuid, report, authenticate=webhook.authenticate)
    return acknowledged()
