"""A call that the carrier was asked to place: somebody is called up, then it goes like others."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from local.phone.carrier_call import Carrier
from local.phone.dialect import Moment, Order
from local.phone.legs import RINGS
from local.phone.simulator import Answer, Script, finish
from local.phone.steps import SimulatedCall

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

    @property
    def is_placed(self) -> bool:
        return True

    def start(self) -> "PlacedCall":
        self._require("new")
        self._announce()
        self.state = "running"
        self._report(Moment.CALL_INITIATED)
        if self.first_answers == "yes" or self.first_answers in RINGS:
            self._report(Moment.CALL_RINGING)
        self.seconds += _RING_SECONDS
        if self.first_answers != "yes":
            self._end_by(self.first_answers, "callee")
            return self
        self._pick_up()
        self._follow()
        return self

    def _report(self, moment: Moment) -> None:
        """At once, even if webhooks are collected: nothing was answered yet."""
        for webhook in self.webhooks(moment):
            self.deliver(webhook)


def place(
    order: Mapping[str, Any] | Order, outgoing: Outgoing, carrier: Carrier
) -> list[PlacedCall]:
    """The calls that come of an order, as the carrier's API got it or as its dialect read it."""
    asked = order if isinstance(order, Order) else carrier.dialect.order(order)
    told_at = replace(
        carrier, answer_url=asked.answer_url, status_url=asked.status_url, method=asked.method
    )
    calls = [
        PlacedCall(told_at, asked.caller, asked.callee, order=asked) for _ in range(outgoing.legs)
    ]
    for call in calls:
        call.first_answers = outgoing.first_answers
    return calls


def play(calls: list[PlacedCall], script: Script) -> None:
    """All of them are picked up, or not, before anybody hangs up."""
    for call in calls:
        call.start()
    for call in calls:
        finish(call, script)
