"""A carrier's webhooks: which of them there are, and where each goes."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from local.phone.dialect import Moment
from local.phone.instructions import Hook
from local.phone.legs import Leg
from local.phone.webhooks import Kind, Webhook

if TYPE_CHECKING:
    from local.phone.carrier_call import CarrierCall

Content = Mapping[str, Any]
# None: the carrier has nothing to tell. Several: one webhook each, in this order.
Told = Content | Sequence[Content] | None
Words = Mapping[Moment, Callable[["CarrierCall"], Told]]

OF_CALL = frozenset(
    {Moment.CALL_INITIATED, Moment.CALL_RINGING, Moment.CALL_ANSWERED, Moment.CALL_ENDED}
)
OF_LEG = frozenset(
    {
        Moment.LEG_INITIATED,
        Moment.LEG_RINGING,
        Moment.LEG_ANSWERED,
        Moment.LEG_BRIDGED,
        Moment.LEG_ENDED,
    }
)
_KINDS: Mapping[Moment, Kind] = {
    Moment.ARRIVED: "answer",
    Moment.FALLEN_BACK: "fallback",
    Moment.REDIRECTED: "redirect",
    Moment.ENTERED: "digits",
    Moment.WHISPER: "confirm",
    Moment.DIAL_OVER: "action",
    Moment.CALL_INITIATED: "status",
    Moment.CALL_RINGING: "ring",
    Moment.CALL_ANSWERED: "status",
    Moment.CALL_ENDED: "hangup",
    Moment.RECORDED: "recording",
    Moment.NOT_RECORDED: "recording",
    **dict.fromkeys(OF_LEG, "dial"),
}


def _application(call: "CarrierCall", url: str | None) -> Hook:
    return Hook(url or "", call.carrier.method)


_HOOKS: Mapping[Moment, Callable[["CarrierCall"], Hook | None]] = {
    Moment.ARRIVED: lambda call: _application(call, call.carrier.answer_url),
    Moment.FALLEN_BACK: lambda call: _application(call, call.carrier.fallback_answer_url),
    Moment.REDIRECTED: lambda call: call.redirect,
    Moment.ENTERED: lambda call: call.asked.hook if call.asked else None,
    Moment.WHISPER: lambda call: call.dial.whisper if call.dial else None,
    Moment.DIAL_OVER: lambda call: call.dial.after if call.dial else None,
    Moment.RECORDED: lambda call: call.record.hook if call.record else None,
    Moment.NOT_RECORDED: lambda call: call.record.hook if call.record else None,
    **dict.fromkeys(OF_CALL, lambda call: _application(call, call.carrier.status_url)),
    **dict.fromkeys(OF_LEG, lambda call: call.dial.events if call.dial else None),
}


class SharedDialect:
    """The part of a dialect that most carriers share; see Dialect.

    `words` are what it tells of a call at each moment: of others it tells nothing.
    """

    words: ClassVar[Words] = {}
    is_json: ClassVar[bool] = False

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str:
        return f"{leg.uuid[:-12]}{call.call_uuid[-12:]}"

    def webhooks(self, moment: Moment, call: "CarrierCall") -> Sequence[Webhook]:
        hook = self.hook(moment, call)
        told = self.told(moment, call) if hook and hook.url else None
        if hook is None or told is None:
            return ()
        contents = [told] if isinstance(told, Mapping) else told
        kind = self.kind(moment, call)
        return [Webhook(kind, hook.method, hook.url, one, self.is_json) for one in contents]

    def kind(self, moment: Moment, call: "CarrierCall") -> Kind:  # noqa: ARG002 (some need it)
        return _KINDS[moment]

    def told(self, moment: Moment, call: "CarrierCall") -> Told:
        """Return what the carrier tells at a moment of a call."""
        words = self.words.get(moment)
        return words(call) if words else None

    def hook(self, moment: Moment, call: "CarrierCall") -> Hook | None:
        """Return where it tells it: a URL of the application behind the number, or a document's."""
        return _HOOKS[moment](call)
