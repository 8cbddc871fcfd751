"""The carrier, simulated: rings our numbers with signed webhooks and follows what it is told.

    carrier = CarrierSimulator.of(stack.info())
    result = carrier.call("+12025550101", "+12025550110", Script(talk_seconds=30))
    assert result.leg.to == "+12025550102" and result.leg.caller_id == "+12025550110"

or step by step: `carrier.place(...)` and then `start()`, `answer()`, `hangup()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from local.phone.carrier_call import Carrier
from local.phone.dialects import DIALECTS
from local.phone.legs import Party
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Courier, Signature

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
    def of(
        cls,
        info: Mapping[str, Any],
        *,
        carrier: str = "",
        number: str = "",
        signature: Signature = "valid",
    ) -> "CarrierSimulator":
        """A carrier that `GET /local/info` describes: that one, the number's, or the first."""
        described: Mapping[str, Mapping[str, Any]] = info["carriers"]
        named = [name for name, known in described.items() if number in known.get("numbers", ())]
        name = carrier or next(iter((*named, *described)))
        known, dialect = described[name], DIALECTS[name]
        account = {key: value for key, value in known.items() if isinstance(value, str)}
        return cls(
            Carrier(
                account_id=known[dialect.account_name],
                courier=Courier(dialect, (known[dialect.signing_name],), signature, account),
                answer_url=known["answer_url"],
                status_url=known["status_url"],
                calls_url=known.get("calls_url"),
                recordings_url=known.get("recordings_url"),
                media=known.get("api_url"),
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
