"""jambonz, a company's own SIP trunk: JSON verbs, JSON webhooks with an HMAC, a bearer's API."""

from collections.abc import Mapping

from maskline.carriers.adapter import CallBounds, Carrier, Document, Message
from maskline.carriers.jambonz import api, signature, verbs, webhooks
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport


class Jambonz:
    """The adapter; see Carrier. Whose servers they are, an account's `api_url` has to say."""

    name = "jambonz"
    api_url = ""
    account_name = "account_sid"
    secrets = (signature.NAME, api.API_KEY)
    bounds = CallBounds()
    tells_of_recordings = False

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        """A GET is signed over what is not sent with it."""
        return request.method == "POST" and signature.verify(
            request, account.secrets[signature.NAME]
        )

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:  # noqa: ARG002 # the seam's form
        return webhooks.read(step, request)

    def render(self, plan: CallPlan, urls: CallUrls) -> Document:
        return Document("application/json", verbs.render(plan, urls))

    def application_urls(self, urls: CallUrls) -> Mapping[str, str]:
        return {
            "call_hook": verbs.retried(urls.to(Step.ANSWER)),
            "call_status_hook": verbs.retried(urls.to(Step.HANGUP)),
        }

    def is_alive(self, account: CarrierAccount, call_uuid: str) -> bool | None:
        return api.is_call_alive(account, call_uuid)

    def end(self, account: CarrierAccount, call_uuid: str) -> None:
        api.end_call(account, call_uuid)

    def record(self, account: CarrierAccount, leg_uuid: str) -> CallReport | None:
        found = api.call_record(account, leg_uuid)
        return webhooks.read_record(leg_uuid, found) if found is not None else None

    def place(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
        return api.place_call(account, call, urls)

    def call_url(self, account: CarrierAccount, call_uuid: str) -> str:
        return api.call_url(account, call_uuid)


CARRIER: Carrier = Jambonz()
