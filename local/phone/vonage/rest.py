"""Vonage's APIs, as far as Maskline uses them: calls, files, applications and numbers."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import ValidationError
from vonage_numbers import ListOwnedNumbersFilter, UpdateNumberParams

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.orders import NotPlaced, place
from local.phone.api.reading import authorization, has_login, json_of, params_of, query_of
from local.phone.vonage import records

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.api.rented import RentedNumber

Rest = Sequence[str]
_CLAIMS = ("application_id", "iat", "exp", "jti")


def answer(path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    """Calls and files take the application's token; the rest the account's key and secret."""
    for beginning, is_authorized, found in _RESOURCES:
        place = path.strip("/").split("/")
        if tuple(place[: len(beginning)]) == beginning:
            if not is_authorized(request, api):
                return _error(401, "Unauthorized")
            return found(place[len(beginning) :], request, api)
    return _error(404, "Not Found")


def compact(content: Mapping[str, Any]) -> bytes:
    """JSON as the carrier hashes it."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def real_seconds() -> int:
    """The carrier's clock, whatever time the local stack makes it."""
    return time.time_ns() // 1_000_000_000


def _has_token(request: HttpRequest, api: "CarrierApi") -> bool:
    """Say whether the application signed a token, which is still valid."""
    token = authorization(request).removeprefix("Bearer ")
    key = load_pem_private_key(api.account["private_key"].encode(), None)
    try:
        claims = jwt.decode(
            token,
            key.public_key(),  # type: ignore[arg-type]
            algorithms=["RS256"],
            options={"require": [*_CLAIMS]},
        )
    except jwt.InvalidTokenError:
        return False
    return bool(claims["application_id"] == api.account["application_id"])


def _has_key(request: HttpRequest, api: "CarrierApi") -> bool:
    return has_login(request, api.account["api_key"], api.account["api_secret"])


def _calls(rest: Rest, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    match request.method, rest:
        case "POST", []:
            return _place(request, api)
        case "GET", [call]:
            kept = api.calls.get(call)
            if kept is not None:
                is_priced = api.calls.is_priced(call)
                shown = records.record(kept, api_url=api.account["api_url"], is_priced=is_priced)
                return HttpResponse.json(200, shown)
        case "PUT", [call] if json_of(request) != {"action": "hangup"}:
            return _error(400, "Bad Request")
        case "PUT", [call] if api.calls.end(call):
            return HttpResponse(204)
    return _error(404, "Not Found")


def _place(request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    call = place(json_of(request) or {}, api, _NOT_PLACED)
    if isinstance(call, HttpResponse):
        return call
    told = {"uuid": call, "status": "started", "direction": "outbound"}
    conversation = {"conversation_uuid": records.conversation(call)}
    return HttpResponse.json(201, {**told, **conversation})


def _files(rest: Rest, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    kept = api.recordings.get("/".join(rest))
    media = kept.media(kept.format) if kept else None
    if media is None or request.method != "GET":
        return _error(404, "Not Found")
    return HttpResponse(200, (("content-type", media[0]),), media[1])


def _applications(rest: Rest, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    """The account's one application: it is there from the beginning, and is replaced as a whole."""
    id_ = api.account["application_id"]
    if list(rest) != [id_] or request.method not in ("GET", "PUT"):
        return _error(404, "Not Found")
    link = {"_links": {"self": {"href": f"/v2/applications/{id_}"}}}
    known = api.rented.applications
    if request.method == "PUT":
        content = json_of(request)
        if not isinstance(content, dict) or not content.get("name"):
            return _error(422, "Unprocessable Entity")
        known[id_] = content
    fresh = {"name": "Masked calls", "keys": {"public_key": ""}, "capabilities": {}}
    return HttpResponse.json(200, {"id": id_, **known.get(id_, fresh), **link})


def _numbers(rest: Rest, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    if rest or request.method != "GET":
        return _error(404, "Not Found")
    try:
        wanted = ListOwnedNumbersFilter(**query_of(request))
    except ValidationError:
        return _status(420, "Numbers from this country can be requested from the Dashboard")
    size, index = wanted.size or 10, wanted.index or 1
    page = api.rented.page(offset=size * (index - 1), limit=size)
    if not page:
        return HttpResponse.json(200, {})
    count = len(api.rented.numbers)
    return HttpResponse.json(200, {"count": count, "numbers": [*map(_number, page)]})


def _number(one: "RentedNumber") -> dict[str, Any]:
    return {
        "country": one.country,
        "msisdn": records.wire(one.number),
        "type": "landline",
        "features": ["VOICE", "SMS"] if one.has_voice else ["SMS"],
        **one.settings,
    }


def _link(rest: Rest, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    if rest or request.method != "POST":
        return _error(404, "Not Found")
    try:
        wanted = UpdateNumberParams(**params_of(request))
    except ValidationError:
        return _status(420, "method failed")
    number = api.rented.numbers.get(f"+{wanted.msisdn}")
    if number is None or number.country != wanted.country:
        return _status(420, "method failed")
    number.settings["app_id"] = wanted.app_id
    return _status(200, "success")


def _status(code: int, label: str) -> HttpResponse:
    return HttpResponse.json(code, {"error-code": str(code), "error-code-label": label})


def _error(status: int, title: str) -> HttpResponse:
    return HttpResponse.json(status, {"type": title.upper().replace(" ", "_"), "title": title})


_NOT_PLACED = NotPlaced(
    invalid=lambda _: _error(400, "Bad Request"),
    refused=_error(400, "Bad Request"),
    lost=_error(500, "Internal Server Error"),
)
_Check = Callable[[HttpRequest, "CarrierApi"], bool]
_Resource = Callable[[Rest, HttpRequest, "CarrierApi"], HttpResponse]
_RESOURCES: Sequence[tuple[tuple[str, ...], _Check, _Resource]] = (
    (("v1", "calls"), _has_token, _calls),
    (("v1", "files"), _has_token, _files),
    (("v2", "applications"), _has_key, _applications),
    (("account", "numbers"), _has_key, _numbers),
    (("number", "update"), _has_key, _link),
)
