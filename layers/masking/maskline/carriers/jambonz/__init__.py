"""jambonz, a company's own SIP trunk: JSON verbs, JSON webhooks with an HMAC, a bearer's API."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from maskline.carriers import rest
from maskline.carriers.adapter import CallBounds, Carrier, Document, Message
from maskline.carriers.calls_api import CallsApi
from maskline.carriers.jambonz import signature, verbs, webhooks
from maskline.carriers.request import CarrierRequest
from maskline.carriers.rest import Answer, Question
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport

# The secrets: any value of the one may sign, the first value of the other opens the API.
WEBHOOK_SECRET, API_KEY = "webhook_secret", "api_key"

_UNPROCESSABLE = 422
# A call is refused that names no application and no speech. These are jambonz's own defaults for an
# application, whose URLs would go before those of a call that names it.
_SPEECH = {
    "speech_synthesis_vendor": "google",
    "speech_synthesis_language": "en-US",
    "speech_synthesis_voice": "en-US-Standard-C",
    "speech_recognizer_vendor": "google",
    "speech_recognizer_language": "en-US",
}


class Jambonz(CallsApi):
    """The adapter; see Carrier. Whose servers they are, an account's `api_url` has to say.

    Source of what its API takes: jambonz-api-server.
    """

    name = "jambonz"
    api_url = ""
    account_name = "account_sid"
    secrets = (WEBHOOK_SECRET, API_KEY)
    bounds = CallBounds()
    tells_of_recordings = False

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        """A GET is signed over what is not sent with it."""
        secrets = account.secrets[WEBHOOK_SECRET]
        return request.method == "POST" and signature.verify(request, secrets)

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:  # noqa: ARG002 # the seam's form
        return webhooks.read(step, request)

    def render(self, plan: CallPlan, urls: CallUrls) -> Document:
        return Document("application/json", verbs.render(plan, urls))

    def application_urls(self, urls: CallUrls) -> Mapping[str, str]:
        return {
            "call_hook": verbs.retried(urls.to(Step.ANSWER)),
            "call_status_hook": verbs.retried(urls.to(Step.HANGUP)),
        }

    def end(self, account: CarrierAccount, call_uuid: str) -> None:
        """Hang up; a call that was not answered is given up by another word."""
        url = self.call_url(account, call_uuid)
        answer = rest.ask(self.question(account, "PUT", url, {"call_status": "completed"}))
        if answer is not None and answer.status == _UNPROCESSABLE:
            rest.ask(self.question(account, "PUT", url, {"call_status": "no-answer"}))

    def authorization(self, account: CarrierAccount) -> str:
        return rest.bearer(account.secrets[API_KEY][0])

    def calls_url(self, account: CarrierAccount) -> str:
        return f"{self.base_url(account)}/Accounts/{account.auth_id}/Calls"

    def base_url(self, account: CarrierAccount) -> str:
        """The address with the API's version, whether the account's `api_url` has it or not."""
        return f"{account.api_url.removesuffix('/v1')}/v1"

    def call_url(self, account: CarrierAccount, call_uuid: str) -> str:
        return f"{self.calls_url(account)}/{quote(call_uuid, safe='')}"

    def tells_alive(self, answer: Answer) -> bool | None:
        """A call that is over stays for a while."""
        return None if answer.content is None else not webhooks.is_over(answer.content)

    def read_record(self, leg_uuid: str, record: Mapping[str, Any]) -> CallReport | None:
        return webhooks.read_record(leg_uuid, record)

    def order(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Question:
        order = {
            "from": call.caller_id,
            "to": {"type": "phone", "number": call.callee},
            "call_hook": verbs.retried(urls.to(Step.FIRST_ANSWER)),
            "call_status_hook": verbs.retried(urls.to(Step.FIRST_HANGUP)),
            "timeout": call.ring_timeout_seconds,
            "timeLimit": call.time_limit_seconds,
            **_SPEECH,
        }
        return self.question(account, "POST", self.calls_url(account), order)


JAMBONZ = Jambonz()
CARRIER: Carrier = JAMBONZ
