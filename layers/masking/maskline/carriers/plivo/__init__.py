"""Plivo: XML documents, form webhooks with V3 signatures, JSON at its API."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from maskline.carriers import rest
from maskline.carriers.adapter import CallBounds, Carrier, Document, Message
from maskline.carriers.calls_api import CallsApi
from maskline.carriers.plivo import signature, webhooks, xml
from maskline.carriers.request import CarrierRequest
from maskline.carriers.rest import Answer, Question
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport, RecordingReport
from maskline.domain.phone_numbers import digits

# The name of the one secret: the first value opens the API, webhooks may be signed with any.
AUTH = "auth_token"


class Plivo(CallsApi):
    """The adapter; see Carrier."""

    name = "plivo"
    api_url = "https://api.plivo.com"
    account_name = "auth_id"
    secrets = (AUTH,)
    bounds = CallBounds()
    tells_of_recordings = True
    record_end, alive_end = "/", "/?status=live"

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        """Plivo sends webhooks by GET or POST, as it is told to."""
        is_usual = request.method in {"GET", "POST"}
        return is_usual and signature.verify(request, account.secrets[AUTH])

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:
        """The webhook names a recording's file, and not the carrier's record of it."""
        message = webhooks.read(step, request)
        if not isinstance(message, RecordingReport) or not message.recording.uuid:
            return message
        url = f"{self.account_url(account)}/Recording/{quote(message.recording.uuid, safe='')}/"
        return RecordingReport(replace(message.recording, resource_url=url))

    def render(self, plan: CallPlan, urls: CallUrls) -> Document:
        return Document("application/xml", xml.render(plan, urls))

    def application_urls(self, urls: CallUrls) -> Mapping[str, str]:
        return {
            "answer_url": xml.retried(urls.to(Step.ANSWER)),
            "hangup_url": xml.retried(urls.to(Step.HANGUP)),
        }

    def end(self, account: CarrierAccount, call_uuid: str) -> None:
        """Hang up. Source: the Voice API's call object, DELETE /v1/Account/{id}/Call/{uuid}/."""
        rest.ask(self.question(account, "DELETE", f"{self.call_url(account, call_uuid)}/"))

    def account_url(self, account: CarrierAccount) -> str:
        return f"{account.api_url}/v1/Account/{account.auth_id}"

    def authorization(self, account: CarrierAccount) -> str:
        return rest.basic(account.auth_id, account.secrets[AUTH][0])

    def call_url(self, account: CarrierAccount, call_uuid: str) -> str:
        return f"{self.account_url(account)}/Call/{quote(call_uuid, safe='')}"

    def tells_alive(self, answer: Answer) -> bool:  # noqa: ARG002 (only live calls are answered)
        return True

    def read_record(self, leg_uuid: str, record: Mapping[str, Any]) -> CallReport | None:
        return webhooks.read_record(leg_uuid, record)

    def order(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Question:
        order = {
            "from": digits(call.caller_id),
            "to": digits(call.callee),
            "answer_url": xml.retried(urls.to(Step.FIRST_ANSWER)),
            "answer_method": "POST",
            "ring_url": xml.retried(urls.to(Step.FIRST_RING)),
            "ring_method": "POST",
            "hangup_url": xml.retried(urls.to(Step.FIRST_HANGUP)),
            "hangup_method": "POST",
            "ring_timeout": call.ring_timeout_seconds,
            "time_limit": call.time_limit_seconds,
        }
        return self.question(account, "POST", f"{self.account_url(account)}/Call/", order)


PLIVO = Plivo()
CARRIER: Carrier = PLIVO
