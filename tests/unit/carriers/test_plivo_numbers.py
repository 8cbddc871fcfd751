"""The desk at Plivo: numbers page by page, and the application that has their calls sent to us.

The requests are those that the official SDK makes for the same.
"""

import json
from collections.abc import Iterator
from typing import Any

import plivo
import pytest
import requests

from maskline.carriers import rest
from maskline.carriers.desk import CarrierApiError, RentedNumber, desk
from maskline.carriers.plivo import CARRIER
from maskline.carriers.rest import Answer, Question
from maskline.carriers.urls import CallUrls
from tests.support import builders
from tests.support.builders import virtual
from tests.support.known_secret import known_secret

ACCOUNT = builders.carrier_account(auth_id="MAXXXXXXXXXXXXXXXXXX")
URLS = CallUrls("https://m.example", "plivo", builders.MAIN_ID)
NAME = f"Maskline-{builders.MAIN_ID}"
PREFIX = f"https://api.plivo.com/v1/Account/{ACCOUNT.auth_id}/"


class Account:
    """The account as Plivo has it. `refuses` is a path that it answers with an error."""

    def __init__(self) -> None:
        self.numbers: list[dict[str, Any]] = []
        self.applications: list[dict[str, Any]] = []
        self.asked: list[Question] = []
        self.refuses = ""
        self.status = 200

    def ask(self, question: Question, *, seconds: float = 0.0) -> Answer | None:
        self.asked.append(question)
        path, _, query = question.url.removeprefix(PREFIX).partition("?")
        if self.refuses and path.startswith(self.refuses):
            return Answer(self.status, None) if self.status else None
        kind, *rest = path.rstrip("/").split("/")
        listed = self.numbers if kind == "Number" else self.applications
        content = json.loads(question.body or b"{}")
        if question.method == "GET":
            named = dict(pair.split("=") for pair in query.split("&"))
            offset, limit = int(named["offset"]), int(named["limit"])
            assert 0 < limit <= 20
            return Answer(200, {"meta": {}, "objects": listed[offset : offset + limit]})
        if not rest:
            listed.append({"app_id": "new", **content})
            return Answer(201, {"message": "created", "app_id": "new"})
        [found] = [one for one in listed if rest[0] in {one.get("number"), one.get("app_id")}]
        if kind == "Number":
            uri = f"/v1/Account/{ACCOUNT.auth_id}/Application/{content['app_id']}/"
            content = {"application": uri}
        found.update(content)
        return Answer(202, {"message": "changed"})

    def changes(self) -> list[tuple[str, str]]:
        """Method and path of the requests that change something."""
        return [
            (one.method, one.url.removeprefix(PREFIX)) for one in self.asked if one.method != "GET"
        ]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    there = Account()
    monkeypatch.setattr(rest, "ask", there.ask)
    with known_secret():
        yield there


def number(index: int, **changes: Any) -> dict[str, Any]:
    """As the API shows one: without a plus, and with its country's name."""
    shown = {
        "number": virtual(index).removeprefix("+"),
        "application": None,
        "country": "United Kingdom",
        "voice_enabled": True,
    }
    return shown | changes


def application(app_id: str, **changes: Any) -> dict[str, Any]:
    methods = {"answer_method": "POST", "hangup_method": "POST"}
    return {"app_id": app_id, **CARRIER.application_urls(URLS), **methods, **changes}


def uri(app_id: str) -> str:
    return f"/v1/Account/{ACCOUNT.auth_id}/Application/{app_id}/"


def test_all_numbers_come_page_by_page(account: Account) -> None:
    account.numbers = [number(index) for index in range(41)]

    found = list(desk("plivo").rented(ACCOUNT, URLS))

    assert [one.number for one in found] == [virtual(index) for index in range(41)]
    assert found[0] == RentedNumber(virtual(0), virtual(0).removeprefix("+"), "GB")


def test_what_is_shown_of_a_number(account: Account) -> None:
    account.applications = [
        application("1"),
        application("2", answer_url="https://elsewhere.example/"),
        application("3", hangup_method="GET"),
    ]
    account.numbers = [
        number(0, application=uri("1")),
        number(1, application=uri("2")),
        number(2, application=uri("3")),
        number(3, voice_enabled=False),
        {"number": "12345"},
    ]

    found = list(desk("plivo").rented(ACCOUNT, URLS))

    assert [(one.is_configured, one.takes_calls) for one in found] == [
        (True, True),
        (False, True),
        (False, True),
        (False, False),
    ]


def configure(index: int) -> None:
    rented = RentedNumber(virtual(index), virtual(index).removeprefix("+"), "GB")
    desk("plivo").configure(ACCOUNT, rented, URLS)


def test_an_application_is_made_once_for_all_numbers(account: Account) -> None:
    account.applications = [application("1", answer_url="https://elsewhere.example/")]
    account.numbers = [number(0), number(1)]

    configure(0)
    configure(1)

    assert account.changes() == [
        ("POST", "Application/"),
        ("POST", f"Number/{number(0)['number']}/"),
        ("POST", f"Number/{number(1)['number']}/"),
    ]
    assert account.applications[1:] == [application("new", app_name=NAME)]
    assert all(one.is_configured for one in desk("plivo").rented(ACCOUNT, URLS))


def test_the_one_of_our_name_gets_our_new_urls(account: Account) -> None:
    old = application("7", app_name=NAME, answer_url="https://old.example/")
    account.applications = [old]
    account.numbers = [number(0, application=uri("7"))]

    configure(0)

    assert account.changes()[0] == ("POST", "Application/7/")
    assert account.applications == [application("7", app_name=NAME)]


@pytest.mark.parametrize("status", [0, 401, 429, 500])
@pytest.mark.parametrize("path", ["Number/", "Application/"])
def test_a_refusal_names_no_number(account: Account, path: str, status: int) -> None:
    account.numbers = [number(0)]
    account.refuses, account.status = path, status

    with pytest.raises(CarrierApiError) as refused:
        list(desk("plivo").rented(ACCOUNT, URLS))
    with pytest.raises(CarrierApiError):
        configure(0)

    assert str(status or "no answer") in str(refused.value)


def test_the_official_sdk_asks_alike(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.numbers = [number(0)]
    sent: list[tuple[str, str, dict[str, Any]]] = []

    def send(_: requests.Session, request: requests.PreparedRequest, **__: Any) -> Any:
        content = json.loads(request.body or "{}")
        sent.append((str(request.method), str(request.url).partition("?")[0], content))
        answer = requests.Response()
        answer.status_code = 200 if request.method == "GET" else 202
        answer._content = b'{"api_id": "x", "objects": [], "meta": {"limit": 20, "offset": 0}}'
        return answer

    monkeypatch.setattr(requests.Session, "send", send)
    client = plivo.RestClient(ACCOUNT.auth_id, "token")
    wanted = CARRIER.application_urls(URLS)
    client.applications.list()
    client.applications.create(app_name=NAME, **wanted)
    client.numbers.update(number(0)["number"], app_id="new")

    configure(0)

    ours = [
        (one.method, one.url.partition("?")[0], json.loads(one.body or b"{}"))
        for one in account.asked
    ]
    for (method, url, content), (their_method, their_url, theirs) in zip(ours, sent, strict=True):
        assert (method, url.partition("/v1/")[2]) == (their_method, their_url.partition("/v1/")[2])
        assert content.items() <= theirs.items()
