"""The carrier, simulated: rings our numbers with signed webhooks and follows the XML it gets.

    carrier = CarrierSimulator.of(stack.info())
    result = carrier.call("+12025550101", "+12025550110", Script(talk_seconds=30))
    assert result.leg.to == "+12025550102" and result.leg.caller_id == "+12025550110"

or step by step: `carrier.place(...)` and then `start()`, `answer()`, `hangup()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from local.phone.plivo.call import Carrier
from local.phone.plivo.records import MEDIA
from local.phone.plivo.steps import Party, SimulatedCall
from local.phone.plivo.webhooks import Courier, Signature

Answer = Literal["yes", "busy", "no-answer", "rejected", "unreachable", "timeout", "cancel"]


@dataclass(frozen=True)
class Script:
    """The behaviour of the two people. Seconds are virtual: nobody waits for them.

    `digits` are what the caller enters at each prompt; after the last one they say nothing.
    """

    answer: Answer = "yes"
    ring_seconds: int = 4
    talk_seconds: int = 12
    hangup_by: Party = "caller"
    digits: tuple[str, ...] = ()


@dataclass(frozen=True)
class CarrierSimulator:
    carrier: Carrier

    @classmethod
    def of(cls, info: Mapping[str, Any], *, signature: Signature = "valid") -> "CarrierSimulator":
        """The carrier that `GET /local/info` describes."""
        [known] = info["carriers"].values()
        return cls(
            Carrier(
                auth_id=known.get("auth_id", ""),
                courier=Courier((known["auth_token"],), signature),
                answer_url=known["answer_url"],
                hangup_url=known["hangup_url"],
                calls_url=known.get("calls_url"),
                recordings_url=known.get("recordings_url"),
                media=known.get("api_url", MEDIA),
            )
        )

    def having(self, **changes: Any) -> "CarrierSimulator":
        """Return a copy with other settings (fields of `Carrier`), such as method="GET"."""
        return CarrierSimulator(replace(self.carrier, **changes))

    def signing(self, signature: Signature) -> "CarrierSimulator":
        """Return a copy that signs rightly, wrongly or not at all."""
        return self.having(courier=replace(self.carrier.courier, signature=signature))

    def place(self, caller: str, dialled: str, *, collects: bool = False) -> SimulatedCall:
        """A call that has not been dialled yet."""
        return SimulatedCall(self.carrier, caller, dialled, collects)

    def call(self, caller: str, dialled: str, script: Script | None = None) -> SimulatedCall:
        """A whole call, from dialling to the last webhook."""
        return follow(self.place(caller, dialled), script or Script())


def follow(call: SimulatedCall, script: Script) -> SimulatedCall:
    """Play a script on a call that has not been dialled yet."""
    return finish(call.start(), script)


def finish(call: SimulatedCall, script: Script) -> SimulatedCall:
    """Play the rest of a script on a call that has been dialled."""
    digits = iter(script.digits)
    while call.state != "ended":
        if call.state == "entering":
            call.press(next(digits, ""))
        elif call.state == "talking":
            call.hangup(script.hangup_by, after=script.talk_seconds)
        elif script.answer == "yes":
            call.answer(after=script.ring_seconds)
        else:
            call.decline(script.answer, after=script.ring_seconds)
    return call
