"""The simulated Vonage's APIs: opened by the SDK's own credentials, read by its models."""

import json
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from vonage_http_client.auth import Auth
from vonage_numbers import OwnedNumber
from vonage_voice.models.responses import CallInfo, CreateCallResponse

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.calls import KeptCall, KeptCalls
from local.phone.api.front import CarrierApi
from local.phone.api.placing import Placing
from local.phone.api.rented import Rented
from local.phone.dialect import Order
from local.phone.vonage import VONAGE
from local.stack.carriers import seeded

APPLICATION_ID = "00000000-0000-4000-8000-000000000001"
CALL, LEG, RECORDING = "call-1", "leg-1", "recording-1"
FIRST, SECOND = "+12025550172", "+442079460117"
START = 1_577_880_000_000
ORDER: dict[str, Any] = {
    "to": [{"type": "phone", "number": "12025550101"}],
    "from": {"type": "phone", "number": FIRST[1:]},
    "answer_url": ["https://m.example/a"],
    "event_url": ["https://m.example/e"],
}


@cache
def drawn() -> dict[str, str]:
    [row] = [one for one in seeded() if one.name == "vonage"]
    # One id for every worker: it is in the names of tests.
    return {**row.draw(), "application_id": APPLICATION_ID, "api_url": "https://api.nexmo.com"}


class Desk(Placing):
    """Takes orders, and says of them what a test wants."""

    def __init__(self, outcome: str) -> None:
        self.outcome = outcome
        self.orders: list[Order] = []

    def request(self, order: Order) -> str:
        self.orders.append(order)
        return self.outcome


def kept(uuid: str, **changes: Any) -> KeptCall:
    default = {"caller": "+12025550101", "callee": FIRST, "started_ms": START}
    return KeptCall(uuid, **{**default, **changes})


@pytest.fixture
def api() -> CarrierApi:
    made = CarrierApi(VONAGE, drawn(), Desk(CALL), KeptCalls(), rented=Rented([FIRST, SECOND]))
    made.calls.keep(kept(CALL))
    return made


def auth() -> Auth:
    names = ("api_key", "api_secret", "application_id", "private_key")
    return Auth(**{name: drawn()[name] for name in names})


def bearer() -> str:
    token: bytes = auth().create_jwt_auth_string()
    return token.decode()


def ask(
    api: CarrierApi, method: str, target: str, body: object = None, *, login: str | None = None
) -> HttpResponse:
    is_calls = target.startswith("/v1/")
    given = (
        login if login is not None else bearer() if is_calls else auth().create_basic_auth_string()
    )
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    request = HttpRequest(method, target, [("Authorization", given)], content)
    return api.answer(request.path, request)


def content_of(answer: HttpResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status == status, answer.body
    content: dict[str, Any] = json.loads(answer.body)
    return content


APPLICATION = f"/v2/applications/{drawn()['application_id']}"
PLACES = [
    ("GET", f"/v1/calls/{CALL}"),
    ("PUT", f"/v1/calls/{CALL}"),
    ("POST", "/v1/calls"),
    ("GET", f"/v1/files/{RECORDING}"),
    ("GET", APPLICATION),
    ("PUT", APPLICATION),
    ("GET", "/account/numbers"),
    ("POST", "/number/update"),
]


@pytest.mark.parametrize(("method", "target"), PLACES)
@pytest.mark.parametrize("login", ["", "Bearer", "Bearer a.b.c", "Basic YTpi"])
def test_nothing_opens_without_the_right_credentials(
    login: str, method: str, target: str, api: CarrierApi
) -> None:
    content_of(ask(api, method, target, ORDER, login=login), 401)
    other = auth().create_basic_auth_string() if target.startswith("/v1/") else bearer()
    content_of(ask(api, method, target, ORDER, login=other), 401)
    assert api.calls.alive()


def test_the_token_is_the_applications(api: CarrierApi) -> None:
    def status(**claims: Any) -> int:
        token = auth().generate_application_jwt(claims).decode()
        return ask(api, "GET", f"/v1/calls/{CALL}", login=f"Bearer {token}").status

    assert status() == 200
    assert status(exp=1) == 401
    [row] = [one for one in seeded() if one.name == "vonage"]
    other = Auth(application_id=row.draw()["application_id"], private_key=drawn()["private_key"])
    token = other.generate_application_jwt().decode()
    assert ask(api, "GET", f"/v1/calls/{CALL}", login=f"Bearer {token}").status == 401


def test_a_live_call_and_its_end(api: CarrierApi) -> None:
    live = content_of(ask(api, "GET", f"/v1/calls/{CALL}"))
    assert CallInfo(**live).status == "ringing"
    assert "price" not in live

    assert ask(api, "PUT", f"/v1/calls/{CALL}", {"action": "earmuff"}).status == 400
    assert ask(api, "PUT", f"/v1/calls/{CALL}", {"action": "hangup"}).status == 204
    assert CallInfo(**content_of(ask(api, "GET", f"/v1/calls/{CALL}"))).status == "completed"
    assert ask(api, "PUT", f"/v1/calls/{CALL}", {"action": "hangup"}).status == 404


def test_the_record_of_a_leg_that_talked(api: CarrierApi) -> None:
    over = {"status": "completed", "answered_ms": START, "ended_ms": START + 60_000}
    api.calls.keep(kept(LEG, parent=CALL, is_placed=True, **over))

    shown = CallInfo(**content_of(ask(api, "GET", f"/v1/calls/{LEG}")))

    assert (shown.status, shown.duration, shown.price) == ("completed", "60", "0.00450000")
    assert (shown.direction, shown.conversation_uuid) == ("outbound", f"CON-{CALL}")
    assert shown.link == f"https://api.nexmo.com/v1/calls/{LEG}"


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("busy", "busy"),
        ("no-answer", "timeout"),
        ("unreachable", "failed"),
        ("cancel", "cancelled"),
    ],
)
def test_the_record_of_a_leg_that_nobody_answered(
    reason: str, status: str, api: CarrierApi
) -> None:
    api.calls.keep(kept(LEG, status="failed", reason=reason, ended_ms=START))

    shown = CallInfo(**content_of(ask(api, "GET", f"/v1/calls/{LEG}")))

    assert (shown.status, shown.duration, shown.price) == (status, "0", "0.00000000")


def test_a_price_that_comes_late(api: CarrierApi) -> None:
    api.calls.priced_after_seconds = 60
    api.calls.keep(kept(LEG, status="completed", answered_ms=START, ended_ms=START + 1000))

    assert CallInfo(**content_of(ask(api, "GET", f"/v1/calls/{LEG}"))).price is None


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/v1/calls/unknown"),
        ("PUT", "/v1/calls/unknown"),
        ("DELETE", f"/v1/calls/{CALL}"),
        ("GET", "/v1/calls"),
        ("GET", "/v1/files/unknown"),
        ("GET", "/v1/conversations"),
        ("GET", "/v2/applications/unknown"),
        ("DELETE", APPLICATION),
        ("POST", "/account/numbers"),
        ("GET", "/number/update"),
    ],
)
def test_what_there_is_not(method: str, target: str, api: CarrierApi) -> None:
    content_of(ask(api, method, target, {"action": "hangup"}), 404)


def test_a_call_is_placed(api: CarrierApi) -> None:
    made = content_of(ask(api, "POST", "/v1/calls", ORDER), 201)

    assert CreateCallResponse(**made).uuid == CALL
    assert isinstance(api.placing, Desk)
    assert [order.callee for order in api.placing.orders] == ["+12025550101"]


@pytest.mark.parametrize(("outcome", "status"), [("refused", 400), ("lost", 500)])
def test_a_call_is_not_placed(outcome: str, status: int, api: CarrierApi) -> None:
    assert isinstance(api.placing, Desk)
    api.placing.outcome = outcome

    content_of(ask(api, "POST", "/v1/calls", ORDER), status)


@pytest.mark.parametrize("body", [{}, b"", b"no json", b"[]", {**ORDER, "to": []}])
def test_an_order_that_is_none(body: object, api: CarrierApi) -> None:
    content_of(ask(api, "POST", "/v1/calls", body), 400)
    assert isinstance(api.placing, Desk)
    assert api.placing.orders == []


def test_a_recording_takes_the_applications_token(api: CarrierApi) -> None:
    told = {"call": CALL, "leg": LEG, "format": "wav", "started_ms": START, "seconds": 2}
    api.recordings.keep(RECORDING, told)

    answer = ask(api, "GET", f"/v1/files/{RECORDING}")

    assert (answer.status, answer.body[:4]) == (200, b"RIFF")


def test_the_application_is_replaced_as_a_whole(api: CarrierApi) -> None:
    shown = content_of(ask(api, "GET", APPLICATION))
    assert shown["id"] == drawn()["application_id"]

    content_of(ask(api, "PUT", APPLICATION, {"capabilities": {}}), 422)
    voice = {"voice": {"signed_callbacks": True}}
    content_of(ask(api, "PUT", APPLICATION, {"name": "Ours", "capabilities": voice}))

    changed = content_of(ask(api, "GET", APPLICATION))
    assert (changed["name"], changed["capabilities"]) == ("Ours", voice)
    assert "keys" not in changed


def test_numbers_page_by_page(api: CarrierApi) -> None:
    pages = [content_of(ask(api, "GET", f"/account/numbers?size=1&index={i}")) for i in (1, 2, 3)]

    numbers = [OwnedNumber(**one) for page in pages for one in page.get("numbers", [])]
    assert [(one.msisdn, one.country) for one in numbers] == [
        ("12025550172", "US"),
        ("442079460117", "GB"),
    ]
    assert [page.get("count") for page in pages] == [2, 2, None]
    content_of(ask(api, "GET", "/account/numbers?country=USA"), 420)


def test_a_number_is_linked(api: CarrierApi) -> None:
    link = {"country": "US", "msisdn": FIRST[1:], "app_id": "an-application"}

    told = content_of(ask(api, "POST", "/number/update", urlencode(link).encode()))

    assert told == {"error-code": "200", "error-code-label": "success"}
    [first, _] = content_of(ask(api, "GET", "/account/numbers"))["numbers"]
    assert first["app_id"] == "an-application"


@pytest.mark.parametrize(
    "changes", [{"country": "GB"}, {"msisdn": "12025550199"}, {"country": "USA"}]
)
def test_a_number_that_is_not_the_accounts(changes: dict[str, str], api: CarrierApi) -> None:
    link = {"country": "US", "msisdn": FIRST[1:], "app_id": "an-application", **changes}

    content_of(ask(api, "POST", "/number/update", urlencode(link).encode()), 420)
