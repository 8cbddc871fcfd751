"""An HTTP API without HTTP: which route, which event (payload format 2.0), which answer.

docs.aws.amazon.com, "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway".
"""

import base64
import re
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.aws.declarations import Route
from local.aws.template import ACCOUNT
from local.gateway.invocation import Invocation
from local.gateway.messages import NOT_FOUND, HttpRequest, HttpResponse
from local.gateway.routing import Match, Router

_TEXT_TYPES = re.compile(r"(text/.+|application/(json|xml|javascript|.+\+json|.+\+xml))", re.I)
_SERVER_ERROR = HttpResponse.json(500, {"message": "Internal Server Error"})


class HttpApi:
    """A path that ends in a slash is another one, and has no route."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._router = Router(routes)

    def invocation(self, request: HttpRequest) -> Invocation | HttpResponse:
        match = self._router.match(request.method, request.path)
        if match is None:
            return NOT_FOUND
        return Invocation(
            match.route.function, event_of(request, match), response_of, _SERVER_ERROR
        )


def event_of(request: HttpRequest, match: Match) -> dict[str, Any]:
    """The event that API Gateway sends to the function."""
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
        event["pathParameters"] = {name: unquote(one) for name, one in match.parameters.items()}
    cookies = [part for value in request.values("cookie") for part in value.split("; ")]
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
    """Make an HTTP response of a function's return value, as API Gateway does."""
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
        return _SERVER_ERROR


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
