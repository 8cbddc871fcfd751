"""Telnyx's dialect, for the telephone network."""

import base64
import secrets as draws
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nacl.signing import SigningKey

from local.phone.dialect import RefusedOrderError
from local.phone.legs import Ending, Leg
from local.phone.telnyx.rest import ORDER_NAMES, TelnyxRest
from local.phone.twiml.dialect import TwimlDialect
from local.phone.twiml.language import Bounds, language
from local.phone.twiml.records import Params, cause_of
from local.phone.webhooks import Request, Rules, Webhook
from local.phone.xml.reading import one_of

if TYPE_CHECKING:
    from local.phone.carrier_call import CarrierCall

_CHANNELS = {"recordingChannels": one_of("single", "dual")}
_BY = {"caller": "caller", "callee": "callee"}
# A request for a document is not known to be repeated; reports are.
_REPEATED = frozenset({"ct", "rt", "408", "429", "5xx"})
_REPORTS = {"dial", "hangup", "recording", "ring", "status"}
# All that comes with the digits of a caller.
_WITH_DIGITS = ("AccountSid", "CallSid", "CallSidLegacy", "From", "To")


class Telnyx(TwimlDialect):
    """The carrier signs its bodies, and tells all there is to tell."""

    name = "telnyx"
    account_name = "account_sid"
    signing_name = "private_key"
    wrong_secret = base64.b64encode(bytes(32)).decode()
    language = language(
        Bounds((5, 120), (60, 14_400), pause=(1, 180), dial=_CHANNELS, takes_fragments=False)
    )
    rest = TelnyxRest(
        "https://api.telnyx.com",
        "/v2/texml/Accounts",
        account_name,
        "api_key",
        order_names=ORDER_NAMES,
        method_name="UrlMethod",
    )
    tells_all = True

    def new_id(self) -> str:
        return f"v3:{draws.token_urlsafe(40)}"

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str:  # noqa: ARG002 (Dialect)
        return str(uuid.uuid5(uuid.NAMESPACE_OID, leg.uuid))

    def signature(self, request: Request, secrets: Sequence[str]) -> Mapping[str, str]:
        """The URL is not signed, nor is what a GET has there."""
        timestamp = str(int(time.time()))
        key = SigningKey(base64.b64decode(secrets[0]))
        signature = key.sign(timestamp.encode() + b"|" + request.body).signature
        return {
            "telnyx-timestamp": timestamp,
            "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
        }

    def rules(self, webhook: Webhook) -> Rules:
        return Rules(2 if webhook.kind in _REPORTS else 0, _REPEATED, 5)

    def standard(self, call: "CarrierCall", status: str) -> Params:
        shown = super().standard(call, status)
        told = ("AccountSid", "CallSid", "CallStatus", "From", "To")
        return {**{name: shown[name] for name in told}, "CallSidLegacy": shown["CallSid"]}

    def of_leg(self, call: "CarrierCall", status: str) -> Params:
        shown = super().of_leg(call, status)
        shown.pop("Direction")
        legacy = {f"{name}Legacy": shown[name] for name in ("CallSid", "ParentCallSid")}
        return {**shown, **legacy}

    def progress(self, call: "CarrierCall", status: str) -> Params:
        instant = datetime.fromtimestamp((call.instant_ms(call.seconds) or 0) / 1000, UTC)
        return {**super().progress(call, status), "Timestamp": f"{instant:%Y-%m-%dT%H:%M:%SZ}"}

    def end(self, ended: Ending | Leg) -> Params:
        cause = cause_of(ended.reason)
        by = ended.by if isinstance(ended, Ending) else ended.ended_by
        return {
            "HangupCause": cause.word,
            "SipHangupCause": str(cause.sip),
            "HangupSource": _BY.get(by, "unknown"),
        }

    def digits(self, call: "CarrierCall") -> Params:
        shown = super().digits(call)
        return {name: shown[name] for name in (*_WITH_DIGITS, "Digits")}

    def media_url(self, call: "CarrierCall", recording: str) -> str:  # noqa: ARG002 (as it is)
        """A file that is gone after ten minutes."""
        return f"https://files.carrier.example/{recording}.mp3?X-Amz-Expires=600"

    def check_order(self, params: Mapping[str, Any]) -> None:
        if not params.get("ApplicationSid"):
            raise RefusedOrderError("ApplicationSid")
        super().check_order(params)
