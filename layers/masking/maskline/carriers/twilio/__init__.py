"""Twilio: TwiML documents, signed forms, forms at its API."""

from maskline.carriers.adapter import Carrier
from maskline.carriers.request import CarrierRequest
from maskline.carriers.twilio import signature
from maskline.carriers.twiml.adapter import TwimlCarrier
from maskline.carriers.twiml.profile import Profile
from maskline.domain.accounts import CarrierAccount

# The first value opens the API; webhooks may be signed with any, a SharedKey among them.
AUTH = "auth_token"


class Twilio(TwimlCarrier):
    """The adapter; see Carrier."""

    name = "twilio"
    api_url = "https://api.twilio.com"
    account_name = "account_sid"
    secrets = (AUTH,)
    profile = Profile(
        accounts_path="/2010-04-01/Accounts",
        api_secret=AUTH,
        ring_seconds=(5, 600),
        talk_seconds=(1, 14_400),
        extra_ring_seconds=5,
        # By default it repeats no 5xx and no silence, and goes to the fallback at once.
        retries="#rc=3&rp=5xx,ct,rt",
    )

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        return signature.verify(request, account.secrets[AUTH])


TWILIO = Twilio()
CARRIER: Carrier = TWILIO
