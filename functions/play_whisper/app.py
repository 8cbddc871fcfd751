"""The callee answered: what they hear before being connected."""

from functools import partial

from maskline.carriers.plivo.endpoint import Webhook, webhook_handler
from maskline.carriers.plivo.follow_up import require_own_follow_up
from maskline.carriers.plivo.responses import Response, document
from maskline.domain.call_plan import Whisper
from maskline.secrets import fetch_secret, subkey
from maskline.services.carrier_credentials import read_credentials, require_genuine
from maskline.services.record_call import read_whisper
from maskline.startup import prepare


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer a Dial's confirmSound. With nothing to say the callee is connected at once."""
    session_uuid, call_uuid = require_own_follow_up(webhook.path, key=subkey("follow-up"))
    url = read_whisper(session_uuid, call_uuid, authenticate=webhook.authenticate)
    return document(Whisper(url))


prepare(fetch_secret, partial(read_credentials, "plivo"))
