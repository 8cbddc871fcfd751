"""The calls that the simulated carrier is asked to place."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

from local.phone.carrier_call import Carrier
from local.phone.dialect import Order
from local.phone.placed import Outgoing, PlacedCall, place, play

Told = Callable[[PlacedCall], None]


class Placing:
    """Calls are answered unless `expect` was told otherwise of a number.

    `carrier` is given once the stack has an address; each call runs in a thread of its own.
    """

    def __init__(self, carrier: Callable[[], Carrier], tell: Told) -> None:
        self._carrier = carrier
        self._tell = tell
        self._expected: dict[str, Outgoing] = {}
        self._requested: dict[str, int] = {}

    def expect(self, number: str, wanted: Mapping[str, Any]) -> None:
        """Set what is to happen to the calls to a number."""
        self._expected[number.removeprefix("+")] = Outgoing.of(wanted)

    def requested(self, number: str) -> int:
        """Count the requests to call a number."""
        return self._requested.get(number.removeprefix("+"), 0)

    def request(self, order: Order) -> str | Literal["refused", "lost"]:
        """The id of the call that is placed; or that it is refused; or that we shall not know."""
        number = order.callee.removeprefix("+")
        self._requested[number] = self.requested(number) + 1
        outgoing = self._expected.get(number, Outgoing())
        if outgoing.api == "refuses":
            return "refused"
        calls = self._place(order, outgoing) if outgoing.is_placed else []
        return calls[0].call_uuid if outgoing.api == "accepts" else "lost"

    def _place(self, order: Order, outgoing: Outgoing) -> list[PlacedCall]:
        calls = place(order, outgoing, self._carrier())

        def run() -> None:
            play(calls, outgoing.then)
            for call in calls:
                self._tell(call)

        threading.Thread(target=run, name="placed call", daemon=True).start()
        return calls
