"""HTTP API semantics without HTTP: which route, which event (payload format 2.0), which answer."""

import base64
import json
import re
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.declarations import Route
from local.template import ACCOUNT

_TEXT_TYPES = re.compile(r"(text/.+|application/(json|xml|javascript|.+\+json|.+\+xml))", re.I)
_PARAMETER = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True)
class HttpRequest:
    """`target` as on the request line; header names as sent."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str = "127.0.0.1"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def values(self, header: str) -> list[str]:
        """All values of a header; its name in lower case."""
        return [value for name, value in self.headers if name.lower() == header]


@dataclass(frozen=True)
class HttpResponse:
    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    @classmethod
    def json(cls, status: int, content: Any) -> "HttpResponse":
        body = json.dumps(content).encode()
        return cls(status, (("content-type", "application/json"),), body)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


FORBIDDEN = HttpResponse.json(403, {"message": "Forbidden"})
NOT_FOUND = HttpResponse.json(404, {"message": "Not Found"})
SERVER_ERROR = HttpResponse.json(500, {"message": "Internal Server Error"})
TOO_LARGE = HttpResponse.json(413, {"message": "Request Entity Too Large"})


@dataclass(frozen=True)
class Match:
    route: Route
    parameters: dict[str, str] = field(default_factory=dict)


class Router:
    """Full matches win over greedy ones, literal segments over parameters, $default is last."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(((route, _pattern(route.path)) for route in routes), key=_rank)

    def match(self, method: str, path: str) -> Match | None:
        for route, pattern in self._routes:
            found = pattern.fullmatch(path)
            if found and route.method in (method.upper(), "ANY", "$DEFAULT"):
                return Match(route, {k: unquote(v) for k, v in found.groupdict().items()})
        return None


def _pattern(path: str) -> re.Pattern[str]:
    if path == "$default":
        return re.compile(".*", re.S)
    parts = _PARAMETER.split(path)
    texts, names, greedy = parts[::3], parts[1::3], parts[2::3]
    groups = [
        f"(?P<{name}>{'.+' if plus else '[^/]+'})" for name, plus in zip(names, greedy, strict=True)
    ]
    return re.compile("".join(_interleave([re.escape(text) for text in texts], groups)), re.S)


def _interleave(texts: Sequence[str], groups: Sequence[str]) -> list[str]:
    return [part for pair in zip(texts, [*groups, ""], strict=True) for part in pair]


def _rank(entry: tuple[Route, re.Pattern[str]]) -> tuple[bool, bool, int, bool]:
    route, _ = entry
    return (
        route.path == "$default",
        "+}" in route.path,
        len(_PARAMETER.findall(route.path)),
        route.method == "ANY",
    )


def event_of(request: HttpRequest, match: Match) -> dict[str, Any]:
    """The event that API Gateway sends to the function, payload format version 2.0."""
    headers = _headers(request)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{match.route.method} {match.route.path}",
        "rawPath": unquote(request.path),
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": _context(request, match, headers),
        "isBase64Encoded": False,
    }
    if request.query:
        event["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if match.parameters:
        event["pathParameters"] = match.parameters
    cookies = [
        part
        for name, value in request.headers
        if name.lower() == "cookie"
        for part in value.split("; ")
    ]
    if cookies:
        event["cookies"] = cookies
    if request.body:
        event |= _body(request.body, headers.get("content-type", ""))
    return event


def _headers(request: HttpRequest) -> dict[str, str]:
    named = [(name.lower(), value) for name, value in request.headers if name.lower() != "cookie"]
    forwarded = {"x-forwarded-proto": "http", "x-forwarded-for": request.source_ip}
    return _joined(named) | forwarded


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names become one, their values joined by commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    if _TEXT_TYPES.fullmatch(content_type.partition(";")[0].strip()):
        return {"body": body.decode(errors="replace"), "isBase64Encoded": False}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _context(request: HttpRequest, match: Match, headers: dict[str, str]) -> dict[str, Any]:
    host = headers.get("host", "")
    now = time.time()
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "http": {
            "method": request.method.upper(),
            "path": unquote(request.path),
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": f"{match.route.method} {match.route.path}",
        "stage": "$default",
        "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }


def response_of(answer: Any) -> HttpResponse:
    """What API Gateway makes of a function's return value."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # Payload format 2.0: anything without a status code is the body of a 200.
        return HttpResponse.json(200, answer)
    try:
        headers = [
            (name.lower(), str(value)) for name, value in (answer.get("headers") or {}).items()
        ]
        headers += [("set-cookie", cookie) for cookie in answer.get("cookies") or []]
        return HttpResponse(int(answer["statusCode"]), headers, _response_body(answer))
    except (TypeError, ValueError, AttributeError):
        return SERVER_ERROR


def _response_body(answer: dict[str, Any]) -> bytes:
    body = answer.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("the body of a function's answer is a string")
    return base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()


def form_of(event: dict[str, Any]) -> str:
    """The form-encoded parameters of an event: its body, or its query if it has none."""
    body = event.get("body")
    if not body:
        return str(event["rawQueryString"])
    return (
        base64.b64decode(body).decode(errors="replace") if event["isBase64Encoded"] else str(body)
    )
