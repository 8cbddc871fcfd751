"""A REST API without HTTP: which method, which event (payload format 1.0), which answer.

docs.aws.amazon.com, "Lambda proxy integrations in API Gateway". How slashes, encodings and the
casing of headers come, events of real APIs show: github.com/localstack/localstack,
tests/aws/services/apigateway/test_apigateway_lambda.snapshot.json.
"""

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl

from local.aws.declarations import Route
from local.aws.template import ACCOUNT
from local.gateway.invocation import Invocation
from local.gateway.messages import HttpRequest, HttpResponse
from local.gateway.routing import Match, Router, UndeployableRouteError

Values = dict[str, list[str]]
# Gateway response by type -> its declaration: `statusCode`, `responseTemplates`.
Refusals = Mapping[str, Mapping[str, Any]]

_JSON = "application/json"
_NO_CHANGE: Mapping[str, Any] = {}
# Answered under another name (docs.aws.amazon.com, "Amazon API Gateway important notes").
_REMAPPED = ("www-authenticate", "server", "date", "connection", "authorization")


class RestApi:
    """`routes` begin with the stage. A path's last slash and slashes behind the stage are dropped.

    UndeployableRouteError where two variables are siblings: API Gateway takes one for each
    resource.
    """

    def __init__(self, stage: str, routes: Iterable[Route], refusals: Refusals) -> None:
        self._stage = f"/{stage}/"
        declared = list(routes)
        _require_one_variable_each(declared)
        self._router = Router(declared)
        self._refusals = refusals

    def invocation(self, request: HttpRequest) -> Invocation | HttpResponse:
        resource = request.path.removeprefix(self._stage).lstrip("/")
        path = self._stage + resource.removesuffix("/")
        match = self._router.match(request.method, path)
        if match is None:
            return self.refusal("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
        failure = self.refusal("DEFAULT_5XX", 502, "Internal server error")
        event = event_of(request, match, self._stage)
        return Invocation(
            match.route.function, event, lambda answer: _response_of(answer, failure), failure
        )

    def refusal(self, kind: str, status: int, message: str) -> HttpResponse:
        """Return API Gateway's own answer, by the template's gateway response or by its default."""
        default = self._refusals.get(f"DEFAULT_{status // 100}XX", _NO_CHANGE)
        declared = {**default, **self._refusals.get(kind, _NO_CHANGE)}
        template = declared.get("responseTemplates", {}).get(
            _JSON, '{"message":$context.error.messageString}'
        )
        body = template.replace("$context.requestId", str(uuid.uuid4())).replace(
            "$context.error.messageString", json.dumps(message)
        )
        status = int(declared.get("statusCode", status))
        return HttpResponse(status, (("content-type", _JSON),), body.encode())


def _require_one_variable_each(routes: Iterable[Route]) -> None:
    variables = {
        (tuple(parts[:index]), part)
        for parts in (route.path.split("/") for route in routes)
        for index, part in enumerate(parts)
        if part.startswith("{")
    }
    for parent, siblings in groupby(sorted(variables), key=lambda one: one[0]):
        if len(list(siblings)) > 1:
            raise UndeployableRouteError("/".join(parent))


def event_of(request: HttpRequest, match: Match, stage: str) -> dict[str, Any]:
    """The event that API Gateway sends to the function: names of headers as sent, null for none."""
    headers = _headers(request)
    query = _by_name(parse_qsl(request.query, keep_blank_values=True))
    return {
        "resource": _without(stage, match.route.path),
        "path": _without(stage, request.path),
        "httpMethod": request.method.upper(),
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": match.parameters or None,
        "stageVariables": None,
        "requestContext": _context(request, match, stage),
        # No binary media types are declared: a body of any type is text.
        "body": request.body.decode(errors="replace") or None,
        "isBase64Encoded": False,
    }


def _without(stage: str, path: str) -> str:
    return f"/{path.removeprefix(stage)}"


def _headers(request: HttpRequest) -> Values:
    forwarded = [("X-Forwarded-For", request.source_ip), ("X-Forwarded-Proto", "http")]
    return _by_name((_cased(name), value) for name, value in [*request.headers, *forwarded])


def _cased(name: str) -> str:
    return "Authorization" if name.lower() == "authorization" else name


def _by_name(pairs: Iterable[tuple[str, str]]) -> Values:
    found: Values = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _last(values: Values) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}


def _context(request: HttpRequest, match: Match, stage: str) -> dict[str, Any]:
    host = "".join(request.values("host"))
    now = time.time()
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "httpMethod": request.method.upper(),
        "identity": {
            "sourceIp": request.source_ip,
            "userAgent": "".join(request.values("user-agent")[-1:]),
        },
        "path": request.path,
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now * 1000),
        "resourcePath": _without(stage, match.route.path),
        "stage": stage.strip("/"),
    }


def _response_of(answer: Any, failure: HttpResponse) -> HttpResponse:
    """Make a response of a function's return value; `failure` if that has no status."""
    try:
        headers = {
            _answered_name(name): str(value)
            for name, value in (answer.get("headers") or {}).items()
        }
        return HttpResponse(
            int(answer["statusCode"]),
            list(({"content-type": _JSON} | headers).items()),
            _body_of(answer),
        )
    except (TypeError, ValueError, AttributeError, KeyError):
        return failure


def _answered_name(name: str) -> str:
    lower = name.lower()
    return f"x-amzn-remapped-{lower}" if lower in _REMAPPED else lower


def _body_of(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("the body of a function's answer is a string")
    # Without binary media types the flag changes nothing.
    return body.encode()
