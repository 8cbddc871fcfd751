"""The simulated Plivo's own API: records of calls, numbers and applications."""

import base64
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.calls import KeptCall
from local.phone.api.front import CarrierApi
from local.phone.api.placing import Placing
from local.phone.api.rented import Rented
from local.phone.carrier_call import Carrier
from local.phone.plivo import PLIVO
from maskline.carriers.plivo.webhooks import read_record
from maskline.domain.calls.report import LegStatus

ACCOUNT = {"auth_id": "MA1", "auth_token": "secret", "api_url": "http://h"}
NUMBERS = tuple(f"+1202555010{digit}" for digit in range(9))


def nobody() -> Carrier:
    raise AssertionError("nobody is to be called")


@pytest.fixture
def api() -> CarrierApi:
    return CarrierApi(PLIVO, ACCOUNT, Placing(nobody, lambda _: None), rented=Rented(NUMBERS))


def ask(
    api: CarrierApi, method: str, path: str, body: Any = None, *, token: str = "secret"
) -> HttpResponse:
    basic = base64.b64encode(f"MA1:{token}".encode()).decode()
    target = f"/v1/Account/MA1/{path}"
    sent = b"" if body is None else json.dumps(body).encode()
    request = HttpRequest(method, target, [("Authorization", f"Basic {basic}")], sent)
    return api.answer(urlsplit(target).path, request)


def content(response: HttpResponse) -> Any:
    return json.loads(response.body)


def over(**changes: Any) -> KeptCall:
    talked = KeptCall(
        uuid="c-1",
        caller="+12025550101",
        callee="+12025550110",
        status="completed",
        reason="hangup",
        started_ms=0,
        answered_ms=4_000,
        ended_ms=65_000,
    )
    return replace(talked, **changes)


def test_a_call_that_is_over_has_a_record_that_the_adapter_reads(api: CarrierApi) -> None:
    api.calls.keep(over())

    report = read_record("c-1", content(ask(api, "GET", "Call/c-1/")))

    assert report is not None
    assert (report.status, report.duration_seconds, report.billed_seconds) == (
        LegStatus.COMPLETED,
        61,
        120,
    )
    assert str(report.amount) == "0.01700"
    assert report.hangup_code == 4000
    assert ask(api, "GET", "Call/c-1/?status=live").status == 404


def test_an_unanswered_leg_has_a_record_too(api: CarrierApi) -> None:
    api.calls.keep(over(answered_ms=None, status="busy", reason="busy", parent="c-0"))

    report = read_record("c-1", content(ask(api, "GET", "Call/c-1/")))

    assert report is not None
    assert (report.status, report.duration_seconds) == (LegStatus.BUSY, 0)


def test_the_price_of_a_call_may_come_late(api: CarrierApi) -> None:
    api.calls.priced_after_seconds = 3600
    api.calls.keep(over())

    assert content(ask(api, "GET", "Call/c-1/"))["total_amount"] is None


def test_a_live_call_can_be_ended(api: CarrierApi) -> None:
    api.calls.put("c-1", {"from": "+12025550101", "to": "+12025550110"})
    assert content(ask(api, "GET", "Call/c-1/?status=live"))["from"] == "12025550101"
    assert ask(api, "GET", "Call/c-1/").status == 404

    assert ask(api, "DELETE", "Call/c-1/").status == 204

    assert ask(api, "GET", "Call/c-1/?status=live").status == 404
    assert ask(api, "DELETE", "Call/c-1/").status == 404


def test_numbers_are_listed_in_pages(api: CarrierApi) -> None:
    page = content(ask(api, "GET", "Number/?limit=4&offset=8"))

    assert page["meta"] == {"limit": 4, "offset": 8, "total_count": 9}
    assert [one["number"] for one in page["objects"]] == ["12025550108"]
    assert ask(api, "GET", "Number/?limit=21").status == 400


def test_a_number_is_linked_to_an_application(api: CarrierApi) -> None:
    urls = {"app_name": "masking", "answer_url": "http://h/answer", "hangup_url": "http://h/end"}
    app = content(ask(api, "POST", "Application/", urls))["app_id"]

    assert ask(api, "POST", "Number/12025550101/", {"app_id": app}).status == 202
    assert ask(api, "POST", f"Application/{app}/", {"answer_url": "http://h/new"}).status == 202

    number = content(ask(api, "GET", "Number/12025550101/"))
    assert number["application"] == f"/v1/Account/MA1/Application/{app}/"
    assert content(ask(api, "GET", f"Application/{app}/"))["answer_url"] == "http://h/new"
    assert content(ask(api, "GET", "Number/12025550102/"))["application"] is None
    assert ask(api, "GET", "Number/12025550199/").status == 404


def test_all_of_it_is_the_accounts_alone(api: CarrierApi) -> None:
    for path in ("Call/c-1/", "Number/", "Application/", "Recording/r-1/"):
        assert ask(api, "GET", path, token="another").status == 401
