"""The desk: the numbers of an account at Vonage, and the application that takes their calls."""

import copy
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from vonage_numbers import ListOwnedNumbersFilter, OwnedNumber, UpdateNumberParams

from maskline.carriers import rest
from maskline.carriers.desk import CarrierApiError, RentedNumber, desk
from maskline.carriers.rest import Answer, Question
from maskline.carriers.urls import CallUrls, Step
from maskline.carriers.vonage.numbers import DESK
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.callbacks.receiver import Receiver, answering
from tests.unit.carriers.vonage.said import ACCOUNT

URLS = CallUrls("https://m.example", "vonage", builders.MAIN_ID)
APPLICATION_ID = ACCOUNT.secrets["application_id"][0]
# As the Application API shows one.
APPLICATION: dict[str, Any] = {
    "id": APPLICATION_ID,
    "name": "Masked calls",
    "keys": {"public_key": "-----BEGIN PUBLIC KEY-----"},
    "privacy": {"improve_ai": False},
    "capabilities": {
        "voice": {
            "webhooks": {
                "answer_url": {"address": "https://old.example/a", "http_method": "GET"},
                "event_url": {"address": "https://old.example/e", "http_method": "POST"},
            },
            "region": "eu-west",
        },
        "messages": {"version": "v1"},
    },
    "_links": {"self": {"href": f"/v2/applications/{APPLICATION_ID}"}},
}


def owned(index: int, **changes: Any) -> dict[str, Any]:
    """As the Numbers API shows a number."""
    default = {
        "country": "GB",
        "msisdn": builders.virtual(index).removeprefix("+"),
        "type": "landline",
        "features": ["VOICE", "SMS"],
        "voiceCallbackType": "app",
        "voiceCallbackValue": APPLICATION_ID,
        "app_id": APPLICATION_ID,
    }
    shown = default | changes
    OwnedNumber(**shown)
    return {name: value for name, value in shown.items() if value is not None}


@dataclass
class Account:
    """The account as Vonage has it, behind its two APIs."""

    numbers: list[dict[str, Any]] = field(default_factory=list)
    application: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(APPLICATION))
    refusal: int = 0
    receiver: Receiver = field(init=False)

    def __post_init__(self) -> None:
        self.receiver = Receiver(self._answer)

    def _answer(self, connection: socket.socket) -> None:
        request = self.receiver.requests[-1]
        parts = urlsplit(request.target)
        if self.refusal:
            answering(self.refusal, b'{"type": "error"}')(connection)
            return
        query = {name: value for name, [value] in parse_qs(parts.query).items()}
        match request.method, parts.path:
            case "GET", "/account/numbers":
                content = self._page(ListOwnedNumbersFilter(**query))  # type: ignore[arg-type]
            case "GET", path if path == f"/v2/applications/{APPLICATION_ID}":
                content = self.application
            case "PUT", path if path == f"/v2/applications/{APPLICATION_ID}":
                content = self.application = {"id": APPLICATION_ID, **json.loads(request.body)}
            case "POST", "/number/update":
                content = self._linked(dict(request.form))
            case _:
                raise AssertionError(request.line)
        answering(200, json.dumps(content).encode())(connection)

    def _page(self, wanted: ListOwnedNumbersFilter) -> dict[str, Any]:
        size, index = wanted.size or 10, wanted.index or 1
        shown = self.numbers[size * (index - 1) : size * index]
        return {"count": len(self.numbers), "numbers": shown} if shown else {}

    def _linked(self, form: dict[str, str]) -> dict[str, str]:
        wanted = UpdateNumberParams(**form)  # type: ignore[arg-type]
        for number in self.numbers:
            if (number["msisdn"], number["country"]) == (wanted.msisdn, wanted.country):
                number["app_id"] = wanted.app_id
                return {"error-code": "200", "error-code-label": "success"}
        return {"error-code": "420", "error-code-label": "method failed"}


@pytest.fixture
def theirs(deployment: None) -> Iterator[Account]:
    account = Account()
    with known_secret():
        yield account
    account.receiver.close()


def rented(theirs: Account) -> list[RentedNumber]:
    return list(DESK.rented(replace(ACCOUNT, api_url=theirs.receiver.url), URLS))


def configure(theirs: Account, number: RentedNumber) -> None:
    DESK.configure(replace(ACCOUNT, api_url=theirs.receiver.url), number, URLS)


def test_it_is_the_desk_of_the_carrier() -> None:
    assert desk("vonage").desk is DESK


def test_no_number(theirs: Account) -> None:
    assert rented(theirs) == []


@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_all_numbers_page_by_page(count: int, theirs: Account) -> None:
    theirs.numbers = [owned(index) for index in range(count)]

    assert [one.number for one in rented(theirs)] == [builders.virtual(i) for i in range(count)]
    pages = [one for one in theirs.receiver.requests if "/account/numbers" in one.target]
    assert len(pages) == -(-count // 100)


def test_what_is_told_of_a_number(theirs: Account) -> None:
    theirs.numbers = [owned(0), owned(1, features=["SMS"], country="US"), owned(2, app_id=None)]

    assert rented(theirs) == [
        RentedNumber(builders.virtual(0), "442079460000", "GB"),
        RentedNumber(builders.virtual(1), "442079460001", "US", takes_calls=False),
        RentedNumber(builders.virtual(2), "442079460002", "GB"),
    ]


def test_what_is_no_number_is_passed_over(theirs: Account) -> None:
    theirs.numbers = [owned(0, msisdn="12345"), owned(1)]

    assert [one.number for one in rented(theirs)] == [builders.virtual(1)]


def test_a_number_is_configured(theirs: Account) -> None:
    theirs.numbers = [owned(0, app_id=None), owned(1, app_id="another")]
    first, second = rented(theirs)
    assert not first.is_configured

    configure(theirs, first)

    assert [one.is_configured for one in rented(theirs)] == [True, False]
    configure(theirs, second)
    assert [one.is_configured for one in rented(theirs)] == [True, True]
    writes = [one.method for one in theirs.receiver.requests if one.method != "GET"]
    assert writes == ["PUT", "POST", "POST"]


def test_the_application_keeps_what_is_not_ours(theirs: Account) -> None:
    theirs.numbers = [owned(0)]

    configure(theirs, rented(theirs)[0])

    voice = theirs.application["capabilities"].pop("voice")
    assert voice == {
        "webhooks": {
            "answer_url": {"address": URLS.to(Step.ANSWER), "http_method": "POST"},
            "fallback_answer_url": {"address": URLS.to(Step.ANSWER), "http_method": "POST"},
            "event_url": {"address": URLS.to(Step.HANGUP), "http_method": "POST"},
        },
        "signed_callbacks": True,
        "region": "eu-west",
    }
    kept = {name: value for name, value in APPLICATION.items() if name != "_links"}
    assert theirs.application == kept | {"capabilities": {"messages": {"version": "v1"}}}


@pytest.mark.parametrize("name", ["answer_url", "event_url", "fallback_answer_url"])
@pytest.mark.parametrize("key", ["address", "http_method"])
def test_one_url_or_method_that_is_not_ours_is_not_configured(
    name: str, key: str, theirs: Account
) -> None:
    theirs.numbers = [owned(0)]
    configure(theirs, rented(theirs)[0])

    theirs.application["capabilities"]["voice"]["webhooks"][name][key] = "GET"

    assert [one.is_configured for one in rented(theirs)] == [False]


def test_without_signatures_it_is_not_configured(theirs: Account) -> None:
    theirs.numbers = [owned(0)]
    configure(theirs, rented(theirs)[0])

    theirs.application["capabilities"]["voice"]["signed_callbacks"] = False

    assert [one.is_configured for one in rented(theirs)] == [False]


def test_a_number_that_the_account_does_not_have(theirs: Account) -> None:
    with pytest.raises(CarrierApiError) as raised:
        configure(theirs, RentedNumber(builders.virtual(0), "442079460000", "GB"))

    assert "2079460000" not in str(raised.value)


@pytest.mark.parametrize("status", [401, 404, 420, 429, 500])
def test_a_refusal_is_told_without_a_number(status: int, theirs: Account) -> None:
    theirs.refusal = status

    with pytest.raises(CarrierApiError, match=str(status)):
        rented(theirs)
    with pytest.raises(CarrierApiError, match=str(status)):
        configure(theirs, RentedNumber(builders.virtual(0), "442079460000", "GB"))


def test_nothing_answers(theirs: Account) -> None:
    theirs.receiver.close()

    with pytest.raises(CarrierApiError, match="no answer"):
        rented(theirs)


def test_it_comes_with_the_key_and_its_secret(theirs: Account) -> None:
    rented(theirs)

    expected = rest.basic("abcd1234", "a-secret")
    assert {one.headers["authorization"] for one in theirs.receiver.requests} == {expected}


@pytest.mark.parametrize(
    "api_url",
    ["https://api.nexmo.com", "https://api-us-3.vonage.com", "https://api-eu-1.nexmo.com"],
)
def test_numbers_are_at_a_host_of_their_own(api_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(question: Question) -> Answer:
        asked.append(question.url)
        return Answer(200, {})

    monkeypatch.setattr(rest, "ask", ask)
    with known_secret():
        assert list(DESK.rented(replace(ACCOUNT, api_url=api_url), URLS)) == []

    assert [urlsplit(url).netloc for url in asked] == [api_url[8:], "rest.nexmo.com"]
