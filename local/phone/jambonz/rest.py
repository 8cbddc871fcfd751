"""jambonz's REST API, as far as Maskline uses it, below /v1/. Source: jambonz-api-server."""

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.orders import NotPlaced, place
from local.phone.api.reading import authorization, params_of, query_of
from local.phone.dialect import Order, RefusedOrderError
from local.phone.jambonz.records import call_record

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.api.rented import RentedNumber

_SYNTHESIS = tuple(f"speech_synthesis_{name}" for name in ("vendor", "language", "voice"))
_SPEECH = (*_SYNTHESIS, "speech_recognizer_vendor", "speech_recognizer_language")
_HOOKS = ("call_hook", "call_status_hook")
_NUMBERS = uuid.UUID("6f0c4d54-1f0e-4a1e-9a52-0000000000b0")
_FIXED = ("number", "voip_carrier_sid")


def order(params: Mapping[str, Any]) -> Order:
    """Read an order to place a call. An application's hooks would go before those of the order."""
    to = params.get("to")
    if not params.get("from"):
        raise RefusedOrderError("missing from parameter")
    is_phone = isinstance(to, dict) and to.get("type") == "phone"
    if not isinstance(to, dict) or not is_phone or not isinstance(to.get("number"), str):
        raise RefusedOrderError("missing or invalid to property")
    if "application_sid" in params or not all(params.get(name) for name in _SPEECH):
        raise RefusedOrderError("either application_sid or a set of speech_ parameters required")
    answer_url, status_url = (_hook_url(params.get(name), name) for name in _HOOKS)
    return Order(
        caller=f"+{str(params['from']).removeprefix('+')}",
        callee=f"+{to['number'].removeprefix('+')}",
        answer_url=answer_url,
        status_url=status_url,
        ring_seconds=_whole(params, "timeout", 60),
        limit_seconds=_whole(params, "timeLimit", 86_400),
    )


def _hook_url(told: object, name: str) -> str:
    url = told.get("url") if isinstance(told, dict) else told
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise RefusedOrderError(f"{name} url be an absolute url")
    return url


def _whole(params: Mapping[str, Any], name: str, default: int) -> int:
    value = params.get(name, default)
    if not isinstance(value, int):
        raise RefusedOrderError(f"Invalid {name}")
    return value


def answer(path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    """All of it is for the holder of the account's key."""
    if authorization(request) != f"Bearer {api.account['api_key']}":
        return HttpResponse(401, (), b"Unauthorized")
    match path.strip("/").split("/"):
        case ["v1", "Accounts", account, "Calls", *rest]:
            if account != api.account["account_sid"]:
                return _refused(403, "insufficient permissions")
            return _calls(rest, request, api)
        case ["v1", "PhoneNumbers", *rest]:
            return _numbers(rest, request, api)
        case ["v1", "Applications", *rest]:
            return _applications(rest, request, api)
    return _NOT_FOUND


def _calls(rest: Sequence[str], request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    match request.method, rest:
        case "POST", []:
            placed = place(params_of(request), api, _NOT_PLACED)
            if isinstance(placed, HttpResponse):
                return placed
            return HttpResponse.json(201, {"sid": placed, "callId": f"{placed}@192.0.2.1"})
        case "GET", [sid]:
            call = api.calls.get(sid)
            known = call_record(call, api.account["account_sid"]) if call else None
            return HttpResponse.json(200, known) if known else _NOT_FOUND
        case "PUT" | "POST", [sid]:
            return _update(sid, request, api)
    return _NOT_FOUND


def _update(sid: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    """End a call: one that was answered is completed, any other is not answered."""
    update, call = params_of(request), api.calls.get(sid)
    if update.keys() != {"call_status"} or update["call_status"] not in ("completed", "no-answer"):
        return _refused(400, "invalid call_status")
    if call is None:
        return _NOT_FOUND
    is_for_answered = update["call_status"] == "completed"
    if not call.is_alive or is_for_answered == (call.status == "ringing"):
        return _refused(422, "current call state is incompatible with requested action")
    api.calls.end(sid)
    return HttpResponse(202, (), b"Accepted")


def _numbers(rest: Sequence[str], request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    known = {_sid(number): one for number, one in api.rented.numbers.items()}
    match request.method, rest:
        case "GET", []:
            return _listed([_number(sid, one, api) for sid, one in known.items()], request)
        case "GET", [sid] if sid in known:
            return HttpResponse.json(200, _number(sid, known[sid], api))
        case "PUT", [sid] if sid in known:
            return _change_number(known[sid], params_of(request), api)
    return _NOT_FOUND


def _sid(number: str) -> str:
    return str(uuid.uuid5(_NUMBERS, number))


def _number(sid: str, one: "RentedNumber", api: "CarrierApi") -> dict[str, Any]:
    return {
        "phone_number_sid": sid,
        "number": one.number.removeprefix("+"),
        "voip_carrier_sid": str(_NUMBERS),
        "account_sid": api.account["account_sid"],
        "application_sid": one.settings.get("application_sid"),
    }


def _change_number(
    one: "RentedNumber", change: Mapping[str, Any], api: "CarrierApi"
) -> HttpResponse:
    for name in _FIXED:
        if name in change:
            return _refused(400, f"{name} may not be modified")
    if change.get("application_sid") not in api.rented.applications:
        return _refused(500, "Cannot add or update a child row: a foreign key constraint fails")
    one.settings |= change
    return HttpResponse(204)


def _applications(rest: Sequence[str], request: HttpRequest, api: "CarrierApi") -> HttpResponse:
    known, told = api.rented.applications, params_of(request)
    match request.method, rest:
        case "GET", []:
            return _listed([*known.values()], request)
        case ("POST", []) | ("PUT", [_]) if not _are_hooks(told):
            return _refused(400, "a hook must be an object with a valid url")
        case "POST", [] if all(told.get(name) for name in ("name", *_HOOKS)):
            sid = str(uuid.uuid4())
            own = {"application_sid": sid, "account_sid": api.account["account_sid"]}
            known[sid] = {**told, **own}
            return HttpResponse.json(201, {"sid": sid})
        case "POST", []:
            return _refused(400, "name, call_hook and call_status_hook are required")
        case "PUT", [sid] if sid in known:
            known[sid] |= told
            return HttpResponse(204)
    return _NOT_FOUND


def _are_hooks(told: Mapping[str, Any]) -> bool:
    hooks = [told[name] for name in _HOOKS if name in told]
    return all(isinstance(one, dict) and str(one.get("url")).startswith("http") for one in hooks)


def _listed(found: Sequence[dict[str, Any]], request: HttpRequest) -> HttpResponse:
    """All at once, or the page that is asked for, from 1."""
    query = query_of(request)
    if "page" not in query:
        return HttpResponse.json(200, found)
    page, size = int(query["page"]), int(query.get("page_size", 50))
    data = [*found[(page - 1) * size : page * size]]
    numbers = {"total": len(found), "page": page, "page_size": size}
    return HttpResponse.json(200, {**numbers, "data": data})


def _refused(status: int, message: str) -> HttpResponse:
    return HttpResponse.json(status, {"msg": message})


_NOT_PLACED = NotPlaced(
    invalid=lambda text: _refused(400, text),
    refused=_refused(400, "Call Failure"),
    lost=HttpResponse(500, (), b"Internal Server Error"),
)
_NOT_FOUND = HttpResponse(404, (), b"Not Found")
