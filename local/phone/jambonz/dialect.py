"""jambonz's dialect, for the telephone network."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.dialect import AnswerFailedError, Arrival, Moment, OnFailure, Order
from local.phone.instructions import Hook, Instruction, InvalidDocumentError
from local.phone.jambonz import records, rest
from local.phone.jambonz.records import Body
from local.phone.jambonz.signing import signature_header
from local.phone.jambonz.verbs import instructions, read_verbs
from local.phone.legs import Ending, Leg
from local.phone.webhooks import Delivery, Kind, Request, Rules, Webhook

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.carrier_call import CarrierCall

_TAKEN = {200, 202, 204}
_MOST_RETRIES = 5


class Jambonz:
    name = "jambonz"
    account_name = "account_sid"
    signing_name = "webhook_secret"
    wrong_secret = "not-the-secret"  # noqa: S105 (nobody's)

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str:
        raise NotImplementedError("no verb of this dialect records")

    def webhooks(self, moment: Moment, call: "CarrierCall") -> Sequence[Webhook]:
        told = _WEBHOOKS.get(moment)
        webhook = told(call) if told else None
        return [webhook] if webhook else []

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


def _to_status_url(
    kind: Kind, body: Callable[["CarrierCall"], Body | None]
) -> Callable[["CarrierCall"], Webhook | None]:
    """One URL is told of all legs."""

    def told(call: "CarrierCall") -> Webhook | None:
        hook = Hook(call.carrier.status_url) if call.carrier.status_url else None
        return _posted(kind, hook, body(call))

    return told


def _posted(kind: Kind, hook: Hook | None, body: Body | None) -> Webhook | None:
    if hook is None or body is None:
        return None
    return Webhook(kind, hook.method, hook.url, body, is_json=True)


_ANSWERED = partial(records.call_info, status=records.IN_PROGRESS)
_LEG_ANSWERED = partial(records.leg_info, status=records.IN_PROGRESS)
_Told = Callable[["CarrierCall"], Webhook | None]
_WEBHOOKS: Mapping[Moment, _Told] = {
    Moment.ARRIVED: lambda call: _posted(
        "answer", Hook(call.carrier.answer_url), records.new_call(call)
    ),
    Moment.REDIRECTED: lambda call: _posted("redirect", call.redirect, _ANSWERED(call)),
    Moment.ENTERED: lambda call: _posted(
        "digits", call.asked.hook if call.asked else None, records.digits(call)
    ),
    Moment.WHISPER: lambda call: _posted(
        "confirm", call.dial.whisper if call.dial else None, _LEG_ANSWERED(call)
    ),
    Moment.DIAL_OVER: lambda call: _posted(
        "action", call.dial.after if call.dial else None, records.dial_over(call)
    ),
    Moment.CALL_INITIATED: _to_status_url(
        "status", partial(records.call_info, status=records.TRYING)
    ),
    Moment.CALL_RINGING: _to_status_url("ring", records.ringing),
    Moment.CALL_ANSWERED: _to_status_url("status", _ANSWERED),
    Moment.CALL_ENDED: _to_status_url("hangup", records.call_ended),
    Moment.LEG_INITIATED: _to_status_url("dial", partial(records.leg_info, status=records.TRYING)),
    Moment.LEG_RINGING: _to_status_url("dial", partial(records.leg_info, status=records.RINGING)),
    Moment.LEG_ANSWERED: _to_status_url("dial", _LEG_ANSWERED),
    Moment.LEG_ENDED: _to_status_url("dial", records.leg_ended),
}
