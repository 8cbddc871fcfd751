"""What we ask Vonage's API, over real HTTP, and what its answers mean."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from vonage_http_client.auth import Auth
from vonage_voice.models.requests import CreateCallRequest

from maskline.carriers.urls import CallUrls, Step
from maskline.carriers.vonage import CARRIER
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.report import CallReport, LegStatus, ReportKind
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.callbacks.receiver import Received, Receiver, answering, silent
from tests.unit.carriers.vonage import said

CALL_UUID = said.CALLEE_UUID
URLS = CallUrls("https://m.example", "vonage", builders.MAIN_ID, builders.SESSION_UUID)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
APPLICATION_ID = said.ACCOUNT.secrets["application_id"][0]
# As the API shows a call, in the SDK's own test data.
RECORD: dict[str, Any] = {
    "uuid": CALL_UUID,
    "conversation_uuid": said.CONVERSATION,
    "to": {"type": "phone", "number": "12025550101"},
    "from": {"type": "phone", "number": "442079460000"},
    "status": "completed",
    "direction": "outbound",
    "network": "65512",
    **{name: said.FIGURES[name] for name in ("rate", "price", "duration")},
    "start_time": "2020-01-01 12:00:00",
    "end_time": "2020-01-01 12:00:02",
}


def pem(key: Any) -> str:
    return str(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    )


PRIVATE_KEY = pem(KEY)
ACCOUNT = replace(said.ACCOUNT, secrets={**said.ACCOUNT.secrets, "private_key": (PRIVATE_KEY,)})
Start = Callable[..., tuple[Receiver, CarrierAccount]]


@pytest.fixture
def api(deployment: None) -> Iterator[Start]:
    started: list[Receiver] = []

    def start(status: int, content: object = None, **headers: str) -> Any:
        body = b"" if content is None else json.dumps(content).encode()
        receiver = Receiver(answering(status, body=body, **headers))
        started.append(receiver)
        return receiver, replace(ACCOUNT, api_url=receiver.url)

    with known_secret():
        yield start
    for receiver in started:
        receiver.close()


def claims_of(request: Received, key: Any = KEY) -> dict[str, Any]:
    """What the bearer token says, once it is verified with the application's public key."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    required = {"require": ["iat", "exp", "jti"]}
    claims: dict[str, Any] = jwt.decode(
        token, key.public_key(), algorithms=["RS256"], options=required
    )
    return claims


def test_a_token_says_what_that_of_the_sdk_says(api: Start) -> None:
    receiver, account = api(200, RECORD)
    theirs = Auth(application_id=APPLICATION_ID, private_key=PRIVATE_KEY)
    expected = jwt.decode(theirs.generate_application_jwt(), KEY.public_key(), algorithms=["RS256"])

    CARRIER.is_alive(account, CALL_UUID)
    CARRIER.is_alive(account, CALL_UUID)

    one, other = map(claims_of, receiver.requests)
    assert one.keys() == expected.keys()
    assert one["application_id"] == expected["application_id"] == APPLICATION_ID
    assert abs(one["iat"] - expected["iat"]) <= 30
    assert 0 < one["exp"] - one["iat"] <= 900
    assert one["jti"] != other["jti"]


@pytest.mark.parametrize("key", ["", "no key", pem(ed25519.Ed25519PrivateKey.generate())])
def test_a_key_that_is_none_opens_nothing_and_breaks_nothing(key: str, api: Start) -> None:
    receiver, account = api(401)
    broken = replace(account, secrets={**account.secrets, "private_key": (key,)})

    assert CARRIER.is_alive(broken, CALL_UUID) is None
    CARRIER.end(broken, CALL_UUID)
    assert CARRIER.record(broken, CALL_UUID) is None
    assert CARRIER.place(broken, CALL, URLS) is Placement.REFUSED
    assert {one.headers["authorization"] for one in receiver.requests} == {"Bearer"}


@pytest.mark.parametrize("status", ["started", "ringing", "answered", "machine", "a new one"])
def test_a_call_that_is_on(status: str, api: Start) -> None:
    receiver, account = api(200, RECORD | {"status": status})

    assert CARRIER.is_alive(account, CALL_UUID) is True
    [request] = receiver.requests
    assert request.line == f"GET /v1/calls/{CALL_UUID} HTTP/1.1"


@pytest.mark.parametrize(
    "status", ["completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered"]
)
def test_a_call_that_is_over(status: str, api: Start) -> None:
    _, account = api(200, RECORD | {"status": status})

    assert CARRIER.is_alive(account, CALL_UUID) is False


@pytest.mark.parametrize(
    ("status", "content"),
    [(404, {"type": "x"}), (401, None), (429, None), (500, None), (302, None), (200, None)],
)
def test_a_call_of_which_it_cannot_be_known(status: int, content: object, api: Start) -> None:
    """A call of another region is not found either, while it lasts."""
    _, account = api(status, content)

    assert CARRIER.is_alive(account, CALL_UUID) is None
    assert CARRIER.record(account, CALL_UUID) is None


@pytest.mark.parametrize("content", [{}, {"status": None}, {"status": 5}])
def test_a_call_without_a_status_is_neither(content: object, api: Start) -> None:
    _, account = api(200, content)

    assert CARRIER.is_alive(account, CALL_UUID) is None


def test_nothing_answers(api: Start) -> None:
    receiver, account = api(200, RECORD)
    receiver.close()

    assert CARRIER.is_alive(account, CALL_UUID) is None
    assert CARRIER.record(account, CALL_UUID) is None
    CARRIER.end(account, CALL_UUID)


def test_a_slow_answer_is_not_waited_for(api: Start) -> None:
    slow = Receiver(silent)
    try:
        assert CARRIER.is_alive(replace(ACCOUNT, api_url=slow.url), CALL_UUID) is None
    finally:
        slow.close()


def test_a_call_is_ended(api: Start) -> None:
    receiver, account = api(204)

    CARRIER.end(account, CALL_UUID)

    [request] = receiver.requests
    assert request.line == f"PUT /v1/calls/{CALL_UUID} HTTP/1.1"
    assert json.loads(request.body) == {"action": "hangup"}
    assert request.headers["content-type"] == "application/json"
    claims_of(request)


def test_the_record_of_a_leg(api: Start) -> None:
    _, account = api(200, RECORD)

    report = CARRIER.record(account, CALL_UUID)

    assert isinstance(report, CallReport)
    assert (report.kind, report.leg_uuid) == (ReportKind.ENDED, CALL_UUID)
    assert (report.status, report.was_answered) == (LegStatus.COMPLETED, True)
    assert (report.duration_seconds, report.billed_seconds) == (2, 2)
    assert (report.amount, report.currency) == (Decimal("0.00015"), "EUR")
    assert not report.is_priced_later


def test_the_record_of_a_leg_without_a_price_yet(api: Start) -> None:
    _, account = api(200, {name: value for name, value in RECORD.items() if name != "price"})

    report = CARRIER.record(account, CALL_UUID)

    assert isinstance(report, CallReport)
    assert (report.amount, report.is_priced_later) == (None, True)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "busy"}, LegStatus.BUSY),
        ({"status": "timeout"}, LegStatus.NO_ANSWER),
        ({"status": "completed", "duration": "0", "price": "0"}, LegStatus.NO_ANSWER),
    ],
)
def test_the_record_of_a_leg_that_nobody_answered(
    changes: dict[str, str], status: LegStatus, api: Start
) -> None:
    _, account = api(200, RECORD | changes)

    report = CARRIER.record(account, CALL_UUID)

    assert isinstance(report, CallReport)
    assert (report.status, report.was_answered, report.duration_seconds) == (status, False, 0)


@pytest.mark.parametrize("status", ["started", "ringing", "answered", None])
def test_a_leg_that_is_not_over_has_no_record(status: Any, api: Start) -> None:
    _, account = api(200, RECORD | {"status": status})

    assert CARRIER.record(account, CALL_UUID) is None


CALL = OutboundCall(builders.virtual(0), builders.party(1), 60, 1860)


def test_a_call_is_placed(api: Start) -> None:
    receiver, account = api(201, {"uuid": CALL_UUID, "status": "started"})

    assert CARRIER.place(account, CALL, URLS) is Placement.ACCEPTED

    [request] = receiver.requests
    assert request.line == "POST /v1/calls HTTP/1.1"
    claims_of(request)
    asked = json.loads(request.body)
    assert asked == {
        "to": [{"type": "phone", "number": "12025550101"}],
        "from": {"type": "phone", "number": "442079460000"},
        "answer_url": [URLS.to(Step.FIRST_ANSWER)],
        "answer_method": "POST",
        "event_url": [URLS.to(Step.FIRST_HANGUP)],
        "event_method": "POST",
        "ringing_timer": 60,
        "length_timer": 1860,
    }
    model = CreateCallRequest(**asked | {"from_": asked["from"]})
    assert model.model_dump(mode="json", by_alias=True, exclude_none=True) == asked


@pytest.mark.parametrize(("ring", "limit"), [(120, 86_400), (121, 86_401), (600, 90_000)])
def test_a_call_rings_and_lasts_as_long_as_the_carrier_lets_it(
    ring: int, limit: int, api: Start
) -> None:
    receiver, account = api(201)

    call = replace(CALL, ring_timeout_seconds=ring, time_limit_seconds=limit)
    CARRIER.place(account, call, URLS)

    [request] = receiver.requests
    asked = json.loads(request.body)
    assert (asked["ringing_timer"], asked["length_timer"]) == (120, 86_400)


@pytest.mark.parametrize(
    ("status", "placement"),
    [
        (400, Placement.REFUSED),
        (401, Placement.REFUSED),
        (429, Placement.REFUSED),
        (302, Placement.UNKNOWN),
        (500, Placement.UNKNOWN),
        (503, Placement.UNKNOWN),
    ],
)
def test_a_call_that_is_not_placed_is_asked_for_once(
    status: int, placement: Placement, api: Start
) -> None:
    receiver, account = api(status)

    assert CARRIER.place(account, CALL, URLS) is placement
    assert len(receiver.requests) == 1


def test_where_a_call_is_kept() -> None:
    assert CARRIER.call_url(ACCOUNT, "a/b") == "https://api.nexmo.com/v1/calls/a%2Fb"


def test_the_urls_of_an_application() -> None:
    with known_secret():
        assert CARRIER.application_urls(URLS) == {
            "answer_url": URLS.to(Step.ANSWER),
            "fallback_answer_url": URLS.to(Step.ANSWER),
            "event_url": URLS.to(Step.HANGUP),
        }
