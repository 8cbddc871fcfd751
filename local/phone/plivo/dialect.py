"""Plivo's dialect, for the telephone network."""

from collections.abc import Mapping, Sequence
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
from local.phone.grammar.dialect import SharedDialect
from local.phone.instructions import Hook, Instruction, InvalidDocumentError
from local.phone.legs import Ending
from local.phone.plivo import records, rest
from local.phone.plivo.documents import instructions
from local.phone.plivo.signing import signature_headers
from local.phone.plivo.xml import AUDIO, read_document
from local.phone.webhooks import Delivery, Kind, Request, Rules, Webhook

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.carrier_call import CarrierCall

_REQUIRED = ("from", "to", "answer_url")


class Plivo(SharedDialect):
    name = "plivo"
    account_name = "auth_id"
    signing_name = "auth_token"
    wrong_secret = "not-the-token"  # noqa: S105 (nobody's)
    words = records.WORDS

    def hook(self, moment: Moment, call: "CarrierCall") -> Hook | None:
        """A URL of its own is told that somebody rings who is called up."""
        if moment is Moment.CALL_RINGING:
            return Hook(call.order.progress_url) if call.order else None
        return super().hook(moment, call)

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
