"""An HTTP API event becomes the request that the carrier made."""

import base64
from typing import Any

import pytest

from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from tests.unit.carriers.webhook_requests import load_event


def _event(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": "/carriers/plivo/call/answer",
        "rawQueryString": "",
        "headers": {"x-forwarded-proto": "https"},
        "requestContext": {"domainName": "maskline.example.com", "http": {"method": "POST"}},
        "isBase64Encoded": False,
    }
    return event | changes


def _get(query: str) -> dict[str, Any]:
    context = {"domainName": "maskline.example.com", "http": {"method": "GET"}}
    return _event(requestContext=context, rawQueryString=query)


def test_a_base64_and_a_plain_body_say_the_same() -> None:
    body = "CallUUID=abc&From=12025550101&CallerName=Zo%C3%AB+B"
    plain = CarrierRequest.from_event(_event(body=body))
    encoded = base64.b64encode(body.encode()).decode()

    assert CarrierRequest.from_event(_event(body=encoded, isBase64Encoded=True)) == plain
    assert plain.param("CallerName") == "Zoë B"


def test_repeated_and_empty_values_are_kept() -> None:
    request = CarrierRequest.from_event(_event(body="A=2&A=1&B="))

    assert request.form == (("A", "2"), ("A", "1"), ("B", ""))
    assert request.param("A") == "2"
    assert request.param("B") == request.param("C") == ""


def test_a_get_has_its_parameters_in_the_query() -> None:
    request = CarrierRequest.from_event(_get("CallUUID=abc&A=1&A=2"))

    assert (
        request.url
        == "https://maskline.example.com/carriers/plivo/call/answer?CallUUID=abc&A=1&A=2"
    )
    assert request.query == (("CallUUID", "abc"), ("A", "1"), ("A", "2"))
    assert request.param("CallUUID") == "abc"


def test_the_body_of_a_get_says_nothing() -> None:
    request = CarrierRequest.from_event(_get("CallUUID=abc") | {"body": "CallUUID=forged"})

    assert request.form == ()
    assert request.param("CallUUID") == "abc"


def test_the_query_of_a_post_cannot_stand_in_for_its_body() -> None:
    request = CarrierRequest.from_event(_event(rawQueryString="CallUUID=forged", body="A=1"))

    assert request.param("CallUUID") == ""
    assert request.url.endswith("?CallUUID=forged")


def test_the_url_follows_the_request() -> None:
    headers = {"X-Forwarded-Proto": "http"}
    context = {"domainName": "127.0.0.1:3000", "http": {"method": "POST"}}

    request = CarrierRequest.from_event(_event(headers=headers, requestContext=context))

    assert request.url == "http://127.0.0.1:3000/carriers/plivo/call/answer"
    assert request.base_url == "http://127.0.0.1:3000"


def test_a_public_base_url_wins() -> None:
    request = CarrierRequest.from_event(
        _event(rawQueryString="a=1"), public_base_url="https://calls.example.org/"
    )

    assert request.url == "https://calls.example.org/carriers/plivo/call/answer?a=1"
    assert request.base_url == "https://calls.example.org"


def test_header_names_are_lower_case() -> None:
    request = CarrierRequest.from_event(_event(headers={"X-Plivo-Signature-V3": "s"}))

    assert request.headers["x-plivo-signature-v3"] == "s"


def test_no_body_is_no_parameters() -> None:
    assert CarrierRequest.from_event(_event()).form == ()


@pytest.mark.parametrize(
    "body",
    [
        {"body": "not base64!", "isBase64Encoded": True},
        {"body": "Zoë", "isBase64Encoded": True},
        {"body": base64.b64encode(b"A=\xff\xfe").decode(), "isBase64Encoded": True},
        {"body": "a=1&" * 600},
    ],
)
def test_a_malformed_body_is_told_from_a_webhook(body: dict[str, Any]) -> None:
    with pytest.raises(MalformedWebhookError):
        CarrierRequest.from_event(_event(**body))


def test_an_endless_query_is_malformed() -> None:
    with pytest.raises(MalformedWebhookError, match="query"):
        CarrierRequest.from_event(_get("a=1&" * 600))


def test_the_event_files_give_the_same_request_for_get_and_post() -> None:
    post = CarrierRequest.from_event(load_event("answer_call_post"))
    get = CarrierRequest.from_event(load_event("answer_call_get"))

    assert post.form == get.query


def test_a_json_body_is_read_and_kept_as_it_came() -> None:
    text = '{"uuid": "call-1",  "from": "12025550101"}'
    encoded = base64.b64encode(text.encode()).decode()
    json_type = {"content-type": "application/json; charset=utf-8"}

    request = CarrierRequest.from_event(
        {
            **load_event("answer_call_post"),
            "headers": json_type,
            "body": encoded,
            "isBase64Encoded": True,
        }
    )

    assert request.body == text.encode()
    assert request.json() == {"uuid": "call-1", "from": "12025550101"}
    assert request.form == ()


@pytest.mark.parametrize("body", ["", "[]", "null", "{", "\ud800"])
def test_what_is_no_json_object_is_malformed(body: str) -> None:
    event = {**load_event("answer_call_post"), "headers": {"content-type": "application/json"}}

    request = CarrierRequest.from_event({**event, "body": body, "isBase64Encoded": False})

    with pytest.raises(MalformedWebhookError):
        request.json()
