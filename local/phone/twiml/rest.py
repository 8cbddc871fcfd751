"""The family's REST API, as far as Maskline uses it: accounts with calls, recordings, numbers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.orders import NotPlaced, place
from local.phone.api.reading import has_login, params_of, query_of
from local.phone.api.recordings import media
from local.phone.twiml.records import call_record, written

if TYPE_CHECKING:
    from local.phone.api.calls import KeptCall
    from local.phone.api.front import CarrierApi
    from local.phone.api.rented import RentedNumber

_SUFFIX = ".json"
_MOST_OF_A_PAGE = 1000
_USUAL_PAGE = 50
ORDER_NAMES = frozenset(
    [
        "To",
        "From",
        "Url",
        "Method",
        "FallbackUrl",
        "FallbackMethod",
        "StatusCallback",
        "StatusCallbackMethod",
        "StatusCallbackEvent",
        "Timeout",
        "TimeLimit",
    ]
)
NUMBER_NAMES = frozenset(
    [
        "VoiceUrl",
        "VoiceMethod",
        "VoiceFallbackUrl",
        "VoiceFallbackMethod",
        "StatusCallback",
        "StatusCallbackMethod",
        "VoiceApplicationSid",
    ]
)


@dataclass(frozen=True)
class Rest:
    """One carrier's. `accounts` is where the accounts are below `api_url`.

    `secret` names the secret that opens it with the account's id; `order_names` and `number_names`
    are the parameters that it takes; `placed` is its status for a call that will be placed.
    """

    api_url: str
    accounts: str
    account_name: str
    secret: str
    order_names: frozenset[str] = ORDER_NAMES
    number_names: frozenset[str] = NUMBER_NAMES
    placed: int = 201
    method_name: str = "Method"
    tells_country: bool = False

    def answer(self, path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        """A recording's file is public, as the real carriers' are by default; the rest is not."""
        account, resource, item, *_ = [*self._parted(path), "", "", ""]
        if resource == "Recordings" and request.method == "GET" and not item.endswith(_SUFFIX):
            return _file(item, api)
        if not self.is_authorized(request, api):
            return problem(401, 20003, "Authenticate")
        if account != api.account[self.account_name]:
            return problem(404, 20404, "not found")
        return self._resource(resource, item.removesuffix(_SUFFIX), request, api)

    def _parted(self, path: str) -> Sequence[str]:
        """The account, the resource and an item of it; nothing of another path."""
        if not path.startswith(f"{self.accounts}/"):
            return []
        return [unquote(part) for part in path.removeprefix(f"{self.accounts}/").split("/")]

    def _resource(
        self, resource: str, item: str, request: HttpRequest, api: "CarrierApi"
    ) -> HttpResponse:
        match request.method, resource.removesuffix(_SUFFIX), item:
            case "POST", "Calls", "":
                return self._place(request, api)
            case "GET" | "POST", "Calls", sid:
                return self._call(sid, request, api)
            case "GET", "Recordings", sid:
                return self.recording(sid, api)
            case "GET", "IncomingPhoneNumbers", "":
                return self._numbers(request, api)
            case "POST", "IncomingPhoneNumbers", sid:
                return self._configure(sid, request, api)
        return problem(404, 20404, "not found")

    def is_authorized(self, request: HttpRequest, api: "CarrierApi") -> bool:
        return has_login(request, api.account[self.account_name], api.account[self.secret])

    def _place(self, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        asked = params_of(request)
        placed = place(asked, api, _NOT_PLACED)
        if isinstance(placed, HttpResponse):
            return placed
        call = {"from": asked["From"], "to": asked["To"], "direction": "outbound-api"}
        known = {"status": "queued", "duration": None, "price": None, "price_unit": "USD"}
        return HttpResponse.json(self.placed, {**self._ids(placed, "", api), **call, **known})

    def _call(self, sid: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        call = api.calls.get(sid)
        if call is None:
            return problem(404, 20404, "not found")
        if request.method == "POST":
            if params_of(request) != {"Status": "completed"}:
                return problem(400, 20001, "Status is invalid")
            if not api.calls.end(sid):
                return problem(400, 21220, "the call is not in progress")
            call = api.calls.get(sid) or call
        return HttpResponse.json(200, self.record(call, api))

    def record(self, call: "KeptCall", api: "CarrierApi") -> dict[str, Any]:
        """The Call resource of a leg."""
        ids = self._ids(call.uuid, call.parent, api)
        return {**ids, **call_record(call, is_priced=api.calls.is_priced(call.uuid))}

    def _ids(self, sid: str, parent: str, api: "CarrierApi") -> dict[str, Any]:
        account = api.account[self.account_name]
        return {
            "sid": sid,
            "account_sid": account,
            "parent_call_sid": parent or None,
            "api_version": "2010-04-01",
            "uri": f"{self.accounts}/{account}/Calls/{sid}.json",
        }

    def recording(self, sid: str, api: "CarrierApi") -> HttpResponse:
        """Answer with the record of a recording."""
        kept = api.recordings.get(sid)
        if kept is None:
            return problem(404, 20404, "not found")
        content = {
            "sid": sid,
            "account_sid": api.account[self.account_name],
            "call_sid": kept.call,
            "status": "completed",
            "duration": str(kept.seconds),
            "start_time": written(kept.started_ms),
            "channels": 1,
            "source": "DialVerb",
        }
        return HttpResponse.json(200, content)

    def _numbers(self, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        """A page. The next one's address is below the host, and needs its token."""
        query = query_of(request)
        size, page = int(query.get("PageSize", _USUAL_PAGE)), int(query.get("Page", 0))
        if not 0 < size <= _MOST_OF_A_PAGE or (page and not query.get("PageToken")):
            return problem(400, 20001, "the page is invalid")
        listed = api.rented.page(offset=page * size, limit=size)
        has_more = len(api.rented.numbers) > (page + 1) * size
        base = urlsplit(api.account["api_url"]).path + request.path.removeprefix(
            urlsplit(api.account["api_url"]).path
        )
        following = f"{base}?PageSize={size}&Page={page + 1}&PageToken=PA{page + 1}"
        content = {
            "page": page,
            "page_size": size,
            "next_page_uri": following if has_more else None,
            "incoming_phone_numbers": [self._number(one, api) for one in listed],
        }
        return HttpResponse.json(200, content)

    def _configure(self, sid: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        found = next((one for one in api.rented.numbers.values() if number_sid(one) == sid), None)
        if found is None:
            return problem(404, 20404, "not found")
        wanted = params_of(request)
        if unknown := set(wanted) - self.number_names:
            return problem(400, 20001, f"{min(unknown)} is unknown")
        found.settings |= wanted
        return HttpResponse.json(200, self._number(found, api))

    def _number(self, one: "RentedNumber", api: "CarrierApi") -> dict[str, Any]:
        settings = {snake(name): one.settings.get(name) for name in self.number_names}
        country = {"country_code": one.country} if self.tells_country else {}
        return {
            "sid": number_sid(one),
            "account_sid": api.account[self.account_name],
            "phone_number": one.number,
            "capabilities": {"voice": one.has_voice, "sms": False, "mms": False, "fax": False},
            **settings,
            **country,
        }


def problem(status: int, code: int, message: str) -> HttpResponse:
    """Answer as the family says that something is wrong."""
    more = f"https://errors.carrier.example/{code}"
    content = {"code": code, "message": message, "more_info": more, "status": status}
    return HttpResponse.json(status, content)


def number_sid(one: "RentedNumber") -> str:
    return f"PN{uuid.uuid5(uuid.NAMESPACE_OID, one.number).hex}"


def snake(name: str) -> str:
    """Return the field of a parameter: VoiceUrl is voice_url."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")


def _file(name: str, api: "CarrierApi") -> HttpResponse:
    """The format is chosen by the end of the URL."""
    sid, _, file_format = name.partition(".")
    if api.recordings.get(sid) is None or file_format not in ("", "wav", "mp3"):
        return problem(404, 20404, "not found")
    kind, content = media(file_format or "wav")
    return HttpResponse(200, (("content-type", kind),), content)


_NOT_PLACED = NotPlaced(
    invalid=lambda name: problem(400, 21201, f"{name} is missing or invalid"),
    refused=problem(400, 21211, "To is not a valid phone number"),
    lost=problem(500, 20500, "internal server error"),
)
