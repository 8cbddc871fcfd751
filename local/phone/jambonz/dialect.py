"""jambonz's dialect, for the telephone network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.dialect import AnswerFailedError, Arrival, Moment, OnFailure, Order
from local.phone.grammar.dialect import OF_CALL, OF_LEG, SharedDialect
from local.phone.instructions import Hook, Instruction, InvalidDocumentError
from local.phone.jambonz import records, rest
from local.phone.jambonz.signing import signature_header
from local.phone.jambonz.verbs import instructions, read_verbs
from local.phone.legs import Ending, Leg
from local.phone.webhooks import Delivery, Kind, Request, Rules, Webhook

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.carrier_call import CarrierCall

_TAKEN = {200, 202, 204}
_MOST_RETRIES = 5


class Jambonz(SharedDialect):
    name = "jambonz"
    account_name = "account_sid"
    signing_name = "webhook_secret"
    wrong_secret = "not-the-secret"  # noqa: S105 (nobody's)
    words = records.WORDS
    is_json = True

    def hook(self, moment: Moment, call: "CarrierCall") -> Hook | None:
        """It posts, and one URL is told of all legs."""
        if moment is Moment.ARRIVED:
            return Hook(call.carrier.answer_url)
        if moment in OF_CALL | OF_LEG:
            return Hook(call.carrier.status_url)
        return super().hook(moment, call)

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str:
        raise NotImplementedError("no verb of this dialect records")

    def signature(self, request: Request, secrets: Sequence[str]) -> Mapping[str, str]:
        return signature_header(request.body, secrets)

    def rules(self, webhook: Webhook) -> Rules:
        rules = Rules.of_fragment(webhook.url, retries=0, retry_on="ct", read_seconds=10)
        return replace(rules, retries=min(rules.retries, _MOST_RETRIES))

    def read(self, kind: Kind, answer: Delivery) -> Sequence[Instruction] | None:
        if answer.status not in _TAKEN:
            raise AnswerFailedError
        verbs = read_verbs(answer.content_type, answer.body)
        if kind == "confirm":
            return instructions(verbs or (), to_callee=True)
        if verbs:
            return instructions(verbs)
        if kind == "answer":
            raise InvalidDocumentError("no application provided")
        return None

    def on_failure(self, kind: Kind) -> OnFailure:
        return "goes on" if kind in ("digits", "action") else "ends"

    def cause(self, ended: Ending) -> str:
        status = records.of_caller(ended, is_placed=False)
        return f"{status.sip} {status.reason}"

    def arrival(self, params: Mapping[str, Any]) -> Arrival | None:
        return Arrival(*(str(params.get(name, "")) for name in ("call_sid", "from", "to")))

    def order(self, params: Mapping[str, Any]) -> Order:
        return rest.order(params)

    def answer(self, path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        return rest.answer(path, request, api)
