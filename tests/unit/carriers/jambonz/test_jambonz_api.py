"""What we ask of a company's jambonz, over real HTTP, and what its answers mean."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from socket import socket

import pytest
from jambonz_sdk._models._generated.verbs.rest_dial import RestDial

from maskline.carriers import carrier
from maskline.carriers.jambonz.verbs import retried
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.report import LegStatus, ReportKind
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.callbacks.receiver import Receiver, answering
from tests.unit.carriers.jambonz.jambonz_webhooks import (
    ACCOUNT_SID,
    CALL_SID,
    account,
    of_callee,
    of_caller,
)

Start = Callable[..., tuple[CarrierAccount, Receiver]]
JAMBONZ = carrier("jambonz")
CALL = f"/v1/Accounts/{ACCOUNT_SID}/Calls/{CALL_SID}"


@pytest.fixture
def start(deployment: None) -> Iterator[Start]:
    """A server that answers each request with the next of these statuses and bodies."""
    started: list[Receiver] = []

    def begin(*answers: tuple[int, object]) -> tuple[CarrierAccount, Receiver]:
        waiting = list(answers)

        def behave(connection: socket) -> None:
            status, content = waiting.pop(0)
            body = b"OK" if content is None else json.dumps(content).encode()
            answering(status, body=body)(connection)

        receiver = Receiver(behave)
        started.append(receiver)
        return account(api_url=receiver.url), receiver

    with known_secret():
        yield begin
    for receiver in started:
        receiver.close()


@pytest.mark.parametrize(
    ("status", "content", "is_alive"),
    [
        (200, of_caller("in-progress", 200), True),
        (200, of_caller("ringing", 180), True),
        (200, of_caller("completed", 200, duration=3), False),
        (200, of_caller("no-answer", 487), False),
        (200, of_caller("failed", 486), False),
        (404, None, False),
        (200, None, None),
        (401, None, None),
        (403, None, None),
        (500, None, None),
    ],
)
def test_whether_a_call_is_alive(
    status: int, content: object, is_alive: bool | None, start: Start
) -> None:
    known, api = start((status, content))

    assert JAMBONZ.is_alive(known, CALL_SID) is is_alive
    [request] = api.requests
    assert request.line == f"GET {CALL} HTTP/1.1"
    assert request.headers["authorization"] == "Bearer EXAMPLE-api-key"


def test_whether_a_call_is_alive_is_unknown_while_nobody_answers(start: Start) -> None:
    known, api = start()
    api.close()

    assert JAMBONZ.is_alive(known, CALL_SID) is None
    assert JAMBONZ.record(known, CALL_SID) is None
    JAMBONZ.end(known, CALL_SID)


def test_a_call_is_ended(start: Start) -> None:
    known, api = start((202, None))

    JAMBONZ.end(known, CALL_SID)

    [request] = api.requests
    assert request.line == f"PUT {CALL} HTTP/1.1"
    assert json.loads(request.body) == {"call_status": "completed"}


def test_a_call_that_was_not_answered_is_ended_by_another_word(start: Start) -> None:
    known, api = start((422, {"msg": "current call state is incompatible"}), (202, None))

    JAMBONZ.end(known, CALL_SID)

    words = [json.loads(request.body)["call_status"] for request in api.requests]
    assert words == ["completed", "no-answer"]


@pytest.mark.parametrize("status", [404, 401, 500])
def test_a_call_that_is_gone_needs_no_other_word(status: int, start: Start) -> None:
    known, api = start((status, None))

    JAMBONZ.end(known, CALL_SID)

    assert len(api.requests) == 1


def test_the_record_of_a_leg_that_is_over(start: Start) -> None:
    known, _ = start((200, of_callee("completed", 200, duration=7)))

    report = JAMBONZ.record(known, "leg")

    assert report is not None
    assert (report.kind, report.status) == (ReportKind.ENDED, LegStatus.COMPLETED)
    assert (report.leg_uuid, report.duration_seconds, report.was_answered) == ("leg", 7, True)
    assert (report.amount, report.is_priced_later) == (None, False)


@pytest.mark.parametrize(
    ("status", "content"),
    [(200, of_caller("in-progress", 200)), (404, None), (401, None), (200, None), (200, [])],
)
def test_there_is_no_record_of_any_other(status: int, content: object, start: Start) -> None:
    known, _ = start((status, content))

    assert JAMBONZ.record(known, CALL_SID) is None


URLS = CallUrls("https://m.example", "jambonz", builders.MAIN_ID, builders.SESSION_UUID)
ORDER = OutboundCall(builders.virtual(0), builders.party(0), 60, 1860)


@pytest.mark.parametrize(
    ("status", "placement"),
    [
        (201, Placement.ACCEPTED),
        (400, Placement.REFUSED),
        (401, Placement.REFUSED),
        # No feature server is there.
        (480, Placement.REFUSED),
        (500, Placement.UNKNOWN),
    ],
)
def test_a_call_is_placed_once(status: int, placement: Placement, start: Start) -> None:
    known, api = start((status, {"sid": CALL_SID}))

    assert JAMBONZ.place(known, ORDER, URLS) is placement

    [request] = api.requests
    assert request.line == f"POST /v1/Accounts/{ACCOUNT_SID}/Calls HTTP/1.1"
    order = json.loads(request.body)
    assert order["from"] == ORDER.caller_id
    assert order["to"] == {"type": "phone", "number": ORDER.callee}
    assert order["call_hook"] == retried(URLS.to(Step.FIRST_ANSWER))
    assert order["call_status_hook"] == retried(URLS.to(Step.FIRST_HANGUP))
    assert (order["timeout"], order["timeLimit"]) == (60, 1860)


def test_an_order_is_one_of_the_published_form(start: Start) -> None:
    known, api = start((201, {"sid": CALL_SID}))

    JAMBONZ.place(known, ORDER, URLS)

    order = json.loads(api.requests[0].body)
    RestDial.model_validate(order)
    names = {field.alias or name for name, field in RestDial.model_fields.items()}
    # The API server refuses a call without an application unless it names all of its speech.
    recognizer = {"speech_recognizer_vendor", "speech_recognizer_language"}
    speech = {f"speech_synthesis_{name}" for name in ("vendor", "voice", "language")} | recognizer
    assert speech <= order.keys() <= names
    assert "application_sid" not in order


def test_where_the_record_of_a_call_is() -> None:
    assert JAMBONZ.call_url(account(), "a/b") == (
        f"https://jambonz.example.com/v1/Accounts/{ACCOUNT_SID}/Calls/a%2Fb"
    )


@pytest.mark.parametrize("end", ["", "/v1"])
def test_the_address_may_have_the_apis_version_or_not(start: Start, end: str) -> None:
    known, receiver = start((200, of_caller("in-progress", 200)))
    there = replace(known, api_url=f"{known.api_url}{end}")

    assert JAMBONZ.is_alive(there, CALL_SID) is True

    assert receiver.requests[0].line == f"GET {CALL} HTTP/1.1"
    assert JAMBONZ.call_url(there, CALL_SID) == f"{known.api_url}{CALL}"
