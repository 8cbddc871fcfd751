"""The front behaves as an HTTP API does."""

import base64
import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.declarations import Route
from local.http_events import HttpRequest, HttpResponse, Router, event_of, response_of
from local.http_front import HttpFront
from local.runtime import HandlerError

ROUTES = [
    Route("$DEFAULT", "$default", "default"),
    Route("ANY", "/a/{rest+}", "greedy"),
    Route("GET", "/a/{id}", "one"),
    Route("GET", "/a/{id}/", "slash"),
    Route("GET", "/a/fixed", "literal"),
    Route("ANY", "/a/{id}/b/{other}", "two"),
]


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/a/1", "one"),
        ("GET", "/a/1/", "slash"),
        ("GET", "/a/fixed", "literal"),
        ("PUT", "/a/1/b/2", "two"),
        ("PUT", "/a/1", "greedy"),
        ("GET", "/a/1/c", "greedy"),
        ("GET", "/a//", "greedy"),
        ("GET", "/b", "default"),
    ],
)
def test_most_specific_route_is_chosen(method: str, path: str, function: str) -> None:
    match = Router(ROUTES).match(method, path)

    assert match is not None
    assert match.route.function == function


def test_path_with_and_without_trailing_slash_are_two_routes() -> None:
    router = Router([Route("GET", "/a/{id}", "one")])

    assert router.match("GET", "/a/1") is not None
    assert router.match("GET", "/a/1/") is None
    assert router.match("GET", "/a/") is None
    assert router.match("POST", "/a/1") is None


def event(**changes: Any) -> dict[str, Any]:
    defaults = {"method": "GET", "target": "/a/1", "headers": [("Host", "h:1")], "body": b""}
    request = HttpRequest(**(defaults | changes))
    match = Router(ROUTES).match(request.method, request.path)
    assert match is not None
    return event_of(request, match)


def test_form_body_is_base64_and_json_is_text() -> None:
    def body(content_type: str) -> tuple[bool, str]:
        made = event(method="POST", headers=[("Content-Type", content_type)], body=b"a=1")
        return made["isBase64Encoded"], made["body"]

    encoded = base64.b64encode(b"a=1").decode()
    assert body("application/x-www-form-urlencoded") == (True, encoded)
    assert body("application/x-www-form-urlencoded; charset=utf-8") == (True, encoded)
    assert body("") == (True, encoded)
    assert body("application/json; charset=utf-8") == (False, "a=1")
    assert body("text/plain") == (False, "a=1")
    assert body("application/problem+json") == (False, "a=1")


def test_names_are_lower_case_and_repeated_values_joined() -> None:
    made = event(
        target="/a/%2B1%20x?b=1&a=%2B2&b=&c",
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


def test_request_without_body_or_query_has_no_such_keys() -> None:
    assert not {"body", "queryStringParameters", "cookies"} & event().keys()


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


class StubRuntime:
    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        if function == "two":
            raise HandlerError(function)
        return {"statusCode": 200, "body": event["rawPath"]}


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    front = HttpFront(
        0,
        on_served=lambda *_: None,
        local=lambda request: HttpResponse.json(200, {"local": request.path}),
    )
    front.start(Router(ROUTES[2:]), StubRuntime())  # type: ignore[arg-type]  # a stub
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
    assert exchange(connection, "HEAD", "/local/info") == (200, "")
    assert exchange(connection, "GET", "/local/info") == (200, '{"local": "/local/info"}')


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
