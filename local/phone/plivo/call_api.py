"""The carrier's Call API, where it places calls: POST /v1/Account/{id}/Call/."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from local.phone.plivo.call import Carrier
from local.phone.plivo.live_calls import JsonAnswer, LiveCalls
from local.phone.plivo.placed import Outgoing, PlacedCall, place, play

_REQUIRED = ("from", "to", "answer_url")
_LOST: JsonAnswer = (500, {"error": "internal server error"})

Told = Callable[[PlacedCall], None]


class CallApi:
    """Calls are answered unless `expect` was told otherwise of a number.

    `carrier` is given once the stack has an address; each call runs in a thread of its own.
    """

    def __init__(self, live_calls: LiveCalls, carrier: Callable[[], Carrier], tell: Told) -> None:
        self._live_calls = live_calls
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

    def answer(self, path: str, *, authorization: str, body: bytes) -> JsonAnswer:
        """`path` as in /v1/Account/{id}/Call/."""
        api_id = str(uuid.uuid4())
        if not self._live_calls.is_authorized(path, authorization):
            return 401, {"api_id": api_id, "error": "authentication failed"}
        order = _order(body)
        missing = [name for name in _REQUIRED if not order.get(name)]
        if missing:
            return 400, {"api_id": api_id, "error": f"{missing[0]} is missing"}
        number = str(order["to"])
        self._requested[number] = self.requested(number) + 1
        outgoing = self._expected.get(number, Outgoing())
        if outgoing.api == "refuses":
            return 400, {"api_id": api_id, "error": "to is not a valid number"}
        calls = self._place(order, outgoing) if outgoing.is_placed else []
        if outgoing.api != "accepts":
            return _LOST
        uuid_of_call = calls[0].call_uuid
        return 201, {"api_id": api_id, "message": "call fired", "request_uuid": uuid_of_call}

    def _place(self, order: Mapping[str, Any], outgoing: Outgoing) -> list[PlacedCall]:
        calls = place(order, outgoing, self._carrier())

        def run() -> None:
            play(calls, outgoing.then)
            for call in calls:
                self._tell(call)

        threading.Thread(target=run, name="placed call", daemon=True).start()
        return calls


def _order(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
