"""The documents of an answered call, and the URLs of its PIN attempts."""

from collections.abc import Iterator
from html import escape

import pytest

from maskline.carriers.plivo.call_documents import (
    AnsweredCall,
    call_document,
    pin_url,
    require_own_pin_url,
)
from maskline.carriers.plivo.follow_up import RETRIES
from maskline.domain.call_plan import CollectPin, HangUp
from maskline.domain.errors import ForgedWebhookError
from tests.known_secret import known_secret
from tests.unit.carriers.webhook_requests import BASE_URL, CALL_UUID

SESSION = "5a6f1c3e-90ab-4f0e-8d77-1f2e3d4c5b6a"
CALL = AnsweredCall(SESSION, CALL_UUID, 2)
QUESTION = CollectPin("https://customer.example.com/prompt.mp3", 5)


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def _path(call: AnsweredCall) -> dict[str, str]:
    names = ("session_uuid", "call_uuid", "attempt", "token")
    path = pin_url(BASE_URL, call).removesuffix(RETRIES)
    return dict(zip(names, path.split("/")[-4:], strict=True))


def test_a_pin_url_is_read_back() -> None:
    assert pin_url(BASE_URL, CALL).startswith(f"{BASE_URL}/carriers/plivo/pin/{SESSION}/")
    assert require_own_pin_url(_path(CALL)) == CALL


@pytest.mark.parametrize(
    "changes",
    [
        {"attempt": "1"},
        {"attempt": "02"},
        {"attempt": "-2"},
        {"attempt": "two"},
        {"session_uuid": "another"},
        {"call_uuid": "another"},
        {"token": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"token": "\udc80"},
        {"token": ""},
    ],
)
def test_nobody_can_make_up_an_attempt(changes: dict[str, str]) -> None:
    with pytest.raises(ForgedWebhookError):
        require_own_pin_url(_path(CALL) | changes)


def test_the_question_names_its_attempt() -> None:
    body = call_document(QUESTION, CALL, base_url=BASE_URL)["body"]

    assert body.count(escape(pin_url(BASE_URL, CALL))) == 2


def test_a_call_without_a_session_has_no_urls() -> None:
    body = call_document(HangUp(), AnsweredCall("", CALL_UUID), base_url=BASE_URL)["body"]

    assert body == "<Response><Hangup /></Response>"
