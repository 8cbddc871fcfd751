"""REST API events (payload format 1.0) to requests, results and errors to responses."""

import functools
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import unquote

from maskline import clock
from maskline.api.authentication import GetAccount, authenticate
from maskline.api.errors import ApiError, ErrorAnswer
from maskline.domain.accounts import Client, Origin
from maskline.domain.errors import (
    ErrorCode,
    InvalidParameterError,
    MaskingError,
    TooManyRequestsError,
)
from maskline.observability import log_failure, logger

MAX_BODY_BYTES = 64 * 1024

Event = Mapping[str, Any]
Response = dict[str, Any]

# Code -> status and public text; None stands for the error's own message, which never holds an
# input value. Definitive failures are 4xx: the official clients replay a request on 5xx. There is
# no 403: on paths that end in /Session/ those clients take it for a geo permission error.
ANSWERS: dict[ErrorCode, tuple[HTTPStatus, str | None]] = {
    ErrorCode.MANDATORY_PARAMETER_MISSING: (HTTPStatus.BAD_REQUEST, None),
    ErrorCode.INVALID_PARAMETER: (HTTPStatus.BAD_REQUEST, None),
    ErrorCode.DESTINATION_NOT_ALLOWED: (HTTPStatus.BAD_REQUEST, None),
    ErrorCode.POOL_EXHAUSTED: (HTTPStatus.BAD_REQUEST, None),
    ErrorCode.NO_SUITABLE_NUMBER: (HTTPStatus.BAD_REQUEST, None),
    ErrorCode.SESSION_EXPIRED: (HTTPStatus.BAD_REQUEST, "Session already expired"),
    ErrorCode.INVALID_CREDENTIALS: (
        HTTPStatus.UNAUTHORIZED,
        "Could not verify your credentials",
    ),
    ErrorCode.NOT_FOUND: (HTTPStatus.NOT_FOUND, "not found"),
    ErrorCode.NUMBER_CONFLICT: (HTTPStatus.CONFLICT, None),
    ErrorCode.IDEMPOTENCY_CONFLICT: (
        HTTPStatus.CONFLICT,
        "Idempotency-Key was already used with a different request",
    ),
    ErrorCode.TOO_MANY_CREATES: (HTTPStatus.TOO_MANY_REQUESTS, None),
    ErrorCode.TOO_MANY_ERASURES: (HTTPStatus.TOO_MANY_REQUESTS, None),
    ErrorCode.TOO_MANY_REQUESTS: (HTTPStatus.TOO_MANY_REQUESTS, None),
    ErrorCode.INTERNAL_ERROR: (HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error"),
}


class Repeated(list[Any]):
    """The values of a key that a JSON object holds more than once."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One API request. Header names are lower case; `api_id` is fresh for each request.

    `resource` is the path as the template declares it.
    """

    api_id: str
    method: str
    resource: str
    source_ip: str
    path_parameters: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def path(self, name: str) -> str:
        """A path parameter, decoded: a REST API leaves it as it stands in the URL."""
        return unquote(self.path_parameters.get(name, ""))

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object.

        A key that is there more than once has all its values, as Repeated. Raises
        InvalidParameterError for anything else, and for text that UTF-8 cannot carry.
        """
        if len(self.body) > MAX_BODY_BYTES:
            _refuse_body("is too large")
        try:
            content = json.loads(
                self.body.decode().strip() or "{}",
                parse_constant=_refuse_constant,
                object_pairs_hook=_whole_object,
            )
            # An escaped lone surrogate passes the parser and would break the first write of it.
            json.dumps(content, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            _refuse_body("is not valid JSON")
        if not isinstance(content, dict):
            _refuse_body("must be a JSON object")
        return content


def _refuse_body(reason: str) -> NoReturn:
    raise InvalidParameterError("body", f"Request body {reason}") from None


def _whole_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Python's own reader would keep the last of the values of a repeated key."""
    found: dict[str, Any] = dict(pairs)
    if len(found) < len(pairs):
        values: dict[str, Repeated] = {name: Repeated() for name in found}
        for name, value in pairs:
            values[name].append(value)
        found |= {name: several for name, several in values.items() if len(several) > 1}
    return found


def _refuse_constant(_name: str) -> NoReturn:
    """NaN and Infinity are Python's idea of JSON, not JSON."""
    raise ValueError


Endpoint = Callable[[ApiRequest, Client], Response]
Handler = Callable[[Event, object], Response]


def api_handler(get_account: GetAccount) -> Callable[[Endpoint], Handler]:
    """Makes a Lambda handler of an endpoint: authenticates, and answers every error in shape."""

    def decorate(endpoint: Endpoint) -> Handler:
        @functools.wraps(endpoint)
        def handler(event: Event, context: object) -> Response:  # noqa: ARG001  # Lambda's form
            api_id = str(uuid.uuid4())
            try:
                request = request_from(event, api_id=api_id)
                return endpoint(request, _caller(request, get_account))
            except Exception as error:  # noqa: BLE001  # the last line of defence
                return _error_response(error, api_id)

        return handler

    return decorate


def _caller(request: ApiRequest, get_account: GetAccount) -> Client:
    origin = Origin(request.api_id, clock.now_ms(), request.source_ip)
    auth_id = request.path("auth_id")
    return authenticate(request.headers, auth_id, origin=origin, get_account=get_account)


def request_from(event: Event, *, api_id: str) -> ApiRequest:
    """The request in a REST API's event, whose body is always text: no type is declared binary."""
    query = event["multiValueQueryStringParameters"] or {}
    body: str = event["body"] or ""
    return ApiRequest(
        api_id=api_id,
        method=event["httpMethod"],
        resource=event["resource"],
        source_ip=event["requestContext"]["identity"]["sourceIp"],
        path_parameters=event["pathParameters"] or {},
        query=tuple((name, value) for name, values in query.items() for value in values),
        headers={name.lower(): value for name, value in (event["headers"] or {}).items()},
        body=body.encode(errors="surrogatepass"),
    )


def json_response(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """A response with a JSON body."""
    return {
        "statusCode": int(status),
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
    }


def empty_response(status: int) -> Response:
    """A response without a body."""
    return {"statusCode": int(status), "headers": {}, "body": ""}


def _error_response(error: Exception, api_id: str) -> Response:
    code = ErrorCode.INTERNAL_ERROR
    if isinstance(error, MaskingError | ApiError):
        code = error.code
    status, text = ANSWERS[code]
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        log_failure("request failed", error, event="request_failed", api_id=api_id)
    else:
        logger.info(
            "request refused",
            event="request_refused",
            api_id=api_id,
            status=status.value,
            error_type=type(error).__name__,
            field=getattr(error, "field", None),
        )
    headers = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="Maskline", charset="UTF-8"'
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(error.retry_after_seconds)
    answer: ErrorAnswer = {
        "api_id": api_id,
        "error": text or str(error),
        "error_code": code.value,
    }
    if isinstance(error, InvalidParameterError):
        answer["field"] = error.field
    return json_response(status, answer, headers)
