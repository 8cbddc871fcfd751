"""The family's REST APIs, over real HTTP, beside what the official SDK sends."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from maskline.carriers import carrier, rest
from maskline.carriers.desk import CarrierApiError, RentedNumber, desk
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.report import CallReport, LegStatus, ReportKind
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.callbacks.receiver import Received, Receiver, answering
from tests.unit.carriers.twiml.family import (
    ACCOUNTS,
    APPLICATION,
    BASE_URL,
    CALLS,
    NAMES,
    SECRETS,
    account,
    urls,
)
from tests.unit.carriers.twiml.test_documents import RETRIES

CALL = OutboundCall(builders.virtual(0), builders.party(0), 60, 1860)
PLACED = {name: CallUrls(BASE_URL, name, builders.MAIN_ID, builders.SESSION_UUID) for name in NAMES}
CALL_PATHS = {
    "twilio": f"/2010-04-01/Accounts/{ACCOUNTS['twilio']}/Calls/{CALLS['twilio'][0]}.json",
    "telnyx": (
        f"/v2/texml/Accounts/{ACCOUNTS['telnyx']}/Calls/{CALLS['telnyx'][0].replace(':', '%3A')}"
    ),
    "signalwire": (
        f"/api/laml/2010-04-01/Accounts/{ACCOUNTS['signalwire']}/Calls/{CALLS['signalwire'][0]}.json"
    ),
}
AUTHORIZATION = {
    "twilio": rest.basic(ACCOUNTS["twilio"], SECRETS["twilio"]["auth_token"][0]),
    "telnyx": "Bearer KEYexample",
    "signalwire": rest.basic(ACCOUNTS["signalwire"], "PTexample"),
}

Answers = Callable[..., Receiver]


class Api:
    """A carrier's API that gives these answers in turn, the last one again and again."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self._answers = list(answers)

    def __call__(self, connection: socket.socket) -> None:
        status, content = self._answers[0]
        del self._answers[: len(self._answers) > 1]
        body = b"" if content is None else json.dumps(content).encode()
        answering(status, body)(connection)


@pytest.fixture
def api(deployment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    started: list[Receiver] = []

    def start(*answers: tuple[int, Any]) -> Receiver:
        started.append(Receiver(Api(*answers)))
        return started[-1]

    monkeypatch.setattr("time.sleep", lambda _: None)
    with known_secret():
        yield start
    for receiver in started:
        receiver.close()


def at(name: str, receiver: Receiver) -> CarrierAccount:
    return account(name, api_url=receiver.url)


def content(request: Received) -> dict[str, Any]:
    """The parameters of a request, a list for one that is repeated."""
    if request.headers["content-type"] == "application/json":
        found: dict[str, Any] = json.loads(request.body)
        return found
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    pairs = request.form
    listed = {key: [value for one, value in pairs if one == key] for key, _ in pairs}
    return {key: values[0] if len(values) == 1 else values for key, values in listed.items()}


class Wire(HttpClient):
    """What the official SDK would send."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self.sent: list[tuple[str, str, dict[str, Any]]] = []

    def request(self, method: str, url: str, *_: Any, **more: Any) -> Response:
        self.sent.append((method, url, {**(more.get("data") or {})}))
        return Response(200, "{}")


@pytest.fixture
def official() -> tuple[Client, Wire]:
    wire = Wire()
    return Client(ACCOUNTS["twilio"], "token", http_client=wire), wire


# --- is it alive, end it ---


@pytest.mark.parametrize("name", ["twilio", "signalwire"])
@pytest.mark.parametrize(
    ("status", "alive"),
    [
        *((word, True) for word in ("queued", "ringing", "in-progress")),
        *((word, False) for word in ("completed", "busy", "failed", "no-answer", "canceled")),
        ("paused", None),
        ("", None),
    ],
)
def test_a_call_is_alive_by_its_status(
    name: str, status: str, alive: bool | None, api: Answers
) -> None:
    receiver = api((200, {"status": status}))

    assert carrier(name).is_alive(at(name, receiver), CALLS[name][0]) is alive
    [request] = receiver.requests
    assert request.line == f"GET {CALL_PATHS[name]} HTTP/1.1"
    assert request.headers["authorization"] == AUTHORIZATION[name]


@pytest.mark.parametrize(
    ("told", "alive"),
    [
        ({"data": {"is_alive": True}}, True),
        ({"data": {"is_alive": False}}, False),
        ({"data": {"is_alive": "no"}}, None),
        ({"data": None}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_call_is_alive_where_that_is_known_at_once(
    told: object, alive: bool | None, api: Answers
) -> None:
    receiver = api((200, told))

    assert carrier("telnyx").is_alive(at("telnyx", receiver), CALLS["telnyx"][0]) is alive
    [request] = receiver.requests
    assert request.target == f"/v2/calls/{CALLS['telnyx'][0].replace(':', '%3A')}"
    assert request.headers["authorization"] == "Bearer KEYexample"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("status", "alive"), [(404, False), (401, None), (429, None), (500, None), (301, None)]
)
def test_what_is_no_answer_about_a_call(
    name: str, status: int, alive: bool | None, api: Answers
) -> None:
    receiver = api((status, None))

    assert carrier(name).is_alive(at(name, receiver), CALLS[name][0]) is alive


@pytest.mark.parametrize("name", NAMES)
def test_nobody_answers(name: str, api: Answers) -> None:
    receiver = api((200, {}))
    receiver.close()
    known = at(name, receiver)

    assert carrier(name).is_alive(known, CALLS[name][0]) is None
    assert carrier(name).record(known, CALLS[name][0]) is None
    assert carrier(name).place(known, CALL, PLACED[name]) is Placement.UNREACHABLE
    carrier(name).end(known, CALLS[name][0])
    with pytest.raises(CarrierApiError):
        list(desk(name).rented(known, urls(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_call_is_ended(name: str, api: Answers) -> None:
    receiver = api((200, {}))

    carrier(name).end(at(name, receiver), CALLS[name][0])

    [request] = receiver.requests
    assert request.line == f"POST {CALL_PATHS[name]} HTTP/1.1"
    assert content(request) == {"Status": "completed"}
    assert request.headers["authorization"] == AUTHORIZATION[name]


def test_a_call_is_asked_for_and_ended_as_the_official_sdk_does(
    official: tuple[Client, Wire],
) -> None:
    client, wire = official
    sid = CALLS["twilio"][0]
    client.calls(sid).fetch()
    client.calls(sid).update(status="completed")

    url = carrier("twilio").call_url(account("twilio"), sid)
    assert wire.sent == [("GET", url, {}), ("POST", url, {"Status": "completed"})]


# --- the record of a leg ---


@pytest.mark.parametrize("name", NAMES)
def test_the_record_of_a_leg(name: str, api: Answers) -> None:
    told = {"status": "completed", "duration": "9", "price": "-0.01", "price_unit": "USD"}
    receiver = api((200, told))

    found = carrier(name).record(at(name, receiver), CALLS[name][0])

    assert isinstance(found, CallReport)
    assert (found.kind, found.leg_uuid) == (ReportKind.ENDED, CALLS[name][0])
    assert (found.status, found.amount) == (LegStatus.COMPLETED, Decimal("0.01"))
    [request] = receiver.requests
    assert request.line == f"GET {CALL_PATHS[name]} HTTP/1.1"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "answer", [(404, {"code": 20404}), (401, None), (500, None), (200, {"status": "ringing"})]
)
def test_a_record_that_cannot_be_had(name: str, answer: tuple[int, Any], api: Answers) -> None:
    assert carrier(name).record(at(name, api(answer)), CALLS[name][0]) is None


# --- placing a call ---


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("status", "placement"),
    [
        (200, Placement.ACCEPTED),
        (201, Placement.ACCEPTED),
        (400, Placement.REFUSED),
        (401, Placement.REFUSED),
        (422, Placement.REFUSED),
        (429, Placement.REFUSED),
        (302, Placement.UNKNOWN),
        (503, Placement.UNKNOWN),
    ],
)
def test_a_call_is_asked_for_once(
    name: str, status: int, placement: Placement, api: Answers
) -> None:
    receiver = api((status, {"sid": "CA1"}))

    assert carrier(name).place(at(name, receiver), CALL, PLACED[name]) is placement
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_call_to_place(name: str, api: Answers) -> None:
    receiver = api((201, {}))

    carrier(name).place(at(name, receiver), CALL, PLACED[name])

    [request] = receiver.requests
    given = content(request)
    answer_url = PLACED[name].to(Step.FIRST_ANSWER) + RETRIES[name]
    number = 60 if name == "telnyx" else "60"
    assert (given["From"], given["To"]) == (CALL.caller_id, CALL.callee)
    assert given["Url"] == given["FallbackUrl"] == answer_url
    assert given["StatusCallback"] == PLACED[name].to(Step.FIRST_HANGUP) + RETRIES[name]
    assert given["StatusCallbackMethod"] == "POST"
    assert given["Timeout"] == number
    assert ("TimeLimit" in given) == (name != "signalwire")
    assert request.headers["authorization"] == AUTHORIZATION[name]
    assert CALL.callee.removeprefix("+") not in request.target


def test_a_call_is_placed_as_the_official_sdk_does(
    official: tuple[Client, Wire], api: Answers
) -> None:
    client, wire = official
    answer_url = PLACED["twilio"].to(Step.FIRST_ANSWER) + RETRIES["twilio"]
    client.calls.create(
        to=CALL.callee,
        from_=CALL.caller_id,
        url=answer_url,
        method="POST",
        fallback_url=answer_url,
        fallback_method="POST",
        status_callback=PLACED["twilio"].to(Step.FIRST_HANGUP) + RETRIES["twilio"],
        status_callback_method="POST",
        status_callback_event=["ringing", "completed"],
        timeout=60,
        time_limit=1860,
    )
    receiver = api((201, {}))
    carrier("twilio").place(at("twilio", receiver), CALL, PLACED["twilio"])

    [request], [(method, url, data)] = receiver.requests, wire.sent
    assert request.method == method
    assert url == f"https://api.twilio.com{request.target}"
    assert content(request) == {
        key: value if isinstance(value, list) else str(value) for key, value in data.items()
    }


def test_a_call_is_placed_at_signalwire_by_the_names_that_it_publishes(api: Answers) -> None:
    receiver = api((200, {}))
    carrier("signalwire").place(at("signalwire", receiver), CALL, PLACED["signalwire"])

    [request] = receiver.requests
    assert request.target == CALL_PATHS["signalwire"].replace(f"/{CALLS['signalwire'][0]}", "")
    assert set(content(request)) == {
        *("To", "From", "Url", "Method", "FallbackUrl", "FallbackMethod", "Timeout"),
        *("StatusCallback", "StatusCallbackMethod", "StatusCallbackEvent"),
    }
    assert content(request)["StatusCallbackEvent"] == ["ringing", "completed"]


def test_a_call_is_placed_at_telnyx_by_the_names_that_it_publishes(api: Answers) -> None:
    receiver = api((200, {"status": "queued"}))
    carrier("telnyx").place(at("telnyx", receiver), CALL, PLACED["telnyx"])

    [request] = receiver.requests
    assert request.target == f"/v2/texml/Accounts/{ACCOUNTS['telnyx']}/Calls"
    given = content(request)
    assert set(given) == {
        *("To", "From", "ApplicationSid", "Url", "UrlMethod", "FallbackUrl"),
        *("StatusCallback", "StatusCallbackMethod", "StatusCallbackEvent", "Timeout", "TimeLimit"),
    }
    assert given["ApplicationSid"] == APPLICATION
    assert given["StatusCallbackEvent"] == "ringing completed"
    assert given["UrlMethod"] == "POST"


def test_the_limits_of_a_call_to_place_are_those_that_the_carrier_takes(api: Answers) -> None:
    receiver = api((200, {}))
    long = replace(CALL, ring_timeout_seconds=900, time_limit_seconds=90_000)
    for name in ("telnyx", "twilio"):
        carrier(name).place(at(name, receiver), long, PLACED[name])

    one, other = map(content, receiver.requests)
    assert (one["Timeout"], one["TimeLimit"]) == (120, 14_400)
    assert (other["Timeout"], other["TimeLimit"]) == ("600", "14400")


# --- numbers ---


def item(name: str, index: int, **changes: Any) -> dict[str, Any]:
    """A number with our URLs."""
    given = carrier(name).application_urls(urls(name))
    return {
        "sid": f"PN{index}",
        "phone_number": builders.virtual(index),
        "capabilities": {"voice": True, "sms": True},
        "voice_url": given["VoiceUrl"],
        "voice_method": "POST",
        "voice_fallback_url": given["VoiceFallbackUrl"],
        "voice_fallback_method": "POST",
        "status_callback": given["StatusCallback"],
        "status_callback_method": "POST",
        "voice_application_sid": None,
        "trunk_sid": "",
        **changes,
    }


@pytest.mark.parametrize("name", ["twilio", "signalwire"])
def test_all_pages_of_the_numbers(name: str, api: Answers) -> None:
    start = CALL_PATHS[name].partition("/Calls")[0]
    following = f"{start}/IncomingPhoneNumbers.json?PageSize=200&Page=1&PageToken=PN2"
    pages = [
        {"incoming_phone_numbers": [item(name, 0), item(name, 1)], "next_page_uri": following},
        {"incoming_phone_numbers": [item(name, 2, country_code="GB")], "next_page_uri": None},
    ]
    receiver = api(*((200, page) for page in pages))

    found = list(desk(name).rented(at(name, receiver), urls(name)))

    assert found == [
        RentedNumber(builders.virtual(0), "PN0", is_configured=True),
        RentedNumber(builders.virtual(1), "PN1", is_configured=True),
        RentedNumber(builders.virtual(2), "PN2", country="GB", is_configured=True),
    ]
    targets = [request.target for request in receiver.requests]
    assert targets == [f"{start}/IncomingPhoneNumbers.json?PageSize=200", following]
    assert {request.headers["authorization"] for request in receiver.requests} == {
        AUTHORIZATION[name]
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"voice_url": "https://elsewhere.example"},
        {"voice_url": None},
        {"voice_method": "GET"},
        {"voice_fallback_url": ""},
        {"status_callback": ""},
        {"status_callback_method": "GET"},
        {"voice_application_sid": "AP1"},
        {"trunk_sid": "TK1"},
    ],
)
def test_a_number_whose_calls_do_not_come_to_us(changes: dict[str, Any], api: Answers) -> None:
    receiver = api((200, {"incoming_phone_numbers": [item("twilio", 0, **changes)]}))

    [found] = desk("twilio").rented(at("twilio", receiver), urls("twilio"))

    assert not found.is_configured


def test_what_takes_no_calls_or_is_no_number(api: Answers) -> None:
    listed = [item("twilio", 0, capabilities={"voice": False}), item("twilio", 1, phone_number="")]
    receiver = api((200, {"incoming_phone_numbers": listed}))

    [found] = desk("twilio").rented(at("twilio", receiver), urls("twilio"))

    assert not found.takes_calls


def test_a_number_is_configured_as_the_official_sdk_does(
    official: tuple[Client, Wire], api: Answers
) -> None:
    client, wire = official
    given = carrier("twilio").application_urls(urls("twilio"))
    client.incoming_phone_numbers("PN0").update(
        voice_url=given["VoiceUrl"],
        voice_method="POST",
        voice_fallback_url=given["VoiceFallbackUrl"],
        voice_fallback_method="POST",
        status_callback=given["StatusCallback"],
        status_callback_method="POST",
        voice_application_sid="",
        trunk_sid="",
    )
    receiver = api((200, {}))
    number = RentedNumber(builders.virtual(0), "PN0")
    desk("twilio").configure(at("twilio", receiver), number, urls("twilio"))

    [request], [(method, url, data)] = receiver.requests, wire.sent
    assert (request.method, f"https://api.twilio.com{request.target}") == (method, url)
    assert content(request) == data


def test_a_number_is_configured_at_signalwire(api: Answers) -> None:
    receiver = api((200, {}))
    number = RentedNumber(builders.virtual(0), "PN0")
    desk("signalwire").configure(at("signalwire", receiver), number, urls("signalwire"))

    [request] = receiver.requests
    assert request.target.endswith(f"/{ACCOUNTS['signalwire']}/IncomingPhoneNumbers/PN0.json")
    given = content(request)
    assert (
        given["VoiceUrl"] == carrier("signalwire").application_urls(urls("signalwire"))["VoiceUrl"]
    )
    assert "TrunkSid" not in given


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [401, 404, 422, 500])
def test_an_api_that_refuses_says_no_more_than_its_status(
    name: str, status: int, api: Answers
) -> None:
    receiver = api((status, {"message": f"no {builders.virtual(0)}"}))
    number = RentedNumber(builders.virtual(0), "PN0")

    with pytest.raises(CarrierApiError, match=f"^status {status}$"):
        list(desk(name).rented(at(name, receiver), urls(name)))
    with pytest.raises(CarrierApiError, match=f"^status {status}$"):
        desk(name).configure(at(name, receiver), number, urls(name))


# --- Telnyx's numbers ---


def application(**changes: Any) -> tuple[int, dict[str, Any]]:
    given = carrier("telnyx").application_urls(urls("telnyx"))
    known = {
        "id": APPLICATION,
        "friendly_name": "masking",
        **given,
        "voice_method": "post",
        "status_callback_method": "post",
    }
    return 200, {"data": {**known, **changes}}


def telnyx_item(index: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"100{index}",
        "phone_number": builders.virtual(index),
        "country_iso_alpha2": "GB",
        "status": "active",
        "connection_id": APPLICATION,
        **changes,
    }


def test_all_pages_of_telnyxs_numbers(api: Answers) -> None:
    first = {"data": [telnyx_item(0)], "meta": {"total_pages": 2}}
    last = {
        "data": [telnyx_item(1, connection_id="1"), telnyx_item(2, status="purchase-pending")],
        "meta": {"total_pages": 2},
    }
    receiver = api(application(), (200, first), (200, last))

    found = list(desk("telnyx").rented(at("telnyx", receiver), urls("telnyx")))

    assert found == [
        RentedNumber(builders.virtual(0), "1000", "GB", is_configured=True),
        RentedNumber(builders.virtual(1), "1001", "GB"),
        RentedNumber(builders.virtual(2), "1002", "GB", takes_calls=False, is_configured=True),
    ]
    asked, *pages = receiver.requests
    assert asked.target == f"/v2/texml_applications/{APPLICATION}"
    assert [dict(request.query) for request in pages] == [
        {"page[number]": str(page), "page[size]": "250"} for page in (1, 2)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"voice_url": "https://elsewhere.example"},
        {"voice_method": "get"},
        {"status_callback": None},
        {"status_callback_method": "get"},
        {"voice_fallback_url": None},
    ],
)
def test_an_application_that_lacks_our_urls_gets_them(
    changes: dict[str, Any], api: Answers
) -> None:
    receiver = api(application(**changes), (200, {"data": {}}))
    number = RentedNumber(builders.virtual(0), "1000")

    desk("telnyx").configure(at("telnyx", receiver), number, urls("telnyx"))

    _, changed, moved = receiver.requests
    assert changed.line == f"PATCH /v2/texml_applications/{APPLICATION} HTTP/1.1"
    assert content(changed) == {
        "friendly_name": "masking",
        **carrier("telnyx").application_urls(urls("telnyx")),
        "voice_method": "post",
        "status_callback_method": "post",
    }
    assert moved.line == "PATCH /v2/phone_numbers/1000 HTTP/1.1"
    assert content(moved) == {"connection_id": APPLICATION}

    receiver = api(application(**changes), (200, {"data": [telnyx_item(0)]}))
    [found] = desk("telnyx").rented(at("telnyx", receiver), urls("telnyx"))
    assert not found.is_configured


def test_an_application_that_has_our_urls_is_left_alone(api: Answers) -> None:
    receiver = api(application(), (200, {"data": {}}))
    number = RentedNumber(builders.virtual(0), "1000")

    desk("telnyx").configure(at("telnyx", receiver), number, urls("telnyx"))

    assert [request.method for request in receiver.requests] == ["GET", "PATCH"]
