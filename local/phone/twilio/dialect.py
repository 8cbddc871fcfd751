"""Twilio's dialect, for the telephone network."""

import secrets as draws
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from twilio.request_validator import RequestValidator

from local.phone.legs import Ending, Leg
from local.phone.twiml.dialect import TwimlDialect
from local.phone.twiml.language import Bounds, language
from local.phone.twiml.records import Params, cause_of
from local.phone.twiml.rest import NUMBER_NAMES, Rest
from local.phone.webhooks import Request, Rules, Webhook

if TYPE_CHECKING:
    from local.phone.carrier_call import CarrierCall


class Twilio(TwimlDialect):
    """Its SDK signs what it sends."""

    name = "twilio"
    account_name = "account_sid"
    signing_name = "auth_token"
    wrong_secret = "0" * 32
    language = language(Bounds(ring=(1, 600), talk=(1, 14_400)))
    rest = Rest(
        "https://api.twilio.com",
        "/2010-04-01/Accounts",
        account_name,
        signing_name,
        number_names=NUMBER_NAMES | {"TrunkSid"},
    )
    extra_ring = 5

    def new_id(self) -> str:
        return f"CA{draws.token_hex(16)}"

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str:
        return f"RE{call.call_uuid[2:18]}{leg.uuid[2:18]}"

    def signature(self, request: Request, secrets: Sequence[str]) -> Mapping[str, str]:
        """While a token is rotated it signs with the primary one."""
        params = dict(request.webhook.params) if request.webhook.method == "POST" else {}
        validator = RequestValidator(secrets[0])
        return {"X-Twilio-Signature": validator.compute_signature(request.url, params)}

    def rules(self, webhook: Webhook) -> Rules:
        return Rules.of_fragment(webhook.url, retries=1, retry_on="ct", read_seconds=15)

    def standard(self, call: "CarrierCall", status: str) -> Params:
        shown = super().standard(call, status)
        return {**shown, "Caller": shown["From"], "Called": shown["To"]}

    def of_leg(self, call: "CarrierCall", status: str) -> Params:
        shown = super().of_leg(call, status)
        return {**shown, "Caller": shown["From"], "Called": shown["To"]}

    def end(self, ended: Ending | Leg) -> Params:
        minutes = {"Duration": str(-(-ended.duration // 60))} if ended.duration else {}
        return {"SipResponseCode": str(cause_of(ended.reason).sip), **minutes}

    def bridged(self, leg: Leg) -> Params:
        return {"DialBridged": str(leg.answered_at is not None).lower()}
