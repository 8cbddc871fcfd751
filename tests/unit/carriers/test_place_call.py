"""Asking the carrier to call somebody: what its answer means, and what is never repeated."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from maskline.carriers.plivo import PLIVO
from maskline.carriers.plivo.xml import retried
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.wire import outbound
from maskline.wire.outbound import HttpAnswer, HttpRequest
from tests.support import builders
from tests.support.known_secret import known_secret

ACCOUNT = builders.carrier_account()
CALL = OutboundCall(builders.virtual(0), builders.party(0), 60, 1860)
URLS = CallUrls("https://m.example", "plivo", builders.MAIN_ID, builders.SESSION_UUID)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[HttpRequest]]:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with known_secret():
        yield []


def answering(
    monkeypatch: pytest.MonkeyPatch, sent: list[HttpRequest], *answers: int | OSError
) -> None:
    """The carrier answers with these statuses, or the request fails with these errors."""
    waiting = list(answers)

    def send(request: HttpRequest, **_: Any) -> HttpAnswer:
        sent.append(request)
        answer = waiting.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return HttpAnswer(answer)

    monkeypatch.setattr(outbound, "send", send)


@pytest.mark.parametrize(
    ("answer", "placement"),
    [
        (201, Placement.ACCEPTED),
        (400, Placement.REFUSED),
        (429, Placement.REFUSED),
        (302, Placement.UNKNOWN),
        (500, Placement.UNKNOWN),
        (TimeoutError(), Placement.UNKNOWN),
        (ConnectionResetError(), Placement.UNKNOWN),
    ],
)
def test_what_was_sent_is_not_sent_again(
    answer: int | OSError,
    placement: Placement,
    sent: list[HttpRequest],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answering(monkeypatch, sent, answer)

    assert PLIVO.place(ACCOUNT, CALL, URLS) is placement
    assert len(sent) == 1


@pytest.mark.parametrize("failure", [ConnectionRefusedError(), socket.gaierror()])
def test_what_never_left_is_tried_again(
    failure: OSError, sent: list[HttpRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, sent, failure, 201)
    assert PLIVO.place(ACCOUNT, CALL, URLS) is Placement.ACCEPTED

    answering(monkeypatch, sent, *[failure] * 3)
    assert PLIVO.place(ACCOUNT, CALL, URLS) is Placement.UNREACHABLE


def test_the_request_is_the_carriers(
    sent: list[HttpRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, sent, 201)

    PLIVO.place(ACCOUNT, CALL, URLS)

    [request] = sent
    assert request.url.endswith("/v1/Account/MAPLIVO/Call/")
    assert "442079460000" not in request.url
    parameters = json.loads(request.body or b"")
    assert (parameters["from"], parameters["to"]) == ("442079460000", "12025550100")
    for name, step in (
        ("answer_url", Step.FIRST_ANSWER),
        ("ring_url", Step.FIRST_RING),
        ("hangup_url", Step.FIRST_HANGUP),
    ):
        assert parameters[name] == retried(URLS.to(step))
    assert (parameters["ring_timeout"], parameters["time_limit"]) == (60, 1860)
