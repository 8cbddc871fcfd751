"""Plivo: XML documents, form webhooks with V3 signatures, JSON at its API."""

from collections.abc import Mapping

from maskline.carriers.adapter import CallBounds, Carrier, Document, Message
from maskline.carriers.plivo import api, signature, webhooks, xml
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport


class Plivo:
    """The adapter; see Carrier."""

    name = "plivo"
    api_url = "https://api.plivo.com"
    account_name = "auth_id"
    secrets = (api.AUTH,)
    bounds = CallBounds()
    tells_of_recordings = True

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        """Plivo sends webhooks by GET or POST, as it is told to."""
        is_usual = request.method in {"GET", "POST"}
        return is_usual and signature.verify(request, account.secrets[api.AUTH])

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:
        return webhooks.read(step, request, account)

    def render(self, plan: CallPlan, urls: CallUrls) -> Document:
        return Document("application/xml", xml.render(plan, urls))

    def application_urls(self, urls: CallUrls) -> Mapping[str, str]:
        return {
            "answer_url": xml.retried(urls.to(Step.ANSWER)),
            "hangup_url": xml.retried(urls.to(Step.HANGUP)),
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


CARRIER: Carrier = Plivo()
