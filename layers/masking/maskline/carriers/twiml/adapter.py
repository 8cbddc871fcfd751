"""The adapter of a carrier that speaks TwiML, but for its signature."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from maskline.carriers.adapter import CallBounds, Document, Message
from maskline.carriers.calls_api import CallsApi
from maskline.carriers.request import CarrierRequest
from maskline.carriers.rest import Answer, Question
from maskline.carriers.twiml import webhooks, xml
from maskline.carriers.twiml.api import Api, call_parameters
from maskline.carriers.twiml.profile import Profile
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport, RecordingReport


class TwimlCarrier(CallsApi):
    """The part of an adapter that the family shares; see Carrier."""

    profile: Profile
    tells_of_recordings = True
    # The carrier's names of the answer URL, its fallback, and the status URL.
    application = ("VoiceUrl", "VoiceFallbackUrl", "StatusCallback")

    @property
    def bounds(self) -> CallBounds:
        fewest, most = self.profile.ring_seconds
        extra = self.profile.extra_ring_seconds
        return CallBounds((fewest + extra, most + extra), self.profile.talk_seconds)

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:
        message = webhooks.read(step, request)
        if not isinstance(message, RecordingReport) or not message.recording.uuid:
            return message
        url = Api(account, self.profile).url("Recordings", message.recording.uuid)
        return RecordingReport(replace(message.recording, resource_url=url))

    def render(self, plan: CallPlan, urls: CallUrls) -> Document:
        return Document("application/xml", xml.render(plan, urls, self.profile))

    def application_urls(self, urls: CallUrls) -> Mapping[str, str]:
        steps = (Step.ANSWER, Step.ANSWER, Step.HANGUP)
        given = (urls.to(step) + self.profile.retries for step in steps)
        return dict(zip(self.application, given, strict=True))

    def end(self, account: CarrierAccount, call_uuid: str) -> None:
        url = self.call_url(account, call_uuid)
        Api(account, self.profile).post(url, {"Status": "completed"})

    def authorization(self, account: CarrierAccount) -> str:
        return self.profile.authorization(account)

    def tells_alive(self, answer: Answer) -> bool | None:
        return webhooks.is_alive(answer.content or {})

    def read_record(self, leg_uuid: str, record: Mapping[str, Any]) -> CallReport | None:
        return webhooks.read_record(leg_uuid, record)

    def order(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Question:
        api = Api(account, self.profile)
        parameters = {
            **call_parameters(call, urls, self.profile),
            "Method": "POST",
            "FallbackMethod": "POST",
            "StatusCallbackEvent": ["ringing", "completed"],
        }
        return api.form("POST", api.calls_url(), parameters)

    def call_url(self, account: CarrierAccount, call_uuid: str) -> str:
        return Api(account, self.profile).call_url(call_uuid)
