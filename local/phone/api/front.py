"""A simulated carrier over HTTP: its REST API, and what tests and the simulator tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.calls import KeptCall, KeptCalls
from local.phone.api.placing import Placing
from local.phone.api.reading import json_of
from local.phone.api.recordings import Recordings
from local.phone.api.rented import Rented
from local.phone.dialect import Dialect

CARRIERS = "/local/carriers"


def carrier_api(name: str) -> str:
    """Return the path of a carrier's API."""
    return f"{CARRIERS}/{name}"


@dataclass
class CarrierApi:
    """An account at the carrier, over HTTP. Its credentials have the carrier's own names.

    Behind its path calls/, recordings/, outgoing/ and prices/ are ours, the rest is the carrier's.
    """

    dialect: Dialect
    account: Mapping[str, str]
    placing: Placing
    calls: KeptCalls = field(default_factory=KeptCalls)
    recordings: Recordings = field(default_factory=Recordings)
    rented: Rented = field(default_factory=Rented)

    def answer(self, path: str, request: HttpRequest) -> HttpResponse:
        """`path` is below the carrier's, and begins with a slash."""
        kind, _, name = path.strip("/").partition("/")
        match request.method, kind:
            case "PUT", "calls":
                self.calls.keep(KeptCall.of(unquote(name), _mapping(request)))
            case "DELETE", "calls":
                self.calls.remove(unquote(name))
            case "PUT", "recordings":
                self.recordings.keep(unquote(name), _mapping(request))
            case "PUT", "prices":
                self.calls.priced_after_seconds = float(_mapping(request)["after_seconds"])
            case "GET" | "PUT", "outgoing":
                return self._outgoing(name, request)
            case _:
                return self.dialect.answer(path, request, self)
        return HttpResponse.json(200, {})

    def _outgoing(self, number: str, request: HttpRequest) -> HttpResponse:
        """PUT: what is to happen to calls that we are asked to place to a number. How many were."""
        if request.method == "PUT":
            self.placing.expect(number, _mapping(request))
        return HttpResponse.json(200, {"requested": self.placing.requested(number)})


def _mapping(request: HttpRequest) -> dict[str, Any]:
    content = json_of(request)
    return content if isinstance(content, dict) else {}
