"""The stack's own answers: its controls, the carrier's Call API, the OpenAPI document."""

import logging
import shlex
from collections.abc import Callable
from typing import Any

from local.aws.runtime import HandlerError, Runtime, UnknownFunctionError
from local.gateway.front import OPENAPI_PATH
from local.gateway.messages import NOT_FOUND, HttpRequest, HttpResponse
from local.phone.plivo.front import CARRIER_API, CarrierApi, json_of
from tools.openapi.document import openapi_document

logger = logging.getLogger(__name__)

_FUNCTIONS = "/local/functions/"
_DESCRIPTIONS = {"/local/info", "/local/env", "/local/table"}


class LocalApi:
    def __init__(
        self,
        runtime: Runtime,
        carrier: CarrierApi,
        *,
        info: Callable[[], dict[str, Any]],
        advance: Callable[[float], dict[str, Any]],
    ) -> None:
        self._runtime = runtime
        self._carrier = carrier
        self._info = info
        self._advance = advance

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
            case _ if path.startswith(CARRIER_API):
                return self._carrier.answer(request)
        return NOT_FOUND

    def _describe(self, path: str) -> HttpResponse:
        info = self._info()
        if path == "/local/table":
            return _exported(info["table"])
        return HttpResponse.json(200, info) if path == "/local/info" else _shell_variables(info)

    def _move_clock(self, request: HttpRequest) -> HttpResponse:
        content = json_of(request)
        seconds = content.get("advance_seconds") if isinstance(content, dict) else None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            return HttpResponse.json(400, {"error": "advance_seconds must be a number, 0 or more"})
        return HttpResponse.json(200, self._advance(seconds))

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
    names = {"API": "api", "AUTH_ID": "auth_id", "AUTH_TOKEN": "auth_token"}
    return _exported({name: info[key] for name, key in names.items()})


def _exported(variables: dict[str, str]) -> HttpResponse:
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    return HttpResponse(200, (("content-type", "text/plain"),), "".join(lines).encode())
