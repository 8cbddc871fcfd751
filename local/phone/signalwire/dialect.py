"""SignalWire's dialect, for the telephone network."""

import base64
import hmac
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from local.phone.legs import Ending, Leg
from local.phone.twiml.dialect import TwimlDialect
from local.phone.twiml.language import Bounds, language
from local.phone.twiml.records import Params, cause_of
from local.phone.twiml.rest import ORDER_NAMES, Rest
from local.phone.webhooks import Kind, Request, Rules, Webhook

if TYPE_CHECKING:
    from local.phone.carrier_call import CarrierCall

# Their answers matter: they go to the fallback URL, and are not asked again.
_ASKED: frozenset[Kind] = frozenset(
    {"answer", "fallback", "redirect", "digits", "confirm", "action"}
)
_REPEATED = frozenset({"ct", "rt", "4xx", "5xx"})
_SECONDS = "5000"
# Figures of the sound, which every status callback has.
_AUDIO = dict.fromkeys(
    [
        "AudioInAveragePtime",
        "AudioInDtmfPacketCount",
        "AudioInFlushPacketCount",
        "AudioInJitterMaxVariance",
        "AudioInJitterMinVariance",
        "AudioInLargestJbSize",
        "AudioInMediaPacketCount",
        "AudioInSkipPacketCount",
        "AudioOutDtmfPacketCount",
        "AudioOutMediaPacketCount",
    ],
    "0",
) | {"AudioInMos": "4.5"}


class SignalWire(TwimlDialect):
    """Forms are signed over the URL and the sorted parameters."""

    name = "signalwire"
    account_name = "project_id"
    signing_name = "signing_key"
    wrong_secret = "PSKnobodys"  # noqa: S105 (nobody's)
    language = language(Bounds(ring=(5, 600), talk=(1, 14_400)))
    rest = Rest(
        "https://example.signalwire.com",
        "/api/laml/2010-04-01/Accounts",
        account_name,
        "api_token",
        order_names=ORDER_NAMES - {"TimeLimit"},
        placed=200,
        tells_country=True,
    )

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str:  # noqa: ARG002 (Dialect)
        return str(uuid.uuid5(uuid.NAMESPACE_OID, leg.uuid))

    def signature(self, request: Request, secrets: Sequence[str]) -> Mapping[str, str]:
        params = request.webhook.params if request.webhook.method == "POST" else {}
        text = request.url + "".join(f"{name}{params[name]}" for name in sorted(params))
        digest = hmac.new(secrets[0].encode(), text.encode(), "sha1").digest()
        return {"X-SignalWire-Signature": base64.b64encode(digest).decode()}

    def rules(self, webhook: Webhook) -> Rules:
        given = parse_qs(urlsplit(webhook.url).fragment)
        seconds = int(given.get("rt", [_SECONDS])[-1]) / 1000
        if webhook.kind in _ASKED:
            return Rules(0, frozenset(), seconds)
        return Rules(2, _REPEATED, seconds)

    def progress(self, call: "CarrierCall", status: str) -> Params:
        return {**super().progress(call, status), **_AUDIO}

    def end(self, ended: Ending | Leg) -> Params:
        return {"SipResultCode": str(cause_of(ended.reason).sip)}
