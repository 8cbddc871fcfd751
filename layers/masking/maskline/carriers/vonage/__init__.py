"""Vonage: call control objects in JSON, webhooks with a signed token, tokens for its API."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from maskline.carriers import rest
from maskline.carriers.adapter import CallBounds, Carrier, Document, Message
from maskline.carriers.calls_api import CallsApi
from maskline.carriers.request import CarrierRequest
from maskline.carriers.rest import Answer, Question
from maskline.carriers.urls import CallUrls, Step
from maskline.carriers.vonage import ncco, signature, tokens, webhooks
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport
from maskline.domain.phone_numbers import digits

# The secrets: any value of the first may sign, the first value of each other opens an API.
SIGNATURE, API_SECRET = "signature_secret", "api_secret"
APPLICATION_ID, PRIVATE_KEY = "application_id", "private_key"
# The longest that the carrier rings and connects a call that it is asked to place.
MOST_RING_SECONDS = 120
MOST_CALL_SECONDS = 86_400


class Vonage(CallsApi):
    """The adapter; see Carrier."""

    name = "vonage"
    api_url = "https://api.nexmo.com"
    account_name = "api_key"
    secrets = (SIGNATURE, APPLICATION_ID, PRIVATE_KEY, API_SECRET)
    bounds = CallBounds(talk=(1, ncco.MOST_TALK_SECONDS))
    tells_of_recordings = True
    # A call is known in the carrier's region where it runs, and nowhere else while it lasts.
    unknown_is_alive = None

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        """Vonage posts what it is told to post; how it fetches a whisper, it does not say."""
        is_whisper = f"/{Step.WHISPER.door}/{Step.WHISPER}/" in request.url.partition("?")[0]
        is_usual = request.method == "POST" or (request.method == "GET" and is_whisper)
        secrets = account.secrets[SIGNATURE]
        return (
            is_usual
            and signature.verify(request, account.auth_id, secrets)
            and webhooks.is_of_its_call(request)
        )

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:  # noqa: ARG002 # the seam's form
        return webhooks.read(step, request)

    def render(self, plan: CallPlan, urls: CallUrls) -> Document:
        return Document("application/json", ncco.render(plan, urls))

    def application_urls(self, urls: CallUrls) -> Mapping[str, str]:
        return {
            "answer_url": urls.to(Step.ANSWER),
            "fallback_answer_url": urls.to(Step.ANSWER),
            "event_url": urls.to(Step.HANGUP),
        }

    def end(self, account: CarrierAccount, call_uuid: str) -> None:
        """Hang up. Source: the Voice API, "Modify an in-progress call"."""
        url = self.call_url(account, call_uuid)
        rest.ask(self.question(account, "PUT", url, {"action": "hangup"}))

    def authorization(self, account: CarrierAccount) -> str:
        application_id, key = (account.secrets[one][0] for one in (APPLICATION_ID, PRIVATE_KEY))
        return rest.bearer(tokens.application_token(application_id, key))

    def call_url(self, account: CarrierAccount, call_uuid: str) -> str:
        return f"{account.api_url}/v1/calls/{quote(call_uuid, safe='')}"

    def tells_alive(self, answer: Answer) -> bool | None:
        status = (answer.content or {}).get("status")
        return not webhooks.is_over(status) if isinstance(status, str) else None

    def read_record(self, leg_uuid: str, record: Mapping[str, Any]) -> CallReport | None:
        return webhooks.read_record(leg_uuid, record)

    def order(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Question:
        order = {
            "to": [{"type": "phone", "number": digits(call.callee)}],
            "from": {"type": "phone", "number": digits(call.caller_id)},
            "answer_url": [urls.to(Step.FIRST_ANSWER)],
            "answer_method": "POST",
            "event_url": [urls.to(Step.FIRST_HANGUP)],
            "event_method": "POST",
            "ringing_timer": min(call.ring_timeout_seconds, MOST_RING_SECONDS),
            "length_timer": min(call.time_limit_seconds, MOST_CALL_SECONDS),
        }
        return self.question(account, "POST", f"{account.api_url}/v1/calls", order)


VONAGE = Vonage()
CARRIER: Carrier = VONAGE
