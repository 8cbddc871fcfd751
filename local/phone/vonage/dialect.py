"""Vonage's dialect, for the telephone network."""

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jwt
from pydantic import ValidationError
from vonage_utils.types import PhoneNumber
from vonage_voice.errors import VoiceError
from vonage_voice.models.requests import CreateCallRequest

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.dialect import (
    AnswerFailedError,
    Arrival,
    Moment,
    OnFailure,
    Order,
    RefusedOrderError,
)
from local.phone.instructions import Audio, Hook, Instruction, InvalidDocumentError
from local.phone.legs import Ending, Leg
from local.phone.vonage import records, rest
from local.phone.vonage.ncco import Notice, instructions, read_ncco
from local.phone.vonage.records import Params
from local.phone.webhooks import Delivery, Kind, Request, Rules, Webhook

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.carrier_call import CarrierCall

# Of these, the answer is a document, and a failure is tried once more; of the others, nothing is.
_ASKS = {"answer", "fallback", "redirect", "digits", "confirm"}
_TRIED_AGAIN = frozenset({"ct", "rt", "429", "503", "504"})
# An answer without a document goes on with the one before.
_MAY_BE_EMPTY = {"redirect", "digits"}
_ISSUER = "Vonage"


class Vonage:
    name = "vonage"
    account_name = "api_key"
    signing_name = "signature_secret"
    wrong_secret = "somebody-else's-signature-secret"  # noqa: S105 (nobody's)

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str:
        return f"{leg.uuid[:-12]}{call.call_uuid[-12:]}"

    def webhooks(self, moment: Moment, call: "CarrierCall") -> Sequence[Webhook]:
        told = _TOLD.get(moment)
        return told(call) if told else ()

    def signature(self, request: Request, secrets: Sequence[str]) -> Mapping[str, str]:
        """A token by the library that its own SDK uses. An account has one secret at a time."""
        webhook, body = request.webhook, request.body
        if webhook.method == "GET":
            body = rest.compact(webhook.params)
        claims = {
            "iat": rest.real_seconds(),
            "jti": str(uuid.uuid4()),
            "iss": _ISSUER,
            "payload_hash": hashlib.sha256(body).hexdigest(),
            "api_key": request.account.get("api_key", ""),
            "application_id": request.account.get("application_id", ""),
        }
        return {"Authorization": f"Bearer {jwt.encode(claims, secrets[-1], algorithm='HS256')}"}

    def rules(self, webhook: Webhook) -> Rules:
        return Rules(int(webhook.kind in _ASKS), _TRIED_AGAIN, read_seconds=5)

    def read(self, kind: Kind, answer: Delivery) -> Sequence[Instruction] | None:
        if not 200 <= answer.status < 300:
            raise AnswerFailedError
        if kind in _MAY_BE_EMPTY and not answer.body:
            return None
        found = instructions(read_ncco(answer.content_type, answer.body))
        if kind == "confirm" and not all(isinstance(one, Audio) for one in found):
            raise InvalidDocumentError("a callee alone hears something, and no more")
        return found

    def on_failure(self, kind: Kind) -> OnFailure:
        if kind in _MAY_BE_EMPTY:
            return "goes on"
        return "falls back" if kind == "answer" else "ends"

    def cause(self, ended: Ending) -> str:
        return records.status_of(ended.reason) if ended.answered_at is None else "completed"

    def arrival(self, params: Mapping[str, Any]) -> Arrival | None:
        if "status" in params or not params.get("to"):
            return None
        return Arrival(*(str(params.get(name, "")) for name in ("uuid", "from", "to")))

    def order(self, params: Mapping[str, Any]) -> Order:
        """Read it by the model of the SDK, which knows what the API demands."""
        given = {{"from": "from_"}.get(name, name): value for name, value in params.items()}
        try:
            known = CreateCallRequest(**given)
        except (ValidationError, VoiceError):
            raise RefusedOrderError("a parameter") from None
        if known.model_dump(mode="json", by_alias=True, exclude_none=True) != params:
            raise RefusedOrderError("a parameter that there is not")
        if len(params["to"]) != 1 or not params.get("answer_url") or not params.get("event_url"):
            raise RefusedOrderError("to, answer_url or event_url")
        return Order(
            caller=f"+{_number(params['from'])}",
            callee=f"+{_number(params['to'][0])}",
            answer_url=params["answer_url"][0],
            status_url=params["event_url"][0],
            method=params.get("answer_method", "GET"),
            ring_seconds=params.get("ringing_timer", 60),
            limit_seconds=params.get("length_timer", 7200),
        )

    def answer(self, path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        return rest.answer(path, request, api)


def _number(phone: Mapping[str, Any]) -> PhoneNumber:
    """Read a phone's: the API takes digits, without a plus. Raises RefusedOrderError."""
    number = phone.get("number", "")
    if phone.get("type") != "phone" or not number.isdecimal() or number.startswith("0"):
        raise RefusedOrderError("number")
    return str(number)


def _asked(kind: Kind, url: str | None, method: str, params: Params) -> list[Webhook]:
    is_json = method == "POST"
    return [Webhook(kind, method, url, params, is_json=is_json)] if url else []


def _hooked(kind: Kind, hook: Hook | None, *told: Params) -> list[Webhook]:
    """To a URL that a document gave, if it did."""
    if hook is None:
        return []
    is_json = hook.method == "POST"
    return [Webhook(kind, hook.method, hook.url, params, is_json=is_json) for params in told]


def _arrived(call: "CarrierCall") -> list[Webhook]:
    return _asked("answer", call.carrier.answer_url, call.carrier.method, records.answer(call))


def _fallen_back(call: "CarrierCall") -> list[Webhook]:
    original = {"url": call.carrier.answer_url, "type": "answer"}
    told = {**records.answer(call), "reason": "timeout", "original_request": original}
    return _asked("fallback", call.carrier.fallback_answer_url, call.carrier.method, told)


def _redirected(call: "CarrierCall") -> list[Webhook]:
    notice = call.redirect
    return _hooked("redirect", notice, {**notice.payload} if isinstance(notice, Notice) else {})


def _entered(call: "CarrierCall") -> list[Webhook]:
    return _hooked("digits", call.asked.hook if call.asked else None, records.digits(call))


def _whisper(call: "CarrierCall") -> list[Webhook]:
    return _hooked("confirm", call.dial.whisper if call.dial else None, records.whisper(call))


def _event(status: str, **more: Any) -> Callable[["CarrierCall"], list[Webhook]]:
    """Tell of the first leg: the application, or the URL in the order of a call."""

    def told(call: "CarrierCall") -> list[Webhook]:
        content = records.call_event(call, status, **more)
        return _asked("status", call.carrier.status_url, "POST", content)

    return told


def _dial_event(status: str, **more: Any) -> Callable[["CarrierCall"], list[Webhook]]:
    def told(call: "CarrierCall") -> list[Webhook]:
        hook = call.dial.events if call.dial else None
        return _hooked("dial", hook, records.leg_event(call, status, **more))

    return told


def _call_ended(call: "CarrierCall") -> list[Webhook]:
    hook = Hook(call.carrier.status_url) if call.carrier.status_url else None
    return _hooked("hangup", hook, *records.call_endings(call))


def _leg_ended(call: "CarrierCall") -> list[Webhook]:
    hook = call.dial.events if call.dial else None
    return _hooked("dial", hook, *records.leg_endings(call, call.legs[-1]))


def _recorded(call: "CarrierCall") -> list[Webhook]:
    return _hooked("recording", call.record.hook if call.record else None, records.recording(call))


_TOLD: Mapping[Moment, Callable[["CarrierCall"], list[Webhook]]] = {
    Moment.ARRIVED: _arrived,
    Moment.FALLEN_BACK: _fallen_back,
    Moment.REDIRECTED: _redirected,
    Moment.ENTERED: _entered,
    Moment.WHISPER: _whisper,
    Moment.CALL_INITIATED: _event("started"),
    Moment.CALL_RINGING: _event("ringing"),
    Moment.CALL_ANSWERED: _event("answered", **records.ANSWERED),
    Moment.CALL_ENDED: _call_ended,
    Moment.LEG_INITIATED: _dial_event("started"),
    Moment.LEG_RINGING: _dial_event("ringing"),
    Moment.LEG_ANSWERED: _dial_event("answered", **records.ANSWERED),
    Moment.LEG_ENDED: _leg_ended,
    Moment.RECORDED: _recorded,
}
