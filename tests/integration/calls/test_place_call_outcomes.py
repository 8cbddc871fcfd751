"""What the carrier's API answers, from the queued order to what the customer is told."""

from typing import Any

import pytest

from functions.place_call.app import handler
from maskline.domain.calls.report import LegStatus
from maskline.observability import FunctionFailedError
from maskline.store.calls import orders as call_orders
from maskline.wire import outbound
from maskline.wire.outbound import HttpAnswer, HttpRequest
from tests.support.manual_clock import ManualClock
from tests.support.observation import recorded_api_calls
from tests.support.placed_call import GIVEN_UP_SECONDS, PlacedCall
from tests.support.service import Service

FAILED = ["SessionFirstPartyHangup", "SessionPartiesHangup"]
Answer = int | OSError


@pytest.fixture
def call(service: Service, monkeypatch: pytest.MonkeyPatch) -> PlacedCall:
    monkeypatch.setattr("maskline.carriers.rest.time.sleep", lambda _: None)
    return PlacedCall(service)


def deliver(call: PlacedCall, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> int:
    """The order comes twice; how often the carrier was asked."""
    sent: list[HttpRequest] = []

    def send(request: HttpRequest, **_: Any) -> HttpAnswer:
        sent.append(request)
        if isinstance(answer, OSError):
            raise answer
        return HttpAnswer(answer)

    monkeypatch.setattr(outbound, "send", send)
    for _ in range(2):
        handler({"Records": [{"body": call.session.session_uuid}]}, None)
    return len(sent)


@pytest.mark.parametrize(
    ("answer", "requests", "cause"),
    [
        (400, 1, "CARRIER_API_REFUSED"),
        (401, 1, "CARRIER_API_REFUSED"),
        (ConnectionRefusedError(), 3, "CARRIER_API_UNREACHABLE"),
    ],
)
def test_a_clear_no_is_told_at_once(
    answer: Answer,
    requests: int,
    cause: str,
    call: PlacedCall,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert deliver(call, monkeypatch, answer) == requests

    assert call.told == FAILED
    caller = call.interaction.caller
    assert (caller.status, caller.hangup_cause) == (LegStatus.FAILED, cause)
    assert {event.outcome.hangup_cause for event in told_ends(call)} == {cause}


def test_an_order_that_fails_comes_again_in_seconds(
    call: PlacedCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue alone would hold it back for minutes, and the sweep would give it up before."""
    record = queued(call)
    with recorded_api_calls() as calls, monkeypatch.context() as table_away:
        table_away.setattr(call_orders, "claim", unreachable)
        for receives in ("1", "2", "3"):
            record["attributes"]["ApproximateReceiveCount"] = receives
            with pytest.raises(FunctionFailedError):
                handler({"Records": [record]}, None)

    shown_again = [one.parameters["VisibilityTimeout"] for one in calls if one.service == "sqs"]
    assert shown_again == [5, 10, 20]
    assert deliver(call, monkeypatch, 201) == 1


def queued(call: PlacedCall) -> dict[str, Any]:
    """The order as Lambda hands it over: a message that is really in flight."""
    sqs, urls = call.service.engine.client("sqs"), call.service.engine.queue_urls
    body = call.session.session_uuid
    sqs.send_message(QueueUrl=urls["CallOrderQueue"], MessageBody=body)
    [message] = sqs.receive_message(QueueUrl=urls["CallOrderQueue"])["Messages"]
    return {"body": body, "receiptHandle": message["ReceiptHandle"], "attributes": {}}


def unreachable(*_: Any) -> bool:
    raise TimeoutError


@pytest.mark.parametrize("answer", [201, 500, 503, TimeoutError(), ConnectionResetError()])
def test_what_may_ring_is_asked_for_once_and_given_up_in_the_end(
    answer: Answer, call: PlacedCall, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deliver(call, monkeypatch, answer) == 1
    assert (call.told, call.interactions) == ([], ())

    time.advance(seconds=GIVEN_UP_SECONDS)
    assert call.sweep() == 1

    assert call.told == FAILED
    assert call.interaction.caller.hangup_cause == "CARRIER_REPORTED_NOTHING"


@pytest.mark.parametrize("answer", [201, 500, TimeoutError()])
def test_its_webhooks_settle_what_may_ring(
    answer: Answer, call: PlacedCall, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(call, monkeypatch, answer)
    call.hang_up(status=LegStatus.BUSY, duration_seconds=0)

    time.advance(seconds=GIVEN_UP_SECONDS)

    assert call.sweep() == 0
    assert call.told == FAILED
    assert call.interaction.caller.status is LegStatus.BUSY


def told_ends(call: PlacedCall) -> list[Any]:
    return [event for event in call.service.events(call.session) if event.outcome]
