"""The numbers that an account has at its jambonz, over real HTTP, and their application."""

import json
from collections.abc import Callable, Iterator
from socket import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from maskline.carriers import carrier
from maskline.carriers.desk import CarrierApiError, RentedNumber, desk
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.phone_numbers import E164
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.callbacks.receiver import Receiver, answering
from tests.unit.carriers.jambonz.jambonz_webhooks import ACCOUNT_SID, account

URLS = CallUrls("https://m.example", "jambonz", builders.MAIN_ID)
DESK = desk("jambonz")


class ApiServer:
    """The lists of jambonz-api-server; releases before 2025 knew no pages of them."""

    def __init__(self, *, knows_pages: bool = True) -> None:
        self.knows_pages = knows_pages
        self.numbers: list[dict[str, Any]] = []
        self.applications: list[dict[str, Any]] = []
        self.changes: list[tuple[str, str, dict[str, Any]]] = []
        self.receiver = Receiver(self._behave)

    @property
    def account(self) -> CarrierAccount:
        return account(api_url=self.receiver.url)

    def _behave(self, connection: socket) -> None:
        # The request that is being answered is the last one that was read.
        status, content = self._answer()
        answering(status, body=json.dumps(content).encode())(connection)

    def _answer(self) -> tuple[int, object]:
        request = self.receiver.requests[-1]
        if request.headers["authorization"] != "Bearer EXAMPLE-api-key":
            return 401, {}
        path, query = urlsplit(request.target).path, parse_qs(urlsplit(request.target).query)
        if request.method == "GET":
            found = {"/v1/PhoneNumbers": self.numbers, "/v1/Applications": self.applications}[path]
            if not self.knows_pages:
                return 200, found
            page, size = int(query["page"][0]), int(query["page_size"][0])
            shown = found[(page - 1) * size : page * size]
            return 200, {"total": len(found), "page": page, "page_size": size, "data": shown}
        change = json.loads(request.body)
        self.changes.append((request.method, path, change))
        if request.method == "POST":
            self.applications.append({"application_sid": "made", **change})
            return 201, {"sid": "made"}
        sid = path.rpartition("/")[2]
        for one in [*self.numbers, *self.applications]:
            if sid in (one.get("phone_number_sid"), one.get("application_sid")):
                one.update(change)
        return 204, None


@pytest.fixture
def server(deployment: None) -> Iterator[ApiServer]:
    made = ApiServer()
    with known_secret():
        yield made
    made.receiver.close()


def number(last: int, **more: Any) -> dict[str, Any]:
    """Numbers are kept without a plus."""
    return {
        "phone_number_sid": f"number-{last}",
        "number": f"1202555{last:04}",
        "voip_carrier_sid": "trunk",
        "account_sid": ACCOUNT_SID,
        "application_sid": None,
        **more,
    }


def hooks(method: str | None = "POST") -> dict[str, Any]:
    urls = carrier("jambonz").application_urls(URLS)
    return {name: {"webhook_sid": "w", "url": url, "method": method} for name, url in urls.items()}


def application(sid: str = "ours", **more: Any) -> dict[str, Any]:
    return {"application_sid": sid, "name": "any", "account_sid": ACCOUNT_SID, **hooks(), **more}


@pytest.mark.parametrize("knows_pages", [True, False])
def test_all_numbers_are_listed(knows_pages: bool, server: ApiServer) -> None:
    server.knows_pages = knows_pages
    server.numbers = [number(100 + index) for index in range(100)] + [number(99), number(98)]

    found = list(DESK.rented(server.account, URLS))

    assert len(found) == 102
    assert found[0] == RentedNumber(E164("+12025550100"), "number-100")


def test_a_full_last_page_ends_the_list(server: ApiServer) -> None:
    server.numbers = [number(index) for index in range(100)]

    assert len(list(DESK.rented(server.account, URLS))) == 100


def test_what_is_no_number_or_another_accounts_is_left_out(server: ApiServer) -> None:
    server.numbers = [
        number(100, number="*"),
        number(101, account_sid=None),
        number(102, account_sid="another"),
        number(103, number="^44.*$"),
        number(104),
    ]

    assert [one.reference for one in DESK.rented(server.account, URLS)] == ["number-104"]


@pytest.mark.parametrize(
    ("make", "is_configured"),
    [
        (application, True),
        (lambda: application(**hooks(None)), True),
        # Of a GET, jambonz signs what it does not send.
        (lambda: application(**hooks("GET")), False),
        (lambda: application(call_status_hook=None), False),
        (lambda: application(call_hook={"url": "https://else.example/"}), False),
        (lambda: application(account_sid="another"), False),
        (lambda: application("another"), False),
    ],
)
def test_a_number_is_configured_if_its_application_has_our_urls(
    make: Callable[[], dict[str, Any]], is_configured: bool, server: ApiServer
) -> None:
    server.applications = [make()]
    server.numbers = [number(100, application_sid="ours")]

    [found] = DESK.rented(server.account, URLS)

    assert found.is_configured is is_configured


def configured(server: ApiServer) -> None:
    for one in list(DESK.rented(server.account, URLS)):
        DESK.configure(server.account, one, URLS)


def test_one_application_is_made_for_all_numbers(server: ApiServer) -> None:
    server.numbers = [number(100), number(101)]

    configured(server)

    made, *assigned = server.changes
    urls = carrier("jambonz").application_urls(URLS)
    posted = {name: {"url": url, "method": "POST"} for name, url in urls.items()}
    content = {"name": f"Maskline {builders.MAIN_ID}", "account_sid": ACCOUNT_SID, **posted}
    assert made == ("POST", "/v1/Applications", content)
    assert assigned == [
        ("PUT", f"/v1/PhoneNumbers/number-{last}", {"application_sid": "made"})
        for last in (100, 101)
    ]
    assert all(one.is_configured for one in DESK.rented(server.account, URLS))


def test_the_application_of_our_name_gets_our_urls(server: ApiServer) -> None:
    name = f"Maskline {builders.MAIN_ID}"
    server.applications = [application(name=name, **hooks("GET")), application("other")]
    server.numbers = [number(100)]

    configured(server)

    paths = [(method, path) for method, path, _ in server.changes]
    assert paths == [("PUT", "/v1/Applications/ours"), ("PUT", "/v1/PhoneNumbers/number-100")]
    server.changes.clear()
    configured(server)
    assert [path for _, path, _ in server.changes] == ["/v1/PhoneNumbers/number-100"]


def test_a_refusal_is_told_without_the_number(server: ApiServer) -> None:
    wrong = account(
        api_url=server.receiver.url, secrets={"webhook_secret": ("s",), "api_key": ("wrong",)}
    )

    with pytest.raises(CarrierApiError, match="401") as refused:
        list(DESK.rented(wrong, URLS))
    with pytest.raises(CarrierApiError):
        DESK.configure(wrong, RentedNumber(E164("+12025550100"), "number-100"), URLS)
    assert "2025550100" not in str(refused.value)


def test_no_answer_is_told_too(server: ApiServer) -> None:
    server.receiver.close()

    with pytest.raises(CarrierApiError, match="no answer"):
        list(DESK.rented(server.account, URLS))
