"""A call that the carrier was asked to place: somebody is called up, then the XML is followed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from local.phone.plivo.call import Carrier
from local.phone.plivo.records import UNANSWERED, Hangup
from local.phone.plivo.steps import SimulatedCall
from local.phone.plivo.webhooks import Webhook
from local.phone.simulator import Answer, Script, finish

_RING_SECONDS = 5


@dataclass(frozen=True)
class Outgoing:
    """The fate of a request to call somebody.

    `api`: the call is placed, refused (400) or fails (500); or it is placed and the answer is lost.
    `legs`: how many calls the carrier makes of one request.
    """

    api: Literal["accepts", "refuses", "fails", "loses"] = "accepts"
    first_answers: Answer = "yes"
    legs: int = 1
    then: Script = field(default_factory=Script)

    @classmethod
    def of(cls, wanted: Mapping[str, Any]) -> "Outgoing":
        then = Script(**wanted.get("then", {}))
        return cls(**{**wanted, "then": then})

    @property
    def is_placed(self) -> bool:
        return self.api in {"accepts", "loses"}


class PlacedCall(SimulatedCall):
    """`caller` is who the callee sees; the callee is called before anything is asked."""

    first_answers: Answer = "yes"
    ring_url: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.record = replace(self.record, direction="outbound")

    def start(self) -> "PlacedCall":
        if self.ring_url and self.first_answers not in {"busy", "unreachable"}:
            self.deliver(Webhook("ring", "POST", self.ring_url, self.record.ring()))
        self._seconds += _RING_SECONDS
        if self.first_answers != "yes":
            ended = UNANSWERED[self.first_answers]
            self._end(Hangup(ended.cause, "Callee", ended.status, None, self._seconds))
            return self
        self._pick_up()
        super().start()
        return self


def place(order: Mapping[str, Any], outgoing: Outgoing, carrier: Carrier) -> list[PlacedCall]:
    """The calls that come of a request to the Call API, whose parameters are `order`."""
    told_at = replace(
        carrier,
        answer_url=str(order["answer_url"]),
        hangup_url=str(order["hangup_url"]),
        method="POST",
    )
    calls = [
        PlacedCall(told_at, f"+{order['from']}", f"+{order['to']}") for _ in range(outgoing.legs)
    ]
    for call in calls:
        call.first_answers = outgoing.first_answers
        call.ring_url = str(order.get("ring_url", ""))
    return calls


def play(calls: list[PlacedCall], script: Script) -> None:
    """All of them are picked up, or not, before anybody hangs up."""
    for call in calls:
        call.start()
    for call in calls:
        finish(call, script)
