"""The callee answered: what they hear before being connected."""

from functools import partial

from maskline.carriers.plivo.endpoint import Webhook, webhook_handler
from maskline.carriers.plivo.follow_up import require_own_follow_up
from maskline.carriers.plivo.responses import Response, document
from maskline.domain.call_plan import Whisper
from maskline.domain.errors import ForgedWebhookError
from maskline.observability import log_failure
from maskline.secrets import fetch_secret, subkey
from maskline.services.carrier_credentials import read_credentials, require_genuine
from maskline.services.record_call import read_whisper
from maskline.startup import prepare


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer a Dial's confirmSound. With nothing to say the callee is connected at once."""
    session_uuid, call_uuid = require_own_follow_up(webhook.path, key=subkey("follow-up"))
    return document(Whisper(_audio(webhook, session_uuid, call_uuid)))


def _audio(webhook: Webhook, session_uuid: str, call_uuid: str) -> str:
    """Being connected matters more than what is to be heard first."""
    try:
        return read_whisper(session_uuid, call_uuid, authenticate=webhook.authenticate)
    except ForgedWebhookError:
        raise
    except Exception as error:  # noqa: BLE001 - the callee has picked up and waits
        log_failure("whisper not found", error, event="whisper_failed")
        return ""


prepare(fetch_secret, partial(read_credentials, "plivo"))
