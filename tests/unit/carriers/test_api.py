"""Asking the carrier's API whether a call is alive, over real HTTP."""

import base64
from collections.abc import Callable, Iterator

import pytest

from maskline.carriers.plivo.api import call_resource_url, is_call_alive
from maskline.config import settings
from maskline.domain.accounts import CarrierAccount
from tests.unit.callbacks.receiver import Receiver, answering, dripping_headers
from tests.unit.carriers.webhook_requests import CALL_UUID

ACCOUNT = CarrierAccount("plivo", "MA1", "MAXXXXXXXXXXXXXXXXXX", ("first-token", "old-token"))


@pytest.fixture
def carrier_api(
    deployment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Receiver], Receiver]]:
    started: list[Receiver] = []

    def start(receiver: Receiver) -> Receiver:
        started.append(receiver)
        monkeypatch.setenv("PLIVO_API_URL", receiver.url)
        settings.cache_clear()
        return receiver

    yield start
    for receiver in started:
        receiver.close()


def test_a_live_call(carrier_api: Callable[[Receiver], Receiver]) -> None:
    api = carrier_api(Receiver(answering(200, body=b'{"call_status": "in-progress"}')))

    assert is_call_alive(ACCOUNT, CALL_UUID)
    (request,) = api.requests
    assert request.line == (
        f"GET /v1/Account/MAXXXXXXXXXXXXXXXXXX/Call/{CALL_UUID}/?status=live HTTP/1.1"
    )
    credentials = base64.b64encode(b"MAXXXXXXXXXXXXXXXXXX:first-token").decode()
    assert request.headers["authorization"] == f"Basic {credentials}"


def test_a_call_that_the_carrier_does_not_know(
    carrier_api: Callable[[Receiver], Receiver],
) -> None:
    carrier_api(Receiver(answering(404)))

    assert not is_call_alive(ACCOUNT, CALL_UUID)


@pytest.mark.parametrize("status", [301, 401, 429, 500, 503])
def test_any_other_answer_counts_as_alive(
    status: int, carrier_api: Callable[[Receiver], Receiver]
) -> None:
    api = carrier_api(Receiver(answering(status, Location="/elsewhere")))

    assert is_call_alive(ACCOUNT, CALL_UUID)
    assert len(api.requests) == 1


def test_no_connection_counts_as_alive(carrier_api: Callable[[Receiver], Receiver]) -> None:
    carrier_api(Receiver(answering(404))).close()

    assert is_call_alive(ACCOUNT, CALL_UUID)


def test_a_slow_answer_counts_as_alive_and_is_not_waited_for(
    carrier_api: Callable[[Receiver], Receiver],
) -> None:
    dripping = dripping_headers()
    carrier_api(Receiver(dripping))

    assert is_call_alive(ACCOUNT, CALL_UUID, 0.3)
    assert dripping.was_cut_off


def test_the_resource_url_of_a_call(deployment: None) -> None:
    assert call_resource_url("MA1", "abc") == "https://api.plivo.com/v1/Account/MA1/Call/abc"
