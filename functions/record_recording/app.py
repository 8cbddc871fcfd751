"""The carrier reports on the recording of a conversation: it is finished, or there is none."""

from functools import partial

from maskline.carriers.plivo import api, webhooks
from maskline.carriers.plivo.endpoint import Webhook, webhook_handler
from maskline.carriers.plivo.follow_up import require_own_follow_up
from maskline.carriers.plivo.responses import Response, acknowledged
from maskline.secrets import fetch_secret, subkey
from maskline.services.carrier_credentials import read_credentials, require_genuine
from maskline.services.record_call import record_recording
from maskline.startup import prepare


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


prepare(fetch_secret, partial(read_credentials, "plivo"))
