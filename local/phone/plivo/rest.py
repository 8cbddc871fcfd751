"""Plivo's REST API, as far as Maskline uses it, below /v1/Account/{auth_id}/."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from local.gateway.messages import NOT_FOUND, HttpRequest, HttpResponse
from local.phone.api.orders import NotPlaced, place
from local.phone.api.reading import has_login, params_of, query_of
from local.phone.plivo.records import call_record, recording_url

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.api.recordings import KeptRecording
    from local.phone.api.rented import RentedNumber

_MOST_OF_A_PAGE = 20


def answer(path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    """A recording's file is public, as the real carrier's is by default; the rest is not."""
    account, resource, rest = _parted(path)
    file, _, file_format = "/".join(rest).partition(".")
    if resource == "Recording" and file_format:
        return _file(file, file_format, api)
    login = (api.account["auth_id"], api.account["auth_token"])
    if not has_login(request, *login) or account != api.account["auth_id"]:
        return _json(401, error="authentication failed")
    found = _RESOURCES.get(resource)
    return found(rest, request, api) if found else _NOT_FOUND


def _calls(rest: Sequence[str], request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    match request.method, rest:
        case "POST", []:
            call = place(params_of(request), api, _NOT_PLACED)
            if isinstance(call, HttpResponse):
                return call
            return _json(201, message="call fired", request_uuid=call)
        case "GET", [call]:
            return _call(call, request, api)
        case "DELETE", [call] if api.calls.end(call):
            return HttpResponse(204)
    return _NOT_FOUND


def _recordings(rest: Sequence[str], _: HttpRequest, api: "CarrierApi") -> HttpResponse:
    kept = api.recordings.get("/".join(rest))
    return HttpResponse.json(200, _recording(kept, api)) if kept else NOT_FOUND


def _parted(path: str) -> tuple[str, str, Sequence[str]]:
    """The account, the resource and what follows of /v1/Account/{id}/{resource}/...; or nothing."""
    match path.strip("/").split("/"):
        case ["v1", "Account", account, resource, *rest]:
            return account, resource, rest
    return "", "", []


def _json(status: int, **content: Any) -> HttpResponse:
    return HttpResponse.json(status, {"api_id": str(uuid.uuid4()), **content})


def _call(uuid_of_call: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    """One that is alive, if that is asked for; else the record of one that is over."""
    call = api.calls.get(uuid_of_call)
    if call is None or call.is_alive != (query_of(request).get("status") == "live"):
        return _NOT_FOUND
    known = {
        "call_uuid": call.uuid,
        "from": call.caller.removeprefix("+"),
        "to": call.callee.removeprefix("+"),
        "direction": "outbound" if call.is_placed else "inbound",
    }
    if call.is_alive:
        return _json(200, **known, call_status="in-progress", caller_name="", request_uuid="")
    return _json(200, **known, **call_record(call, is_priced=api.calls.is_priced(call.uuid)))


def _file(recording: str, file_format: str, api: "CarrierApi") -> HttpResponse:
    kept = api.recordings.get(recording)
    media = kept.media(file_format) if kept else None
    return HttpResponse(200, (("content-type", media[0]),), media[1]) if media else NOT_FOUND


def _recording(kept: "KeptRecording", api: "CarrierApi") -> dict[str, Any]:
    """The carrier's record of a recording, in the names of its API."""
    account, media = api.account["auth_id"], api.account["api_url"]
    return {
        "call_uuid": kept.call,
        "recording_id": kept.uuid,
        "recording_duration_ms": str(kept.seconds * 1000),
        "recording_start_ms": str(kept.started_ms),
        "recording_end_ms": str(kept.started_ms + kept.seconds * 1000),
        "recording_format": kept.format,
        "recording_type": "normal",
        "recording_url": recording_url(media, account, kept.uuid, kept.format),
    }


def _numbers(rest: Sequence[str], request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    rented = api.rented.numbers
    match request.method, rest:
        case "GET", []:
            return _page([_number(one, api) for one in rented.values()], request)
        case "GET", [number] if f"+{number}" in rented:
            return _json(200, **_number(rented[f"+{number}"], api))
        case "POST", [number] if f"+{number}" in rented:
            rented[f"+{number}"].settings |= params_of(request)
            return _json(202, message="changed")
    return _NOT_FOUND


def _number(one: "RentedNumber", api: "CarrierApi") -> dict[str, Any]:
    app = one.settings.get("app_id")
    return {
        "number": one.number.removeprefix("+"),
        "application": f"/v1/Account/{api.account['auth_id']}/Application/{app}/" if app else None,
        "country": one.country,
        "voice_enabled": one.has_voice,
    }


def _applications(rest: Sequence[str], request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    known = api.rented.applications
    match request.method, rest:
        case "GET", []:
            return _page([*known.values()], request)
        case "GET", [app] if app in known:
            return _json(200, **known[app])
        case "POST", []:
            app = str(uuid.uuid4().int)[:17]
            known[app] = {"app_id": app, **params_of(request)}
            return _json(201, message="created", app_id=app)
        case "POST", [app] if app in known:
            known[app] |= params_of(request)
            return _json(202, message="changed")
    return _NOT_FOUND


def _page(objects: Sequence[dict[str, Any]], request: HttpRequest) -> HttpResponse:
    query = query_of(request)
    limit, offset = int(query.get("limit", _MOST_OF_A_PAGE)), int(query.get("offset", 0))
    if not 0 < limit <= _MOST_OF_A_PAGE or offset < 0:
        return _json(400, error="limit or offset is invalid")
    meta = {"limit": limit, "offset": offset, "total_count": len(objects)}
    return _json(200, meta=meta, objects=[*objects[offset : offset + limit]])


_NOT_PLACED = NotPlaced(
    invalid=lambda name: _json(400, error=f"{name} is missing"),
    refused=_json(400, error="to is not a valid number"),
    lost=HttpResponse.json(500, {"error": "internal server error"}),
)
_NOT_FOUND = _json(404, error="not found")
_RESOURCES: Mapping[str, Callable[[Sequence[str], HttpRequest, "CarrierApi"], HttpResponse]] = {
    "Call": _calls,
    "Recording": _recordings,
    "Number": _numbers,
    "Application": _applications,
}
