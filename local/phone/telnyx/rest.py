"""Telnyx's REST API, as far as Maskline uses it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.orders import NotPlaced, place
from local.phone.api.reading import authorization, params_of, query_of
from local.phone.twiml.rest import Rest

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.api.rented import RentedNumber

ORDER_NAMES = frozenset(
    [
        "To",
        "From",
        "ApplicationSid",
        "Url",
        "UrlMethod",
        "FallbackUrl",
        "StatusCallback",
        "StatusCallbackMethod",
        "StatusCallbackEvent",
        "Timeout",
        "TimeLimit",
    ]
)
_APPLICATION_NAMES = frozenset(
    [
        "friendly_name",
        "voice_url",
        "voice_method",
        "voice_fallback_url",
        "status_callback",
        "status_callback_method",
    ]
)
_MOST_OF_A_PAGE = 250


@dataclass(frozen=True)
class TelnyxRest(Rest):
    """Answers are JSON with `data`, and errors a list."""

    def answer(self, path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        if not authorization(request):
            return _NOT_FOUND
        if authorization(request) != f"Bearer {api.account[self.secret]}":
            return _error(401, "10009", "Authentication failed")
        match [unquote(part) for part in path.strip("/").split("/")]:
            case ["v2", "texml", "Accounts", owner, kind, *rest] if self._is(owner, api):
                return self._texml(kind, "".join(rest).removesuffix(".json"), request, api)
            case ["v2", kind, *rest] if found := _RESOURCES.get((request.method, kind)):
                return found("".join(rest), request, api)
        return _NOT_FOUND

    def _is(self, owner: str, api: "CarrierApi") -> bool:
        return owner == api.account[self.account_name]

    def _texml(self, kind: str, sid: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        match request.method, kind, sid:
            case "POST", "Calls", "":
                return _placed(request, api)
            case "GET" | "POST", "Calls", sid:
                return self._texml_call(sid, request, api)
            case "GET", "Recordings", sid if api.recordings.get(sid):
                return self.recording(sid, api)
        return _NOT_FOUND

    def _texml_call(self, sid: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        call = api.calls.get(sid)
        if call is None:
            return _NOT_FOUND
        if request.method == "POST":
            if params_of(request) != {"Status": "completed"}:
                return _INVALID
            if not api.calls.end(sid):
                return _error(422, "90018", "Call has already ended")
        return HttpResponse.json(200, self.record(api.calls.get(sid) or call, api))


def _placed(request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    """The answer names no call."""
    asked = params_of(request)
    placed = place(asked, api, _NOT_PLACED)
    if isinstance(placed, HttpResponse):
        return placed
    content = {"from": asked["From"], "to": asked["To"], "status": "queued"}
    return HttpResponse.json(200, content)


def _liveness(sid: str, _: HttpRequest, api: "CarrierApi") -> HttpResponse:
    call = api.calls.get(sid)
    if call is None:
        return _NOT_FOUND
    data = {"record_type": "call", "call_control_id": sid, "is_alive": call.is_alive}
    return HttpResponse.json(200, {"data": data})


def _application(sid: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    """The account's one application is there from the beginning, with the carrier's defaults."""
    if sid != api.account["application_sid"]:
        return _NOT_FOUND
    usual = {"friendly_name": "masking", "voice_method": "get", "status_callback_method": "get"}
    known = api.rented.applications.setdefault(sid, usual)
    if request.method == "PATCH":
        wanted = params_of(request)
        if not {"friendly_name", "voice_url"} <= wanted.keys() <= _APPLICATION_NAMES:
            return _INVALID
        known |= wanted
    return HttpResponse.json(200, {"data": {"id": sid, **known}})


def _numbers(_: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    query = query_of(request)
    size, page = int(query.get("page[size]", 20)), int(query.get("page[number]", 1))
    if not 0 < size <= _MOST_OF_A_PAGE or page < 1:
        return _INVALID
    total = len(api.rented.numbers)
    meta = {
        "page_number": page,
        "page_size": size,
        "total_pages": -(-total // size),
        "total_results": total,
    }
    listed = api.rented.page(offset=(page - 1) * size, limit=size)
    return HttpResponse.json(200, {"data": [_number(one) for one in listed], "meta": meta})


def _link(number: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    found = next((one for one in api.rented.numbers.values() if _id(one) == number), None)
    wanted = params_of(request)
    if found is None:
        return _NOT_FOUND
    if wanted != {"connection_id": api.account["application_sid"]}:
        return _INVALID
    found.settings |= wanted
    return HttpResponse.json(200, {"data": _number(found)})


def _number(one: "RentedNumber") -> dict[str, Any]:
    return {
        "id": _id(one),
        "record_type": "phone_number",
        "phone_number": one.number,
        "country_iso_alpha2": one.country,
        "status": "active",
        "connection_id": one.settings.get("connection_id", ""),
    }


def _id(one: "RentedNumber") -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, one.number).int)[:19]


def _error(status: int, code: str, title: str) -> HttpResponse:
    return HttpResponse.json(status, {"errors": [{"code": code, "title": title, "detail": title}]})


_INVALID = _error(422, "10015", "Invalid parameter")
_NOT_PLACED = NotPlaced(
    invalid=lambda _: _INVALID,
    refused=_INVALID,
    lost=_error(500, "10015", "Invalid parameter"),
)
_NOT_FOUND = _error(404, "10005", "Resource not found")
_RESOURCES: Mapping[tuple[str, str], Callable[[str, HttpRequest, "CarrierApi"], HttpResponse]] = {
    ("GET", "calls"): _liveness,
    ("GET", "texml_applications"): _application,
    ("PATCH", "texml_applications"): _application,
    ("GET", "phone_numbers"): _numbers,
    ("PATCH", "phone_numbers"): _link,
}
