"""The carrier reports on the recording of a conversation: it is finished, or there is none."""

from maskline.carriers.plivo import api, webhooks
from maskline.carriers.plivo.endpoint import Webhook, webhook_handler
from maskline.carriers.plivo.follow_up import require_own_follow_up
from maskline.carriers.plivo.responses import Response, acknowledged
from maskline.secrets import subkey
from maskline.services.carrier_credentials import require_genuine
from maskline.services.record_call import record_recording


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer a Record's callbackUrl."""
    report = webhooks.parse_recording(webhook.request)
    record_recording(
        require_own_follow_up(webhook.path, key=subkey("follow-up")),
        report,
        authenticate=webhook.authenticate,
        resource_url=api.recording_resource_url,
    )
    return acknowledged()
