"""The simulated jambonz's own API, asked by the adapter and by somebody who gets it wrong."""

import json
from typing import Any

import pytest

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.calls import KeptCall
from local.phone.api.front import CarrierApi
from local.phone.api.placing import Placing
from local.phone.api.rented import Rented
from local.phone.carrier_call import Carrier
from local.phone.jambonz import JAMBONZ
from maskline.carriers.jambonz.webhooks import read_record
from maskline.domain.calls.report import LegStatus

ACCOUNT = {"account_sid": "account-1", "api_key": "key", "webhook_secret": "s"}
NUMBERS = tuple(f"+1202555010{digit}" for digit in range(5))
ORDER = {
    "from": "+12025550110",
    "to": {"type": "phone", "number": "+12025550101"},
    "call_hook": "https://m.example/answer",
    "call_status_hook": {"url": "https://m.example/status", "method": "POST"},
    "timeout": 30,
    "speech_synthesis_vendor": "google",
    "speech_synthesis_language": "en-US",
    "speech_synthesis_voice": "en-US-Standard-C",
    "speech_recognizer_vendor": "google",
    "speech_recognizer_language": "en-US",
}


def nobody() -> Carrier:
    raise AssertionError("nobody is to be called")


@pytest.fixture
def api() -> CarrierApi:
    return CarrierApi(JAMBONZ, ACCOUNT, Placing(nobody, lambda _: None), rented=Rented(NUMBERS))


def ask(
    api: CarrierApi, method: str, path: str, body: Any = None, *, key: str = "key"
) -> HttpResponse:
    target = f"/v1/{path}"
    sent = b"" if body is None else json.dumps(body).encode()
    headers = [("Authorization", f"Bearer {key}")]
    return api.answer(target.partition("?")[0], HttpRequest(method, target, headers, sent))


def content(response: HttpResponse) -> Any:
    return json.loads(response.body)


def call(status: str, reason: str = "", **changes: Any) -> KeptCall:
    return KeptCall("c-1", "+12025550101", "+12025550110", status=status, reason=reason, **changes)


@pytest.mark.parametrize(
    ("kept", "ended"),
    [
        (call("completed", "hangup", answered_ms=1000, ended_ms=8000), LegStatus.COMPLETED),
        (call("busy", "busy"), LegStatus.BUSY),
        (call("busy", "rejected"), LegStatus.REJECTED),
        (call("busy", "rejected", is_placed=True), LegStatus.BUSY),
        (call("timeout", "timeout", parent="c-0", is_placed=True), LegStatus.NO_ANSWER),
        (call("cancel", "cancel"), LegStatus.CANCEL),
        (call("failed", "unreachable"), LegStatus.FAILED),
        (call("in-progress"), None),
        (call("ringing"), None),
    ],
)
def test_the_record_of_a_call_is_one_that_the_adapter_reads(
    kept: KeptCall, ended: LegStatus | None, api: CarrierApi
) -> None:
    api.calls.keep(kept)

    report = read_record("c-1", content(ask(api, "GET", "Accounts/account-1/Calls/c-1")))

    assert (report.status if report else None) is ended
    if ended is LegStatus.COMPLETED:
        assert report is not None
        assert report.duration_seconds == 7


@pytest.mark.parametrize(
    ("kept", "word", "status"),
    [
        (call("in-progress"), "completed", 202),
        (call("in-progress"), "no-answer", 422),
        (call("ringing"), "completed", 422),
        (call("ringing"), "no-answer", 202),
        (call("completed", "hangup"), "completed", 422),
        (call("in-progress"), "over", 400),
    ],
)
def test_a_call_is_ended_by_the_right_word(
    kept: KeptCall, word: str, status: int, api: CarrierApi
) -> None:
    api.calls.keep(kept)
    update = {"call_status": word}

    assert ask(api, "PUT", "Accounts/account-1/Calls/c-1", update).status == status
    assert ask(api, "PUT", "Accounts/account-1/Calls/c-2", update).status in (404, 400)
    found = api.calls.get("c-1")
    assert found is not None
    assert found.is_alive == (kept.is_alive and status != 202)


@pytest.mark.parametrize(
    "change",
    [
        {"from": ""},
        {"to": "+12025550101"},
        {"to": {"type": "phone"}},
        {"to": {"type": "sip", "sipUri": "sip:a@example.com"}},
        {"speech_synthesis_voice": None},
        {"application_sid": "one"},
        {"call_hook": "/relative"},
        {"call_status_hook": {"method": "POST"}},
        {"timeout": "30"},
    ],
)
def test_an_order_that_is_not_right_is_refused(change: dict[str, Any], api: CarrierApi) -> None:
    answer = ask(api, "POST", "Accounts/account-1/Calls", ORDER | change)

    assert answer.status == 400
    assert "12025550101" not in content(answer)["msg"]


def test_an_order_is_read() -> None:
    order = JAMBONZ.order(ORDER)

    assert (order.caller, order.callee) == ("+12025550110", "+12025550101")
    assert (order.answer_url, order.status_url) == (
        "https://m.example/answer",
        "https://m.example/status",
    )
    assert (order.ring_seconds, order.limit_seconds) == (30, 86_400)


def test_numbers_are_listed_and_get_an_application(api: CarrierApi) -> None:
    page = content(ask(api, "GET", "PhoneNumbers?page=2&page_size=2"))
    everything = content(ask(api, "GET", "PhoneNumbers"))
    assert (page["total"], [one["number"] for one in page["data"]]) == (
        5,
        ["12025550102", "12025550103"],
    )
    assert len(everything) == 5

    hooks = {name: {"url": "https://m.example/a"} for name in ("call_hook", "call_status_hook")}
    made = ask(api, "POST", "Applications", {"name": "one", **hooks})
    sid, path = content(made)["sid"], f"PhoneNumbers/{everything[0]['phone_number_sid']}"
    assert made.status == 201
    assert ask(api, "PUT", f"Applications/{sid}", {"name": "two"}).status == 204
    assert ask(api, "PUT", path, {"application_sid": sid}).status == 204
    assert content(ask(api, "GET", path))["application_sid"] == sid
    assert [one["name"] for one in content(ask(api, "GET", "Applications"))] == ["two"]

    assert ask(api, "PUT", path, {"number": "12025550199"}).status == 400
    assert ask(api, "PUT", path, {"application_sid": "nobody's"}).status == 500
    assert ask(api, "POST", "Applications", {"name": "three"}).status == 400
    hooked = {"name": "three", "call_hook": "https://m.example", "call_status_hook": {}}
    assert ask(api, "POST", "Applications", hooked).status == 400
    assert ask(api, "PUT", "Applications/nobody", hooks).status == 404
    assert ask(api, "PUT", "PhoneNumbers/nobody", {}).status == 404


def test_all_of_it_is_the_accounts_alone(api: CarrierApi) -> None:
    for path in ("Accounts/account-1/Calls/c-1", "PhoneNumbers", "Applications"):
        assert ask(api, "GET", path, key="another").status == 401
    assert ask(api, "GET", "Accounts/account-2/Calls/c-1").status == 403
    assert ask(api, "GET", "Elsewhere").status == 404
