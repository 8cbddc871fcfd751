"""Vonage: call control objects in JSON, webhooks with a signed token, tokens for its API."""

from collections.abc import Mapping

from maskline.carriers.adapter import CallBounds, Carrier, Document, Message
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.carriers.vonage import api, ncco, signature, webhooks
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport


class Vonage:
    """The adapter; see Carrier."""

    name = "vonage"
    api_url = "https://api.nexmo.com"
    account_name = "api_key"
    secrets = (signature.SIGNATURE, api.APPLICATION_ID, api.PRIVATE_KEY, api.API_SECRET)
    bounds = CallBounds(talk=(1, ncco.MOST_TALK_SECONDS))

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        """Vonage posts what it is told to post; how it fetches a whisper, it does not say."""
        is_whisper = f"/{Step.WHISPER.door}/{Step.WHISPER}/" in request.url.partition("?")[0]
        is_usual = request.method == "POST" or (request.method == "GET" and is_whisper)
        secrets = account.secrets[signature.SIGNATURE]
        return (
            is_usual
            and signature.verify(request, account.auth_id, secrets)
            and webhooks.is_of_its_call(request)
        )

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:
        return webhooks.read(step, request, account)

    def render(self, plan: CallPlan, urls: CallUrls) -> Document:
        return Document("application/json", ncco.render(plan, urls))

    def application_urls(self, urls: CallUrls) -> Mapping[str, str]:
        return api.application_urls(urls)

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


CARRIER: Carrier = Vonage()
