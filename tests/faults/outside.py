"""Whom the service calls: the carrier's Call API and a customer, both without a network."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from maskline.wire.outbound import HttpAnswer, HttpRequest

CUSTOMER = "https://customer.example.com/events"


@dataclass
class Outside:
    """`received` is what the customer got, in order; `call_orders` are calls that will ring."""

    received: list[dict[str, str]] = field(default_factory=list)
    call_orders: list[dict[str, str]] = field(default_factory=list)
    live_calls: set[str] = field(default_factory=set)
    is_broken: bool = False

    def send(self, request: HttpRequest, **_: object) -> HttpAnswer:
        path = urlsplit(request.url).path
        if path.endswith("/Call/"):
            self.call_orders.append(json.loads(request.body or b""))
            return HttpAnswer(201)
        if path.startswith("/v1/Account/"):
            return HttpAnswer(
                200 if path.rstrip("/").rpartition("/")[2] in self.live_calls else 404
            )
        if self.is_broken:
            return HttpAnswer(503)
        self.received.append(dict(parse_qsl((request.body or b"").decode())))
        return HttpAnswer(204)

    def delivered(self, session_uuid: str) -> list[int]:
        """The sequence numbers of a session's events, as they came."""
        mine = (one for one in self.received if one["SessionUUID"] == session_uuid)
        return [int(one["SequenceNumber"]) for one in mine]
