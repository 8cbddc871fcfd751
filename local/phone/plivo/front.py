"""The simulated carrier over HTTP: its Call API, and what tests and the simulator tell it."""

import json
from typing import Any
from urllib.parse import parse_qs

from local.gateway.messages import NOT_FOUND, HttpRequest, HttpResponse
from local.phone.plivo.call_api import CallApi
from local.phone.plivo.live_calls import LiveCalls

CARRIER_API = "/local/carriers/plivo"


class CarrierApi:
    """Behind CARRIER_API, /v1/ is the carrier's own API; calls/ and outgoing/ are ours."""

    def __init__(self, live_calls: LiveCalls, call_api: CallApi) -> None:
        self._live_calls = live_calls
        self._placing = call_api

    def answer(self, request: HttpRequest) -> HttpResponse:
        path = request.path.removeprefix(CARRIER_API)
        _, kind, *rest = path.rstrip("/").split("/")
        match request.method, kind:
            case "GET" | "POST", "v1":
                return self._call_api(path, request)
            case "PUT" | "DELETE", "calls":
                return self._announce(rest[-1], request)
            case "GET" | "PUT", "outgoing":
                return self._outgoing(rest[-1], request)
        return NOT_FOUND

    def _announce(self, call_uuid: str, request: HttpRequest) -> HttpResponse:
        if request.method == "PUT":
            self._live_calls.put(call_uuid, json_of(request) or {})
        else:
            self._live_calls.remove(call_uuid)
        return HttpResponse.json(200, {})

    def _outgoing(self, number: str, request: HttpRequest) -> HttpResponse:
        """PUT: what is to happen to calls that we are asked to place to a number. How many were."""
        if request.method == "PUT":
            self._placing.expect(number, json_of(request) or {})
        return HttpResponse.json(200, {"requested": self._placing.requested(number)})

    def _call_api(self, path: str, request: HttpRequest) -> HttpResponse:
        headers = {name.lower(): value for name, value in request.headers}
        authorization = headers.get("authorization", "")
        if request.method == "POST":
            answer = self._placing.answer(path, authorization=authorization, body=request.body)
        else:
            wanted = parse_qs(request.query).get("status", [""])[0]
            answer = self._live_calls.answer(path, authorization=authorization, status=wanted)
        return HttpResponse.json(*answer)


def json_of(request: HttpRequest) -> Any:
    """The body, None if it is not JSON."""
    try:
        return json.loads(request.body or b"{}")
    except ValueError:
        return None
