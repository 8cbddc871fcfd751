"""The stack's own answers: its controls, the carriers' APIs, the OpenAPI document."""

import logging
import shlex
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from local.aws.runtime import HandlerError, Runtime, UnknownFunctionError
from local.gateway.front import OPENAPI_PATH
from local.gateway.messages import NOT_FOUND, HttpRequest, HttpResponse
from local.phone.api.front import CARRIERS, CarrierApi
from local.phone.api.reading import json_of
from maskline.carriers import DEFAULT
from tools.openapi.document import openapi_document

logger = logging.getLogger(__name__)

_FUNCTIONS = "/local/functions/"
_DESCRIPTIONS = {"/local/info", "/local/env", "/local/table", "/local/clock"}
# A century, so that every date that comes of it can be written.
_MOST_SECONDS = 100 * 365 * 86_400
_CLOCK_TAKES = (
    f'send {{"advance_seconds": n}}, a number from 0 to {_MOST_SECONDS}, or {{"reset": true}}'
)


class Controlled(Protocol):
    """The stack, as far as it is described and moved from outside."""

    def info(self) -> dict[str, Any]: ...
    def time(self) -> dict[str, Any]: ...
    def advance(self, seconds: float) -> dict[str, Any]: ...
    def reset(self) -> dict[str, Any]: ...


class LocalApi:
    """`carriers` are the simulated carriers' APIs, by name."""

    def __init__(
        self, runtime: Runtime, carriers: Mapping[str, CarrierApi], stack: Controlled
    ) -> None:
        self._runtime = runtime
        self._carriers = carriers
        self._stack = stack

    def answer(self, request: HttpRequest) -> HttpResponse:
        path = request.path
        match request.method:
            case "GET" if path.rstrip("/") in _DESCRIPTIONS:
                return self._describe(path.rstrip("/"))
            case "GET" if path == OPENAPI_PATH:
                return HttpResponse.json(200, openapi_document())
            case "POST" if path.rstrip("/") == "/local/clock":
                return self._move_clock(request)
            case "POST" if path.startswith(_FUNCTIONS):
                return self._invoke(path.removeprefix(_FUNCTIONS).strip("/"), request)
            case _ if path.startswith(f"{CARRIERS}/"):
                return self._ask_carrier(path.removeprefix(f"{CARRIERS}/"), request)
        return NOT_FOUND

    def _ask_carrier(self, path: str, request: HttpRequest) -> HttpResponse:
        name, _, rest = path.partition("/")
        api = self._carriers.get(name)
        return api.answer(f"/{rest}", request) if api else NOT_FOUND

    def _describe(self, path: str) -> HttpResponse:
        if path == "/local/clock":
            return HttpResponse.json(200, self._stack.time())
        info = self._stack.info()
        if path == "/local/table":
            return _exported(info["table"])
        return HttpResponse.json(200, info) if path == "/local/info" else _shell_variables(info)

    def _move_clock(self, request: HttpRequest) -> HttpResponse:
        match json_of(request):
            case {"reset": True, **others} if not others:
                return HttpResponse.json(200, self._stack.reset())
            case {"advance_seconds": bool()}:
                pass
            case {"advance_seconds": int() | float() as seconds, **others} if not others:
                if 0 <= seconds <= _MOST_SECONDS:
                    return HttpResponse.json(200, self._stack.advance(seconds))
        return HttpResponse.json(400, {"error": _CLOCK_TAKES})

    def _invoke(self, folder: str, request: HttpRequest) -> HttpResponse:
        try:
            return HttpResponse.json(200, self._runtime.invoke_by_folder(folder, json_of(request)))
        except UnknownFunctionError:
            return HttpResponse.json(404, {"error": f"no function {folder}"})
        except HandlerError as error:
            cause = error.__cause__
            # As Lambda answers an invocation that failed.
            content = {"errorType": type(cause).__name__, "errorMessage": str(cause)}
            return HttpResponse.json(500, content)


def _shell_variables(info: dict[str, Any]) -> HttpResponse:
    """For `eval`: the first lines of a session in a terminal."""
    names = {"AUTH_ID": "auth_id", "AUTH_TOKEN": "auth_token"}
    carrier = info["carriers"][DEFAULT]
    return _exported(
        {"API": info["api"], "PORT": str(urlsplit(info["api"]).port)}
        | {name: info[key] for name, key in names.items()}
        | {f"CARRIER_{name}": carrier[key] for name, key in names.items()}
    )


def _exported(variables: dict[str, str]) -> HttpResponse:
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    return HttpResponse(200, (("content-type", "text/plain"),), "".join(lines).encode())
