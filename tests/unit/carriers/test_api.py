"""Asking the carrier's API about a call, over real HTTP."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from maskline.carriers import carrier, rest
from maskline.carriers.urls import Step
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport, ReportKind
from tests.support import builders
from tests.unit.callbacks.receiver import Receiver, answering, dripping_headers
from tests.unit.carriers.webhook_requests import CALL_UUID, webhook

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

    assert carrier("plivo").is_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID) is True
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

    assert carrier("plivo").is_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID) is False


@pytest.mark.parametrize("status", [301, 401, 429, 500, 503])
def test_any_other_answer_says_nothing(
    status: int, carrier_api: Callable[[Receiver], Receiver]
) -> None:
    api = carrier_api(Receiver(answering(status, Location="/elsewhere")))

    assert carrier("plivo").is_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID) is None
    assert len(api.requests) == 1


def test_no_connection_says_nothing(carrier_api: Callable[[Receiver], Receiver]) -> None:
    api = carrier_api(Receiver(answering(404)))
    api.close()

    assert carrier("plivo").is_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID) is None


def test_a_slow_answer_says_nothing_and_is_not_waited_for(
    carrier_api: Callable[[Receiver], Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "SECONDS_WHILE_SOMEBODY_WAITS", 0.3)
    dripping = dripping_headers()
    api = carrier_api(Receiver(dripping))

    assert carrier("plivo").is_alive(replace(ACCOUNT, api_url=api.url), CALL_UUID) is None
    assert dripping.was_cut_off


def test_a_call_is_ended_at_the_carrier(carrier_api: Callable[[Receiver], Receiver]) -> None:
    api = carrier_api(Receiver(answering(204)))

    carrier("plivo").end(replace(ACCOUNT, api_url=api.url), CALL_UUID)

    (request,) = api.requests
    assert request.line == f"DELETE /v1/Account/{ACCOUNT.auth_id}/Call/{CALL_UUID}/ HTTP/1.1"


# The keys of the published answer to "Retrieve a call"; all but the durations are strings.
RECORD = {
    "answer_time": "2026-03-02 01:20:10-08:00",
    "bill_duration": 60,
    "call_duration": 42,
    "end_time": "2026-03-02 01:20:52-08:00",
    "hangup_cause_code": 4000,
    "hangup_cause_name": "Normal Hangup",
    "total_amount": "0.00850",
}


@pytest.mark.parametrize(
    ("changes", "status", "amount"),
    [
        ({}, LegStatus.COMPLETED, "0.00850"),
        (
            {"answer_time": None, "bill_duration": 0, "call_duration": 0, "total_amount": "0.0"}
            | {"hangup_cause_code": 3010},
            LegStatus.BUSY,
            "0.0",
        ),
        ({"total_amount": None}, LegStatus.COMPLETED, "None"),
    ],
)
def test_the_record_of_a_call_says_how_it_ended(
    changes: dict[str, object],
    status: LegStatus,
    amount: str,
    carrier_api: Callable[[Receiver], Receiver],
) -> None:
    api = carrier_api(Receiver(answering(200, body=json.dumps(RECORD | changes).encode())))

    found = carrier("plivo").record(replace(ACCOUNT, api_url=api.url), CALL_UUID)

    assert isinstance(found, CallReport)
    assert (found.kind, found.leg_uuid, found.status) == (ReportKind.ENDED, CALL_UUID, status)
    assert str(found.amount) == amount
    is_answered = status is LegStatus.COMPLETED
    assert (found.duration_seconds, found.billed_seconds) == ((42, 60) if is_answered else (0, 0))


@pytest.mark.parametrize(
    "receiver",
    [
        answering(404),
        answering(200, body=b"<html>"),
        answering(200, body=b"[]"),
        answering(200, body=b'{"call_status": "in-progress"}'),
        answering(500, body=json.dumps(RECORD).encode()),
    ],
)
def test_without_a_record_of_its_end_nothing_is_said(
    receiver: Callable[..., object], carrier_api: Callable[[Receiver], Receiver]
) -> None:
    api = carrier_api(Receiver(receiver))

    assert carrier("plivo").record(replace(ACCOUNT, api_url=api.url), CALL_UUID) is None


def test_the_resource_urls_of_a_call_and_a_recording() -> None:
    account = builders.carrier_account(auth_id="MA1")
    recorded = webhook(RecordingID="abc", RecordUrl="https://media.plivo.com/abc.mp3")

    report = carrier("plivo").read(Step.RECORDING, recorded, account)

    url = carrier("plivo").call_url(account, "abc")
    assert url == "https://api.plivo.com/v1/Account/MA1/Call/abc"
    assert isinstance(report, RecordingReport)
    url = report.recording.resource_url
    assert url == "https://api.plivo.com/v1/Account/MA1/Recording/abc/"
