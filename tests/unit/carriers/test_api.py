"""Asking the carrier's API whether a call is alive, over real HTTP."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from maskline.carriers.plivo.api import call_url, is_call_alive, recording_url
from tests.support import builders
from tests.unit.callbacks.receiver import Receiver, answering, dripping_headers
from tests.unit.carriers.webhook_requests import CALL_UUID

ACCOUNT = builders.carrier_account(
    auth_id="MAXXXXXXXXXXXXXXXXXX", secrets={"auth_token": ("first-token", "old-token")}
)


@pytest.fixture
def carrier_api(deployment: None) -> Iterator[Callable[[Receiver], Receiver]]:
    started: list[Receiver] = []

    def start(receiver: Receiver) -> Receiver:
        started.append(receiver)
        return receiver

    yield start
    for receiver in started:
        receiver.close()


def test_a_live_call(carrier_api: Callable[[Receiver], Receiver]) -> None:
    api = carrier_api(Receiver(answering(200, body=b'{"call_status": "in-progress"}')))

    assert is_call_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID)
    (request,) = api.requests
    assert request.line == (
        f"GET /v1/Account/MAXXXXXXXXXXXXXXXXXX/Call/{CALL_UUID}/?status=live HTTP/1.1"
    )
    credentials = base64.b64encode(b"MAXXXXXXXXXXXXXXXXXX:first-token").decode()
    assert request.headers["authorization"] == f"Basic {credentials}"


def test_a_call_that_the_carrier_does_not_know(
    carrier_api: Callable[[Receiver], Receiver],
) -> None:
    api = carrier_api(Receiver(answering(404)))

    assert not is_call_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID)


@pytest.mark.parametrize("status", [301, 401, 429, 500, 503])
def test_any_other_answer_counts_as_alive(
    status: int, carrier_api: Callable[[Receiver], Receiver]
) -> None:
    api = carrier_api(Receiver(answering(status, Location="/elsewhere")))

    assert is_call_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID)
    assert len(api.requests) == 1


def test_no_connection_counts_as_alive(carrier_api: Callable[[Receiver], Receiver]) -> None:
    api = carrier_api(Receiver(answering(404)))
    api.close()

    assert is_call_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID)


def test_a_slow_answer_counts_as_alive_and_is_not_waited_for(
    carrier_api: Callable[[Receiver], Receiver],
) -> None:
    dripping = dripping_headers()
    api = carrier_api(Receiver(dripping))

    assert is_call_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID, 0.3)
    assert dripping.was_cut_off


def test_the_resource_urls_of_a_call_and_a_recording() -> None:
    account = builders.carrier_account(auth_id="MA1")

    assert call_url(account, "abc") == "https://api.plivo.com/v1/Account/MA1/Call/abc"
    assert recording_url(account, "abc") == "https://api.plivo.com/v1/Account/MA1/Recording/abc/"
