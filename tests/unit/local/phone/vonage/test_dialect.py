"""The simulated Vonage sends what its models read, signed as its SDK checks it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jwt
import pytest
from vonage_jwt import verify_signature
from vonage_voice.models.enums import CallState
from vonage_voice.models.webhooks import AnswerWebhook

from local.phone.carrier_call import Carrier
from local.phone.dialect import AnswerFailedError, Moment, RefusedOrderError
from local.phone.instructions import InvalidDocumentError, Say
from local.phone.placed import Outgoing, place
from local.phone.simulator import CarrierSimulator, Script, finish
from local.phone.steps import SimulatedCall
from local.phone.vonage import VONAGE
from local.phone.webhooks import Courier, Delivery, Kind, Webhook
from tests.unit.local.phone.local_application import (
    CALLEE,
    VIRTUAL,
    Application,
    served_application,
)

SECRET = "a-signature-secret-of-a-test-only"
CALLER = "+12025550101"
ACCOUNT = {"api_key": "abcd1234", "application_id": "78d335fa-323d-0114-9c3d-d6f0d48968cf"}
SORRY = {"action": "talk", "text": "Sorry."}
# As the webhook reference has them.
EVENT = {"from", "to", "uuid", "conversation_uuid", "status", "direction", "timestamp"}
MORE = {
    "answered": {"start_time", "rate", "network"},
    "completed": {"start_time", "end_time", "duration", "rate", "price", "network"},
    "unanswered": {"detail"},
    "failed": {"detail"},
    "rejected": {"detail"},
}


@pytest.fixture
def application() -> Iterator[Application]:
    with served_application() as application:
        application.content_type = "application/json"
        yield application


@pytest.fixture
def carrier(application: Application) -> CarrierSimulator:
    courier = Courier(VONAGE, (SECRET,), account=ACCOUNT)
    answer, status = f"{application.url}/answer", f"{application.url}/event"
    media = "https://api.nexmo.com"
    return CarrierSimulator(Carrier("abcd1234", courier, answer, status, media=media))


def documents(application: Application, **named: list[dict[str, Any]]) -> None:
    for name, actions in named.items():
        application.documents[f"/{name}"] = json.dumps(actions)


def connect(application: Application, **endpoint: Any) -> dict[str, Any]:
    return {
        "action": "connect",
        "endpoint": [{"type": "phone", "number": CALLEE[1:], **endpoint}],
        "from": VIRTUAL[1:],
        "eventType": "synchronous",
        "eventUrl": [f"{application.url}/dial"],
    }


def said(call: SimulatedCall, path: str) -> list[dict[str, Any]]:
    sent = [one.webhook for one in call.deliveries]
    return [dict(one.params) for one in sent if one.url.endswith(path)]


def statuses(call: SimulatedCall, path: str) -> list[str]:
    return [one["status"] for one in said(call, path)]


def test_a_conversation(application: Application, carrier: CarrierSimulator) -> None:
    documents(application, answer=[connect(application), SORRY])

    call = carrier.call(CALLER, VIRTUAL)

    [asked] = said(call, "/answer")
    assert AnswerWebhook(**asked).model_dump(by_alias=True, exclude_none=True) == asked
    assert (asked["from"], asked["to"]) == (CALLER[1:], VIRTUAL[1:])
    assert statuses(call, "/dial") == ["started", "ringing", "answered", "completed"]
    assert statuses(call, "/event") == ["started", "ringing", "answered", "completed"]
    assert {one["direction"] for one in said(call, "/dial")} == {"outbound"}
    assert {one["direction"] for one in said(call, "/event")} == {"inbound"}
    completed = said(call, "/dial")[-1]
    assert (completed["duration"], completed["price"]) == ("12", "0.00090000")
    assert (completed["from"], completed["to"]) == (VIRTUAL[1:], CALLEE[1:])


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("busy", ["busy", "completed"]),
        ("rejected", ["unanswered", "completed"]),
        ("no-answer", ["timeout", "completed"]),
        ("timeout", ["unanswered", "completed"]),
        ("unreachable", ["failed", "completed"]),
        ("cancel", ["cancelled", "completed"]),
        ("loop", ["rejected"]),
    ],
)
def test_nobody_answers(
    outcome: Any, expected: list[str], application: Application, carrier: CarrierSimulator
) -> None:
    documents(application, answer=[connect(application), SORRY])

    call = carrier.place(CALLER, VIRTUAL).start().decline(outcome)

    assert [one for one in statuses(call, "/dial") if one not in ("started", "ringing")] == expected
    assert call.heard == ([] if outcome == "cancel" else ["Sorry."])


@pytest.mark.parametrize("outcome", ["yes", "busy", "rejected", "no-answer", "unreachable"])
def test_events_have_the_fields_of_the_reference(
    outcome: Any, application: Application, carrier: CarrierSimulator
) -> None:
    documents(application, answer=[connect(application)])

    call = carrier.call(CALLER, VIRTUAL, Script(answer=outcome))

    for event in (*said(call, "/dial"), *said(call, "/event")):
        assert event.keys() == EVENT | MORE.get(event["status"], set())
        CallState(event["status"])


def test_the_document_goes_on_after_a_conversation(
    application: Application, carrier: CarrierSimulator
) -> None:
    """Whether it does, Vonage does not say: ours has to be right either way."""
    documents(application, answer=[connect(application), SORRY])

    assert carrier.call(CALLER, VIRTUAL, Script(hangup_by="callee")).heard == ["Sorry."]
    assert carrier.call(CALLER, VIRTUAL, Script(hangup_by="caller")).heard == []


def test_a_notice_may_bring_another_document(
    application: Application, carrier: CarrierSimulator
) -> None:
    notify = {
        "action": "notify",
        "payload": {"uuid": "a"},
        "eventUrl": [f"{application.url}/next"],
        "eventMethod": "POST",
    }
    documents(application, answer=[notify, SORRY], next=[{"action": "talk", "text": "Next."}])

    call = carrier.place(CALLER, VIRTUAL).start()

    assert call.heard == ["Next."]
    assert said(call, "/next") == [{"uuid": "a"}]
    application.documents["/next"] = ""
    assert carrier.place(CALLER, VIRTUAL).start().heard == ["Sorry."]
    application.statuses["/next"] = 500
    assert carrier.place(CALLER, VIRTUAL).start().heard == ["Sorry."]


def test_digits_come_and_so_does_silence(
    application: Application, carrier: CarrierSimulator
) -> None:
    ask = {
        "action": "input",
        "type": ["dtmf"],
        "dtmf": {"maxDigits": 4, "submitOnHash": True},
        "eventUrl": [f"{application.url}/digits"],
    }
    documents(application, answer=[ask], digits=[ask])

    call = carrier.place(CALLER, VIRTUAL).start().press("12#34").press("")

    assert [one["dtmf"] for one in said(call, "/digits")] == [
        {"digits": "12", "timed_out": False},
        {"digits": "", "timed_out": True},
    ]


def test_a_recording(application: Application, carrier: CarrierSimulator) -> None:
    url = f"{application.url}/recording"
    record = {"action": "record", "format": "wav", "eventUrl": [url]}
    documents(application, answer=[record, connect(application)])

    [told] = said(carrier.call(CALLER, VIRTUAL), "/recording")

    names = {"start_time", "end_time", "recording_url", "recording_uuid", "size"}
    assert told.keys() == names | {"conversation_uuid", "timestamp"}
    assert "uuid" not in told
    assert told["recording_url"].startswith("https://api.nexmo.com/v1/files/")


def test_a_callee_hears_something_and_no_more(
    application: Application, carrier: CarrierSimulator
) -> None:
    whisper = {"url": f"{application.url}/whisper"}
    documents(application, answer=[connect(application, onAnswer=whisper)], whisper=[SORRY])
    assert carrier.call(CALLER, VIRTUAL).whispered == ["Sorry."]

    documents(application, whisper=[connect(application)])
    with pytest.raises(InvalidDocumentError):
        carrier.call(CALLER, VIRTUAL)


def test_a_placed_call_tells_its_own_url(
    application: Application, carrier: CarrierSimulator
) -> None:
    documents(application, mine=[connect(application)])
    order = ORDER | {
        "answer_url": [f"{application.url}/mine"],
        "event_url": [f"{application.url}/own"],
    }

    [call] = place(order, Outgoing(), carrier.carrier)
    finish(call.start(), Script())
    [busy] = place(order, Outgoing(first_answers="busy"), carrier.carrier)
    busy.start()

    assert statuses(call, "/own") == ["started", "ringing", "answered", "completed"]
    assert statuses(busy, "/own") == ["started", "busy", "completed"]
    assert {one["direction"] for one in said(call, "/own")} == {"outbound"}
    [asked] = said(call, "/mine")
    assert (asked["from"], asked["to"]) == (VIRTUAL[1:], CALLER[1:])
    assert said(call, "/event") == []


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_signature_is_the_one_that_its_sdk_checks(method: str) -> None:
    courier = Courier(VONAGE, (SECRET,), account=ACCOUNT)
    params = {"to": "12025550110", "note": "é"}

    request = courier.prepared(Webhook("answer", method, "https://m.example/a", params, True))

    token = request.headers["Authorization"].removeprefix("Bearer ")
    assert verify_signature(token, SECRET)
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    by_get = '{"to":"12025550110","note":"é"}'.encode()
    signed = request.body if method == "POST" else by_get
    assert claims["payload_hash"] == hashlib.sha256(signed).hexdigest()
    assert {"iat", "jti", "iss", "payload_hash", "api_key", "application_id"} == claims.keys()
    wrong = replace(courier, signature="wrong").prepared(Webhook("answer", "POST", "x", {}, True))
    assert not verify_signature(wrong.headers["Authorization"][7:], SECRET)


ASKING: list[Kind] = ["answer", "fallback", "redirect", "digits", "confirm"]
TELLING: list[Kind] = ["dial", "hangup", "status", "recording"]


@pytest.mark.parametrize("kind", ASKING)
def test_a_question_is_asked_twice_where_the_carrier_says_so(kind: Kind) -> None:
    webhook = Webhook(kind, "POST", "https://m.example/a", {})
    rules = VONAGE.rules(webhook)

    assert rules.retries == 1
    again = [status for status in range(600) if rules.retry(Delivery(webhook, status))]
    assert again == [0, 429, 503, 504]


@pytest.mark.parametrize("kind", TELLING)
def test_a_report_is_not_sent_again(kind: Kind) -> None:
    assert VONAGE.rules(Webhook(kind, "POST", "https://m.example/a", {})).retries == 0


@pytest.mark.parametrize("kind", ASKING)
def test_no_answer_is_no_document(kind: Kind) -> None:
    webhook = Webhook(kind, "POST", "https://m.example/a", {})
    for status in (0, 302, 403, 500, 503):
        with pytest.raises(AnswerFailedError):
            VONAGE.read(kind, Delivery(webhook, status, "application/json", b"[]"))
    may_be_empty = kind in ("redirect", "digits")
    assert (VONAGE.on_failure(kind) == "goes on") is may_be_empty
    empty = Delivery(webhook, 200, "text/plain", b"")
    if may_be_empty:
        assert VONAGE.read(kind, empty) is None
    else:
        with pytest.raises(InvalidDocumentError):
            VONAGE.read(kind, empty)
    said = Delivery(webhook, 200, "application/json", json.dumps([SORRY]).encode())
    assert VONAGE.read(kind, said) == [Say("Sorry.")]


def test_only_an_answer_falls_back() -> None:
    assert VONAGE.on_failure("answer") == "falls back"
    assert VONAGE.on_failure("fallback") == VONAGE.on_failure("confirm") == "ends"


def test_the_fallback_is_told_why(application: Application, carrier: CarrierSimulator) -> None:
    documents(application, spare=[SORRY])
    application.statuses["/answer"] = 500

    call = (
        carrier.having(fallback_answer_url=f"{application.url}/spare")
        .place(CALLER, VIRTUAL)
        .start()
    )

    [told] = said(call, "/spare")
    assert call.heard == ["Sorry."]
    assert (told["to"], told["original_request"]["type"]) == (VIRTUAL[1:], "answer")
    assert told["reason"]


def test_moments_of_which_nothing_is_told(carrier: CarrierSimulator) -> None:
    call = carrier.place(CALLER, VIRTUAL)

    for moment in (Moment.DIAL_OVER, Moment.LEG_BRIDGED, Moment.NOT_RECORDED):
        assert VONAGE.webhooks(moment, call) == ()


def test_an_arrival() -> None:
    told = {"uuid": "a", "from": "12025550101", "to": "12025550110"}

    arrival = VONAGE.arrival(told)

    assert arrival is not None
    assert (arrival.call, arrival.caller, arrival.dialled) == ("a", "12025550101", "12025550110")
    assert VONAGE.arrival(told | {"status": "completed"}) is None
    assert VONAGE.arrival({"dtmf": {}}) is None


ORDER: dict[str, Any] = {
    "to": [{"type": "phone", "number": CALLER[1:]}],
    "from": {"type": "phone", "number": VIRTUAL[1:]},
    "answer_url": ["https://m.example/a"],
    "answer_method": "POST",
    "event_url": ["https://m.example/e"],
    "event_method": "POST",
    "ringing_timer": 45,
    "length_timer": 600,
}


def test_an_order() -> None:
    order = VONAGE.order(ORDER)

    assert (order.caller, order.callee, order.method) == (VIRTUAL, CALLER, "POST")
    assert (order.answer_url, order.status_url) == ("https://m.example/a", "https://m.example/e")
    assert (order.ring_seconds, order.limit_seconds) == (45, 600)


@pytest.mark.parametrize(
    "changes",
    [
        {"to": ...},
        {"to": []},
        {"to": ORDER["to"] * 2},
        {"to": [{"type": "phone", "number": CALLER}]},
        {"to": [{"type": "phone", "number": "anonymous"}]},
        {"to": [{"type": "sip", "uri": "sip:a@b.example"}]},
        {"from": ...},
        {"from": {"type": "phone", "number": VIRTUAL}},
        {"answer_url": ...},
        {"answer_url": "https://m.example/a"},
        {"event_url": ...},
        {"ringing_timer": 121},
        {"ringing_timer": 0},
        {"length_timer": 86_401},
        {"answer_method": "PUT"},
        {"time_limit": 5},
        {"ncco": [SORRY]},
    ],
)
def test_an_order_that_the_api_would_refuse(changes: dict[str, Any]) -> None:
    order = {name: value for name, value in (ORDER | changes).items() if value is not ...}

    with pytest.raises(RefusedOrderError):
        VONAGE.order(order)
