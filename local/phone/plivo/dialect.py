"""Plivo's dialect, for the telephone network."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.dialect import (
    AnswerFailedError,
    Arrival,
    Moment,
    OnFailure,
    Order,
    RefusedOrderError,
)
from local.phone.instructions import Hook, Instruction, InvalidDocumentError
from local.phone.legs import Ending, Leg
from local.phone.plivo import records, rest
from local.phone.plivo.documents import instructions
from local.phone.plivo.records import Params
from local.phone.plivo.signing import signature_headers
from local.phone.plivo.xml import AUDIO, read_document
from local.phone.webhooks import Delivery, Kind, Request, Rules, Webhook

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.carrier_call import CarrierCall

_REQUIRED = ("from", "to", "answer_url")


class Plivo:
    name = "plivo"
    account_name = "auth_id"
    signing_name = "auth_token"
    wrong_secret = "not-the-token"  # noqa: S105 (nobody's)

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str:
        return f"{leg.uuid[:-12]}{call.call_uuid[-12:]}"

    def webhooks(self, moment: Moment, call: "CarrierCall") -> Sequence[Webhook]:
        told = _TOLD.get(moment)
        return told(call) if told else ()

    def signature(self, request: Request, secrets: Sequence[str]) -> Mapping[str, str]:
        webhook = request.webhook
        return signature_headers(webhook.method, request.plain_url, webhook.params, tokens=secrets)

    def rules(self, webhook: Webhook) -> Rules:
        return Rules.of_fragment(webhook.url, retries=1, retry_on="ct,rt", read_seconds=40)

    def read(self, kind: Kind, answer: Delivery) -> Sequence[Instruction]:
        if answer.status != 200:
            raise AnswerFailedError
        elements = read_document(answer.content_type, answer.body)
        is_audio = bool(elements) and all(element.name in AUDIO for element in elements)
        if kind == "confirm" and not is_audio:
            raise InvalidDocumentError(f"{sorted(AUDIO)} are all that confirmSound may say")
        return instructions(elements)

    def on_failure(self, kind: Kind) -> OnFailure:
        return "falls back" if kind == "answer" else "ends"

    def cause(self, ended: Ending) -> str:
        cause = records.cause_of(ended.reason)
        return f"{cause.code} {cause.name}"

    def arrival(self, params: Mapping[str, Any]) -> Arrival | None:
        if "HangupCause" in params:  # a hangup may come here too, for want of its own URL
            return None
        names = ("CallUUID", "From", "To")
        return Arrival(*(str(params.get(name, "")) for name in names))

    def order(self, params: Mapping[str, Any]) -> Order:
        for name in _REQUIRED:
            if not params.get(name):
                raise RefusedOrderError(name)
        return Order(
            caller=f"+{str(params['from']).removeprefix('+')}",
            callee=f"+{str(params['to']).removeprefix('+')}",
            answer_url=str(params["answer_url"]),
            status_url=str(params["hangup_url"]),
            progress_url=str(params.get("ring_url", "")),
        )

    def answer(self, path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        return rest.answer(path, request, api)


def _application(kind: Kind, call: "CarrierCall", url: str | None, params: Params) -> list[Webhook]:
    """To a URL of the application behind the number, in the way that it wants."""
    return [Webhook(kind, call.carrier.method, url, params)] if url else []


def _hooked(kind: Kind, hook: Hook | None, params: Params) -> list[Webhook]:
    """To a URL that a document gave, if it did."""
    return [Webhook(kind, hook.method, hook.url, params)] if hook else []


def _arrived(call: "CarrierCall") -> list[Webhook]:
    return _application("answer", call, call.carrier.answer_url, records.start(call))


def _fallen_back(call: "CarrierCall") -> list[Webhook]:
    return _application("fallback", call, call.carrier.fallback_answer_url, records.start(call))


def _redirected(call: "CarrierCall") -> list[Webhook]:
    return _hooked("redirect", call.redirect, records.redirect(call))


def _entered(call: "CarrierCall") -> list[Webhook]:
    return _hooked("digits", call.asked.hook if call.asked else None, records.digits(call))


def _whisper(call: "CarrierCall") -> list[Webhook]:
    return _hooked("confirm", call.dial.whisper if call.dial else None, records.confirm(call))


def _dial_over(call: "CarrierCall") -> list[Webhook]:
    return _hooked("action", call.dial.after if call.dial else None, records.dial_end(call))


def _call_ringing(call: "CarrierCall") -> list[Webhook]:
    hook = Hook(call.order.progress_url) if call.order and call.order.progress_url else None
    return _hooked("ring", hook, records.ring(call))


def _call_ended(call: "CarrierCall") -> list[Webhook]:
    return _application("hangup", call, call.carrier.status_url, records.hangup(call))


def _dial_event(call: "CarrierCall", params: Params) -> list[Webhook]:
    return _hooked("dial", call.dial.events if call.dial else None, params)


def _leg_answered(call: "CarrierCall") -> list[Webhook]:
    return _dial_event(call, records.dial_event(call, "answer"))


def _leg_bridged(call: "CarrierCall") -> list[Webhook]:
    return _dial_event(call, records.dial_event(call, "connected"))


def _leg_ended(call: "CarrierCall") -> list[Webhook]:
    is_told = call.legs[-1].answered_at is not None or call.carrier.reports_unanswered_legs
    return _dial_event(call, records.dial_hangup(call)) if is_told else []


def _recorded(call: "CarrierCall") -> list[Webhook]:
    return _hooked("recording", call.record.hook if call.record else None, records.recording(call))


_TOLD: Mapping[Moment, Callable[["CarrierCall"], list[Webhook]]] = {
    Moment.ARRIVED: _arrived,
    Moment.FALLEN_BACK: _fallen_back,
    Moment.REDIRECTED: _redirected,
    Moment.ENTERED: _entered,
    Moment.WHISPER: _whisper,
    Moment.DIAL_OVER: _dial_over,
    Moment.CALL_RINGING: _call_ringing,
    Moment.CALL_ENDED: _call_ended,
    Moment.LEG_ANSWERED: _leg_answered,
    Moment.LEG_BRIDGED: _leg_bridged,
    Moment.LEG_ENDED: _leg_ended,
    Moment.RECORDED: _recorded,
    Moment.NOT_RECORDED: _recorded,
}
