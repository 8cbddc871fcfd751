"""The wrapper of every API function: parsing, authentication, one shape for every error."""

import hmac
import io
import json
import uuid
from contextlib import suppress
from typing import Any

import pytest

from maskline.api.authentication import authenticate
from maskline.api.errors import ApiError, AuthenticationError, UnknownResourceError
from maskline.api.http import (
    ANSWERS,
    MAX_BODY_BYTES,
    ApiRequest,
    Response,
    api_handler,
    empty_response,
    json_response,
    request_from,
)
from maskline.domain.accounts import Client
from maskline.domain.errors import (
    CallNotFoundError,
    ContentionError,
    DestinationError,
    ErasureNotFoundError,
    IdempotencyConflictError,
    InvalidParameterError,
    MaskingError,
    MissingParameterError,
    NumberConflictError,
    NumberNotFoundError,
    PoolExhaustedError,
    SessionExpiredError,
    SessionNotFoundError,
    TooManyCreatesError,
    TooManyErasuresError,
)
from maskline.observability import logger
from tests.support import builders
from tests.unit.api.samples import (
    FOREIGN_ID,
    FOREIGN_SUB_ID,
    MAIN_ID,
    NEW_TOKEN,
    SUB_ID,
    TOKEN,
    api_event,
    basic,
    get_account,
    load_event,
)

PHONE = "+12025550101"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the functions log, as they write it."""
    lines = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", lines)
    return lines


@api_handler(get_account)
def echo(request: ApiRequest, client: Client) -> Response:
    """Answers what it was given."""
    answer = {
        "api_id": request.api_id,
        "body": request.json_object(),
        "query": request.query,
        "caller": [client.owner_id, client.subaccount_id],
    }
    return json_response(200, answer)


def raising(error: Exception) -> Any:
    @api_handler(get_account)
    def handler(request: ApiRequest, client: Client) -> Response:
        raise error

    return handler


def content(response: Response) -> Any:
    return json.loads(response["body"])


def error_of(response: Response) -> tuple[int, str]:
    body = content(response)
    named = ["field"] if "field" in body else []
    assert list(body) == ["api_id", "error", "error_code", *named]
    assert uuid.UUID(body["api_id"])
    assert response["headers"]["Content-Type"] == "application/json"
    return response["statusCode"], body["error"]


def test_request_reaches_the_endpoint_and_its_answer_the_client() -> None:
    response = echo(api_event('{"a": 1}', query="x=1&x=2&y="), None)

    assert response["statusCode"] == 200
    assert content(response)["body"] == {"a": 1}
    assert content(response)["query"] == [["x", "1"], ["x", "2"], ["y", ""]]
    assert response["headers"]["Content-Type"] == "application/json"


def test_every_request_has_its_own_api_id() -> None:
    ids = {content(echo(api_event(), None))["api_id"] for _ in range(3)}

    assert len(ids) == 3


@pytest.mark.parametrize("body", [None, "", "  ", "{}"])
def test_empty_body_is_an_empty_object(body: str | None) -> None:
    assert content(echo(api_event(body), None))["body"] == {}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "is not valid JSON"),
        ("first_party=x", "is not valid JSON"),
        ('{"a": NaN}', "is not valid JSON"),
        ('{"a": "\\ud800"}', "is not valid JSON"),
        ("[" * 20_000, "is not valid JSON"),
        ("1" * 5_000, "is not valid JSON"),
        ("\ufffd", "is not valid JSON"),
        ("[]", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ('{"a": "' + "x" * MAX_BODY_BYTES + '"}', "is too large"),
    ],
)
def test_unreadable_body_is_a_client_error(body: str, reason: str) -> None:
    response = echo(api_event(body), None)

    assert error_of(response) == (400, f"Request body {reason}")
    assert content(response)["field"] == "body"


@pytest.mark.parametrize(
    ("error", "status", "code", "text"),
    [
        (InvalidParameterError("x", "x is odd"), 400, "invalid_parameter", "x is odd"),
        (MissingParameterError("x", "no x"), 400, "mandatory_parameter_missing", "no x"),
        (DestinationError("x", "x is far"), 400, "destination_not_allowed", "x is far"),
        (PoolExhaustedError("none: of the subaccount"), 400, "pool_exhausted", "none: of the"),
        (SessionExpiredError(PHONE), 400, "session_expired", "Session already expired"),
        (AuthenticationError(), 401, "invalid_credentials", "Could not verify your credentials"),
        (SessionNotFoundError(PHONE), 404, "not_found", "not found"),
        (CallNotFoundError(PHONE), 404, "not_found", "not found"),
        (ErasureNotFoundError(PHONE), 404, "not_found", "not found"),
        (NumberNotFoundError(PHONE), 404, "not_found", "not found"),
        (UnknownResourceError(), 404, "not_found", "not found"),
        (NumberConflictError("retire it first"), 409, "number_conflict", "retire it first"),
        (IdempotencyConflictError(PHONE), 409, "idempotency_conflict", "was already used"),
        (TooManyCreatesError(1), 429, "too_many_creates", "Too many sessions"),
        (TooManyErasuresError(), 429, "too_many_erasures", "Too many erasures"),
        (ContentionError(PHONE), 500, "internal_error", "Internal server error"),
        (KeyError(PHONE), 500, "internal_error", "Internal server error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_error_has_its_status_code_and_text(
    error: Exception, status: int, code: str, text: str
) -> None:
    response = raising(error)(api_event(), None)

    answered_status, answered_text = error_of(response)
    assert (answered_status, content(response)["error_code"]) == (status, code)
    assert text in answered_text


@pytest.mark.parametrize(
    "error", [InvalidParameterError, MissingParameterError, DestinationError], ids=str
)
def test_the_error_of_a_parameter_names_it(error: type[InvalidParameterError]) -> None:
    response = raising(error("ring_timeout", "ring_timeout is odd"))(api_event(), None)

    assert content(response)["field"] == "ring_timeout"


def test_other_errors_name_no_parameter() -> None:
    assert "field" not in content(raising(SessionExpiredError(PHONE))(api_event(), None))


def kinds(base: type[Exception]) -> list[type[Exception]]:
    """Every error below this one."""
    direct = base.__subclasses__()
    return [*direct, *(kind for one in direct for kind in kinds(one))]


@pytest.mark.parametrize(
    "kind", [*kinds(MaskingError), *kinds(ApiError)], ids=lambda kind: kind.__name__
)
def test_every_error_raised_on_purpose_has_a_code_with_a_status(kind: Any) -> None:
    status, _ = ANSWERS[kind.code]

    assert 400 <= status <= 500


def test_a_fault_is_logged_by_type_and_place_without_what_it_says(
    log: io.StringIO,
) -> None:
    fault = ValueError(f"cannot store {PHONE}")
    fault.__cause__ = KeyError(PHONE)

    raising(fault)(api_event(), None)

    line = json.loads(log.getvalue())
    assert line["level"] == "ERROR"
    assert line["event"] == "request_failed"
    assert (line["error_type"], line["cause_type"]) == ("ValueError", "KeyError")
    assert any(place.startswith("test_http.py:") for place in line["places"])
    assert PHONE.strip("+") not in json.dumps(line)


def test_a_client_mistake_is_logged_at_info(log: io.StringIO) -> None:
    raising(InvalidParameterError("first_party", "no"))(api_event(), None)

    line = json.loads(log.getvalue())
    assert line["level"] == "INFO"
    assert (line["event"], line["field"]) == ("request_refused", "first_party")


@pytest.mark.parametrize(
    ("headers", "auth_id", "caller"),
    [
        (basic(MAIN_ID), MAIN_ID, [MAIN_ID, ""]),
        (basic(MAIN_ID, NEW_TOKEN), MAIN_ID, [MAIN_ID, ""]),
        (basic(SUB_ID), SUB_ID, [MAIN_ID, SUB_ID]),
        (basic(MAIN_ID), SUB_ID, [MAIN_ID, SUB_ID]),
        ({"Authorization": basic(MAIN_ID)["authorization"]}, MAIN_ID, [MAIN_ID, ""]),
        (
            {"authorization": basic(MAIN_ID)["authorization"].replace("Basic", "basic")},
            MAIN_ID,
            [MAIN_ID, ""],
        ),
    ],
)
def test_good_credentials_say_who_the_caller_acts_as(
    headers: dict[str, str], auth_id: str, caller: list[str]
) -> None:
    response = echo(api_event(headers=headers, auth_id=auth_id), None)

    assert content(response)["caller"] == caller


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic"},
        {"authorization": "Basic ***"},
        {"authorization": "Basic /w=="},
        {"authorization": "Basic é"},
        {"authorization": f"Bearer {TOKEN}"},
        basic(MAIN_ID, TOKEN[:-1]),
        basic(MAIN_ID, ""),
        basic(MAIN_ID, "é"),
        basic("MAZZZZZZZZZZZZZZZZZZ"),
        basic("MAZZZZZZZZZZZZZZZZZZ", "-" * 40),
        basic("x" * 5_000),
        basic(""),
    ],
)
def test_bad_credentials_are_unauthorized(headers: dict[str, str]) -> None:
    response = echo(api_event(headers=headers), None)

    assert error_of(response) == (401, "Could not verify your credentials")
    assert response["headers"]["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("own_id", "auth_id"),
    [
        (MAIN_ID, FOREIGN_ID),
        (MAIN_ID, FOREIGN_SUB_ID),
        (MAIN_ID, "SAZZZZZZZZZZZZZZZZZZ"),
        (MAIN_ID, "x"),
        (SUB_ID, MAIN_ID),
        (SUB_ID, FOREIGN_SUB_ID),
    ],
)
def test_the_path_of_another_account_looks_like_one_that_does_not_exist(
    own_id: str, auth_id: str
) -> None:
    response = echo(api_event(headers=basic(own_id), auth_id=auth_id), None)

    assert error_of(response) == (404, "not found")


def test_a_subaccount_whose_main_account_is_gone_is_unauthorized() -> None:
    handler = api_handler(
        lambda account_id: get_account(account_id) if account_id == SUB_ID else None
    )

    response = handler(lambda _request, _caller: empty_response(204))(
        api_event(headers=basic(SUB_ID), auth_id=SUB_ID), None
    )

    assert error_of(response)[0] == 401


def test_no_content_has_no_body() -> None:
    assert empty_response(204) == {"statusCode": 204, "headers": {}, "body": ""}


def test_path_parameters_are_decoded_once() -> None:
    """A REST API hands them over as they are in the URL, while an HTTP API has decoded them.

    github.com/serverless/serverless/issues/5037; github.com/aws/aws-lambda-dotnet,
    Tools/LambdaTestTool-v2/src/Amazon.Lambda.TestTool/Extensions/HttpContextExtensions.cs.
    """
    given = {"number": "%2B12025550199", "call_uuid": "a%252Fb"}

    request = request_from(api_event() | {"pathParameters": given}, api_id="")

    assert request.path("number") == "+12025550199"
    assert request.path("call_uuid") == "a%2Fb"
    assert request.path("absent") == ""


@pytest.mark.parametrize("name", ["manage_numbers_add", "manage_numbers_list"])
def test_the_example_events_authenticate(name: str) -> None:
    assert echo(load_event(name), None)["statusCode"] == 200


def test_too_many_creates_say_when_to_come_back() -> None:
    response = raising(TooManyCreatesError(retry_after_seconds=23))(api_event(), None)

    assert error_of(response) == (
        429,
        "Too many sessions are being created. Try again in a minute",
    )
    assert response["headers"]["Retry-After"] == "23"


def test_too_many_open_erasures_say_when_to_come_back() -> None:
    response = raising(TooManyErasuresError())(api_event(), None)

    assert error_of(response) == (
        429,
        "Too many erasures are not completed yet. Try again in a minute",
    )
    assert response["headers"]["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("auth_id", "token", "compared"),
    [
        (MAIN_ID, TOKEN, 2),
        (MAIN_ID, NEW_TOKEN, 2),
        (MAIN_ID, "wrong", 2),
        (MAIN_ID, "", 2),
        (FOREIGN_ID, "wrong", 1),
        ("MAZZZZZZZZZZZZZZZZZZ", "wrong", 1),
        ("no account id", "wrong", 1),
    ],
)
def test_every_token_is_compared_in_constant_time_right_or_wrong(
    auth_id: str, token: str, compared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that an account has, one where there is no account: a guess costs what a token does."""
    comparisons: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def recorded(one: bytes, other: bytes) -> bool:
        comparisons.append((one, other))
        return compare(one, other)

    monkeypatch.setattr("maskline.api.authentication.hmac.compare_digest", recorded)
    with suppress(ApiError):
        authenticate(
            basic(auth_id, token), auth_id, origin=builders.origin(), get_account=get_account
        )

    assert [given for given, _ in comparisons] == [token.encode()] * compared
