"""Vonage's dialect, for the telephone network."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
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
from local.phone.grammar.dialect import OF_CALL, SharedDialect
from local.phone.instructions import Audio, Hook, Instruction, InvalidDocumentError
from local.phone.legs import Ending
from local.phone.vonage import records, rest
from local.phone.vonage.ncco import instructions, read_ncco
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


class Vonage(SharedDialect):
    name = "vonage"
    account_name = "api_key"
    signing_name = "signature_secret"
    wrong_secret = "somebody-else's-signature-secret"  # noqa: S105 (nobody's)
    words = records.WORDS
    is_json = True

    def kind(self, moment: Moment, call: "CarrierCall") -> Kind:
        return "status" if moment is Moment.CALL_RINGING else super().kind(moment, call)

    def hook(self, moment: Moment, call: "CarrierCall") -> Hook | None:
        """Events are posted: to the application, or to the URL in the order of a call."""
        return Hook(call.carrier.status_url) if moment in OF_CALL else super().hook(moment, call)

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
