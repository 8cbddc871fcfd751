"""Telnyx: TeXML, its name of TwiML, forms signed with Ed25519, JSON at its API."""

from urllib.parse import quote

from maskline.carriers.adapter import Carrier
from maskline.carriers.request import CarrierRequest
from maskline.carriers.rest import Question
from maskline.carriers.telnyx import signature
from maskline.carriers.twiml.adapter import TwimlCarrier
from maskline.carriers.twiml.api import Api, call_parameters
from maskline.carriers.twiml.profile import Profile
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall

# The TeXML application that has our URLs, and that places calls.
APPLICATION = "application_sid"
PUBLIC_KEY, API_KEY = "public_key", "api_key"


class Telnyx(TwimlCarrier):
    """The adapter; see Carrier."""

    name = "telnyx"
    api_url = "https://api.telnyx.com"
    account_name = "account_sid"
    secrets = (PUBLIC_KEY, API_KEY, APPLICATION)
    application = ("voice_url", "voice_fallback_url", "status_callback")
    profile = Profile(
        accounts_path="/v2/texml/Accounts",
        api_secret=API_KEY,
        is_bearer=True,
        dot_json="",
        ring_seconds=(5, 120),
        talk_seconds=(60, 14_400),
        recording={"recordingChannels": "single"},
        has_formats=False,
    )

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        return signature.verify(request, account.secrets[PUBLIC_KEY])

    def is_alive(self, account: CarrierAccount, call_uuid: str) -> bool | None:
        """Ask where it is known at once: the TeXML record of a call comes to know it later."""
        answer = Api(account, self.profile).get_at_once(
            f"{account.api_url}/v2/calls/{quote(call_uuid, safe='')}"
        )
        if answer is None or answer.status == 404:
            return None if answer is None else False
        told = (answer.content or {}).get("data") if answer.is_ok else None
        is_alive = told.get("is_alive") if isinstance(told, dict) else None
        return is_alive if isinstance(is_alive, bool) else None

    def order(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Question:
        """The answer names no call: the first webhook of it does."""
        api = Api(account, self.profile)
        parameters = {
            **call_parameters(call, urls, self.profile),
            "ApplicationSid": account.secrets[APPLICATION][0],
            "UrlMethod": "POST",
            "StatusCallbackEvent": "ringing completed",
        }
        return self.question(account, "POST", api.calls_url(), parameters)


TELNYX = Telnyx()
CARRIER: Carrier = TELNYX
