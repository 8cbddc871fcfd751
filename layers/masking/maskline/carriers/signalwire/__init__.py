"""SignalWire: cXML, its name of TwiML, signed forms, forms at its API."""

from dataclasses import replace

from maskline.carriers.adapter import Carrier, Message
from maskline.carriers.request import CarrierRequest
from maskline.carriers.signalwire import signature
from maskline.carriers.twiml.adapter import TwimlCarrier
from maskline.carriers.twiml.profile import Profile
from maskline.carriers.urls import Step
from maskline.domain.accounts import CarrierAccount

SIGNING_KEY, API_TOKEN = "signing_key", "api_token"


class SignalWire(TwimlCarrier):
    """The adapter; see Carrier."""

    name = "signalwire"
    # Each customer's own: https://{space}.signalwire.com.
    api_url = ""
    account_name = "project_id"
    secrets = (SIGNING_KEY, API_TOKEN)
    profile = Profile(
        accounts_path="/api/laml/2010-04-01/Accounts",
        api_secret=API_TOKEN,
        ring_seconds=(5, 600),
        talk_seconds=(1, 14_400),
        # It repeats no question. It may wait longer for an answer than its five seconds.
        retries="#ot=3000&rt=10000",
        limits_placed_calls=False,
    )

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:
        return super().read(step, _as_form(request), account)

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        return signature.verify(request, account.secrets[SIGNING_KEY])


def _as_form(request: CarrierRequest) -> CarrierRequest:
    """Its guides show forms, and its OpenAPI document JSON. Raises MalformedWebhookError."""
    if request.form:
        return request
    said = request.json().items()
    pairs = tuple((name, str(value)) for name, value in said if value is not None)
    return replace(request, form=pairs)


SIGNALWIRE = SignalWire()
CARRIER: Carrier = SIGNALWIRE
