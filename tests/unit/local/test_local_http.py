"""The fronts behave as API Gateway's two kinds of API do."""

import base64
import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.declarations import Route
from local.aws.runtime import HandlerError
from local.gateway.front import HttpFront
from local.gateway.gateway import Gateway
from local.gateway.http_api import response_of
from local.gateway.invocation import Invocation
from local.gateway.messages import HttpRequest, HttpResponse
from local.gateway.rest_api import RestApi
from local.gateway.routing import Router, UndeployableRouteError

WEBHOOKS = [
    Route("ANY", "/a/{rest+}", "greedy"),
    Route("GET", "/a/{id}", "one"),
    Route("GET", "/a/fixed", "literal"),
    Route("ANY", "/a/{id}/b/{other}", "two"),
]
PUBLIC = [
    Route("GET", "/v1/a/{id}", "one", "v1"),
    Route("GET", "/v1/a", "all", "v1"),
    Route("POST", "/v1/a/{id}/b/{other}", "two", "v1"),
]
REFUSALS = {
    "DEFAULT_5XX": {"responseTemplates": {"application/json": '{"id": "$context.requestId"}'}},
    "MISSING_AUTHENTICATION_TOKEN": {"statusCode": "404"},
}


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/a/1", "one"),
        ("GET", "/a/fixed", "literal"),
        ("PUT", "/a/1/b/2", "two"),
        ("PUT", "/a/1", "greedy"),
        ("GET", "/a/1/c", "greedy"),
        ("GET", "/a/1/", "greedy"),
    ],
)
def test_most_specific_route_is_chosen(method: str, path: str, function: str) -> None:
    match = Router(WEBHOOKS).match(method, path)

    assert match is not None
    assert match.route.function == function


def invocation(gateway: Gateway, method: str, target: str, **other: Any) -> Any:
    parts = {"headers": [("Host", "h:1")], "body": b""} | other
    return gateway.invocation(HttpRequest(method, target, **parts))


def event(method: str, target: str, **other: Any) -> dict[str, Any]:
    made = invocation(Gateway([*WEBHOOKS, *PUBLIC], REFUSALS), method, target, **other)
    assert isinstance(made, Invocation)
    return made.event


@pytest.mark.parametrize("path", ["/a/1/", "/a/", "/a", "/a//", "//a/1"])
def test_an_http_api_has_no_route_for_another_path(path: str) -> None:
    """github.com/aws-powertools/powertools-lambda-python,
    tests/e2e/event_handler/test_paths_ending_with_slash.py: 404
    """
    answer = invocation(Gateway([Route("GET", "/a/{id}", "one")], {}), "GET", path)

    assert (answer.status, answer.text) == (404, '{"message": "Not Found"}')


@pytest.mark.parametrize("path", ["/a/", "/a/{id}/", "/"])
@pytest.mark.parametrize("stage", ["", "v1"])
def test_a_route_that_ends_in_a_slash_is_not_deployed(path: str, stage: str) -> None:
    with pytest.raises(UndeployableRouteError):
        Gateway([Route("GET", f"/{stage}{path}" if stage else path, "one", stage)], {})


def test_a_resource_of_a_rest_api_has_one_variable() -> None:
    """CreateResource: only one unique variable path part is allowed among siblings."""
    siblings = [Route("GET", "/v1/a/{id}", "x", "v1"), Route("PUT", "/v1/a/{id+}", "x", "v1")]

    with pytest.raises(UndeployableRouteError):
        RestApi("v1", siblings, {})


@pytest.mark.parametrize("path", ["/v1/a/1", "/v1/a/1/", "/v1//a/1", "/v1//a/1/"])
def test_a_rest_api_ignores_the_last_slash_and_those_behind_its_stage(path: str) -> None:
    """Events of real ones: localstack, test_apigateway_lambda.snapshot.json, and issue 11253."""
    made = event("GET", path)

    assert (made["resource"], made["pathParameters"]) == ("/a/{id}", {"id": "1"})
    assert made["path"].endswith(path.removeprefix("/v1/"))
    assert made["requestContext"]["path"] == path


@pytest.mark.parametrize("path", ["/v1/a//1", "/v1/a/1//", "/v1/a/1/b//2", "/v1/nowhere", "/v1/"])
def test_a_rest_api_answers_what_it_does_not_know_as_it_was_told(path: str) -> None:
    """403 unless told otherwise: "Gateway response types for API Gateway".

    What slashes in the middle do is not documented: nothing here relies on them.
    """
    made = Gateway(PUBLIC, REFUSALS)

    answer = invocation(made, "GET", path)

    assert (answer.status, json.loads(answer.text)) == (
        404,
        {"message": "Missing Authentication Token"},
    )
    assert invocation(Gateway(PUBLIC, {}), "GET", path).status == 403
    assert invocation(made, "PUT", "/v1/a/1").status == 404


def test_form_body_is_base64_and_json_is_text() -> None:
    def body(content_type: str) -> tuple[bool, str]:
        headers = [("Content-Type", content_type)]
        made = event("POST", "/a/1", headers=headers, body=b"a=1")
        return made["isBase64Encoded"], made["body"]

    encoded = base64.b64encode(b"a=1").decode()
    assert body("application/x-www-form-urlencoded") == (True, encoded)
    assert body("application/x-www-form-urlencoded; charset=utf-8") == (True, encoded)
    assert body("") == (True, encoded)
    assert body("application/json; charset=utf-8") == (False, "a=1")
    assert body("text/plain") == (False, "a=1")
    assert body("application/problem+json") == (False, "a=1")


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream", ""])
def test_every_body_of_a_rest_api_is_text(content_type: str) -> None:
    """As long as no media type is declared binary: "Working with binary media types"."""
    headers = [("Content-Type", content_type)]
    made = event("POST", "/v1/a/1/b/2", headers=headers, body=b'{"a": 1}')

    assert (made["isBase64Encoded"], made["body"]) == (False, '{"a": 1}')
    assert event("GET", "/v1/a/1")["body"] is None


def test_names_are_lower_case_and_repeated_values_joined() -> None:
    made = event(
        "GET",
        "/a/%2B1%20x?b=1&a=%2B2&b=&c",
        headers=[("X-One", "1"), ("x-one", "2"), ("Cookie", "k=v; l=w"), ("Host", "h:1")],
    )

    assert made["headers"]["x-one"] == "1,2"
    assert made["headers"]["x-forwarded-proto"] == "http"
    assert made["cookies"] == ["k=v", "l=w"]
    assert made["queryStringParameters"] == {"a": "+2", "b": "1,", "c": ""}
    assert made["rawQueryString"] == "b=1&a=%2B2&b=&c"
    assert made["pathParameters"] == {"id": "+1 x"}
    assert made["rawPath"] == "/a/+1 x"
    assert made["requestContext"]["domainName"] == "h:1"
    assert made["routeKey"] == "GET /a/{id}"


def test_a_rest_api_leaves_names_and_path_as_they_came_and_decodes_the_query() -> None:
    """Events of real ones: localstack, test_apigateway_lambda.snapshot.json."""
    made = event(
        "GET",
        "/v1/a/%2B1+2?b=1&a=%2B2&b=x+y&c",
        headers=[("tEsT", "1"), ("tEsT", "2"), ("aUThorization", "Basic x"), ("Host", "h:1")],
    )

    assert made["headers"]["tEsT"] == "2"
    assert made["multiValueHeaders"]["tEsT"] == ["1", "2"]
    assert made["headers"]["Authorization"] == "Basic x"
    assert made["queryStringParameters"] == {"b": "x y", "a": "+2", "c": ""}
    assert made["multiValueQueryStringParameters"] == {"b": ["1", "x y"], "a": ["+2"], "c": [""]}
    assert made["pathParameters"] == {"id": "%2B1+2"}
    assert made["path"] == "/a/%2B1+2"
    assert made["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert made["requestContext"]["stage"] == "v1"


def test_a_rest_api_says_null_where_there_is_nothing() -> None:
    made = event("GET", "/v1/a")

    for name in ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters"):
        assert made[name] is None


def test_request_without_body_or_query_has_no_such_keys() -> None:
    assert not {"body", "queryStringParameters", "cookies"} & event("GET", "/a/1").keys()


def test_function_answer_becomes_a_response() -> None:
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "text/xml"},
        "body": base64.b64encode(b"<a/>").decode(),
        "isBase64Encoded": True,
        "cookies": ["a=1"],
    }

    response = response_of(answer)

    assert (response.status, response.body) == (201, b"<a/>")
    assert response.headers == [("content-type", "text/xml"), ("set-cookie", "a=1")]


def test_answer_without_a_status_code_is_the_body_of_a_200() -> None:
    assert response_of({"a": 1}) == HttpResponse.json(200, {"a": 1})


@pytest.mark.parametrize("answer", [{"statusCode": "x"}, {"statusCode": 200, "body": {"a": 1}}])
def test_answer_that_is_no_answer_is_a_server_error(answer: Any) -> None:
    assert response_of(answer).status == 500


def of_rest_api(answer: Any) -> HttpResponse:
    made = invocation(Gateway(PUBLIC, REFUSALS), "GET", "/v1/a")
    response: HttpResponse = made.response_of(answer)
    return response


def test_a_rest_api_renames_headers_of_its_own() -> None:
    """ "Amazon API Gateway important notes", REST APIs: headers that are remapped."""
    headers = {"WWW-Authenticate": "Basic", "X-One": "1"}

    response = of_rest_api({"statusCode": 401, "headers": headers, "body": "{}"})

    assert response.status == 401
    assert dict(response.headers) == {
        "content-type": "application/json",
        "x-amzn-remapped-www-authenticate": "Basic",
        "x-one": "1",
    }


@pytest.mark.parametrize(
    "answer", [{"a": 1}, None, {"statusCode": "x"}, {"statusCode": 200, "body": {"a": 1}}]
)
def test_answer_that_is_no_answer_is_a_bad_gateway_of_a_rest_api(answer: Any) -> None:
    """A malformed Lambda proxy response: 502, in the shape that the template gives it."""
    response = of_rest_api(answer)

    assert (response.status, list(json.loads(response.text))) == (502, ["id"])


class StubRuntime:
    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        if function == "two":
            raise HandlerError(function)
        return {"statusCode": 200, "body": event.get("rawPath") or event["path"]}


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    front = HttpFront(
        0,
        on_served=lambda *_: None,
        local=lambda request: HttpResponse.json(200, {"local": request.path}),
    )
    gateway = Gateway([*WEBHOOKS[1:], *PUBLIC], REFUSALS)
    front.start(gateway, StubRuntime())  # type: ignore[arg-type]  # a stub
    opened = http.client.HTTPConnection(front.url.removeprefix("http://"), timeout=5)
    yield opened
    opened.close()
    front.stop()


def exchange(
    connection: http.client.HTTPConnection, method: str, path: str, **headers: str
) -> tuple[int, str]:
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_front_keeps_a_connection_for_several_requests(
    connection: http.client.HTTPConnection,
) -> None:
    assert exchange(connection, "GET", "/a/1") == (200, "/a/1")
    assert exchange(connection, "GET", "/nowhere") == (404, '{"message": "Not Found"}')
    assert exchange(connection, "GET", "/a/1/b/2") == (
        500,
        json.dumps({"message": "Internal Server Error"}),
    )
    assert exchange(connection, "GET", "/v1/a/1/") == (200, "/a/1/")
    assert exchange(connection, "POST", "/v1/a/1/b/2")[0] == 502
    assert exchange(connection, "GET", "/v1/nowhere")[0] == 404
    assert exchange(connection, "HEAD", "/local/info") == (200, "")
    assert exchange(connection, "GET", "/local/info") == (200, '{"local": "/local/info"}')


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/a/1", {"message": "Request Entity Too Large"}),
        ("/v1/a/1", {"message": "Request Too Long"}),
    ],
)
def test_a_body_beyond_the_limit_is_refused_in_the_words_of_its_api(
    path: str, said: dict[str, str], connection: http.client.HTTPConnection
) -> None:
    status, body = exchange(connection, "POST", path, **{"Content-Length": str(11 * 1024 * 1024)})

    assert (status, json.loads(body)) == (413, said)


def test_port_in_use_is_an_error_at_once(connection: http.client.HTTPConnection) -> None:
    with pytest.raises(OSError, match="in use"):
        HttpFront(connection.port, on_served=lambda *_: None, local=lambda _: HttpResponse(200))


OTHER_NAMES = ["evil.example:{port}", "localhost.evil.example:{port}", "127.0.0.1:1", "a@localhost"]


@pytest.mark.parametrize("host", [*OTHER_NAMES, "", "127.0.0.1"])
@pytest.mark.parametrize("path", ["/a/1", "/local/info", "/openapi.json", "/nowhere"])
def test_under_another_name_nothing_answers(
    connection: http.client.HTTPConnection, path: str, host: str
) -> None:
    named = host.format(port=connection.port)

    assert exchange(connection, "GET", path, Host=named) == (403, '{"message": "Forbidden"}')


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_every_name_of_this_machine_is_ours(
    connection: http.client.HTTPConnection, name: str
) -> None:
    host = f"{name}:{connection.port}"

    assert exchange(connection, "GET", "/a/1", Host=host)[0] == 200
    assert exchange(connection, "GET", "/local/info", Host=host)[0] == 200


def test_a_request_names_one_host(connection: http.client.HTTPConnection) -> None:
    for hosts in [[], [f"localhost:{connection.port}", "evil.example"]]:
        connection.putrequest("GET", "/local/info", skip_host=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 403


@pytest.mark.parametrize("origin", ["null", *(f"http://{name}" for name in OTHER_NAMES)])
def test_a_page_of_another_site_may_not_use_the_controls(
    connection: http.client.HTTPConnection, origin: str
) -> None:
    site = origin.format(port=connection.port)

    for path in ("/local/clock", "/openapi.json"):
        assert exchange(connection, "POST", path, Origin=site)[0] == 403
    assert exchange(connection, "GET", "/a/1", Origin=site)[0] == 200


def test_a_page_of_ours_may(connection: http.client.HTTPConnection) -> None:
    site = f"http://localhost:{connection.port}"

    assert exchange(connection, "POST", "/local/clock", Origin=site)[0] == 200
