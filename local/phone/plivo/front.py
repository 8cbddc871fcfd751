"""The simulated carrier over HTTP: its Call API, and what tests and the simulator tell it."""

import json
from typing import Any
from urllib.parse import parse_qs

from local.gateway.messages import NOT_FOUND, HttpRequest, HttpResponse
from local.phone.plivo.call_api import CallApi
from local.phone.plivo.live_calls import LiveCalls
from local.phone.recordings import Recordings

CARRIER_API = "/local/carriers/plivo"


class CarrierApi:
    """Behind CARRIER_API, /v1/ is the carrier's own; calls/, recordings/ and outgoing/ are ours."""

    def __init__(self, live_calls: LiveCalls, call_api: CallApi, recordings: Recordings) -> None:
        self._live_calls = live_calls
        self._placing = call_api
        self._recordings = recordings

    def answer(self, request: HttpRequest) -> HttpResponse:
        path = request.path.removeprefix(CARRIER_API)
        _, kind, *rest = path.rstrip("/").split("/")
        match request.method, kind:
            case "GET", "v1" if rest[2:3] == ["Recording"]:
                return self._recording(path, rest[3:], request)
            case "GET" | "POST", "v1":
                return self._call_api(path, request)
            case "PUT" | "DELETE", "calls":
                return self._announce(rest[-1], request)
            case "PUT", "recordings":
                self._recordings.keep(rest[-1], json_of(request) or {})
                return HttpResponse.json(200, {})
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

    def _recording(self, path: str, name: list[str], request: HttpRequest) -> HttpResponse:
        """The file is public, as the real carrier's is by default; the record is the account's."""
        uuid, _, file_format = "/".join(name).partition(".")
        if file_format:
            media = self._recordings.media(uuid, file_format)
            return (
                HttpResponse(200, (("content-type", media[0]),), media[1]) if media else NOT_FOUND
            )
        if not self._live_calls.is_authorized(path, _authorization(request)):
            return HttpResponse.json(401, {"error": "authentication failed"})
        record = self._recordings.record(uuid)
        return HttpResponse.json(200, record) if record else NOT_FOUND

    def _call_api(self, path: str, request: HttpRequest) -> HttpResponse:
        authorization = _authorization(request)
        if request.method == "POST":
            answer = self._placing.answer(path, authorization=authorization, body=request.body)
        else:
            wanted = parse_qs(request.query).get("status", [""])[0]
            answer = self._live_calls.answer(path, authorization=authorization, status=wanted)
        return HttpResponse.json(*answer)


def _authorization(request: HttpRequest) -> str:
    return next(iter(request.values("authorization")), "")


def json_of(request: HttpRequest) -> Any:
    """The body, None if it is not JSON."""
    try:
        return json.loads(request.body or b"{}")
    except ValueError:
        return None
