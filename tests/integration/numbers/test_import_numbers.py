"""An import adds and configures what an account rents at a carrier, as far as asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.provision_account import app
from maskline.carriers import DEFAULT
from maskline.carriers.desk import CarrierApiError, RentedNumber
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.errors import InvalidParameterError
from maskline.domain.phone_numbers import E164
from maskline.observability import FunctionFailedError
from maskline.services import import_numbers as importing
from maskline.services.import_numbers import import_numbers, parse_import
from maskline.services.numbers import manage
from tests.support.builders import MAIN_ID, SUBACCOUNT_ID, virtual
from tests.support.carriers import OTHER
from tests.support.service import Service

BASE_URL = "https://webhooks.example"
AMERICAN = E164("+12025550190")
FOREIGN = "MA" + "F" * 18


@dataclass
class ScriptedDesk:
    """The carrier's side: what it lists, what it was told, and where it refuses."""

    listed: list[RentedNumber] = field(default_factory=list)
    configured: list[tuple[E164, CallUrls]] = field(default_factory=list)
    refuses_list: bool = False
    refuses: set[E164] = field(default_factory=set)

    def rented(self, account: CarrierAccount, urls: CallUrls) -> Iterator[RentedNumber]:
        assert account.account_id == urls.account_id
        for one in self.listed:
            if self.refuses_list:
                raise CarrierApiError("status 401")
            yield one

    def configure(self, _: CarrierAccount, number: RentedNumber, urls: CallUrls) -> None:
        if number.number in self.refuses:
            raise CarrierApiError("status 429")
        self.configured.append((number.number, urls))
        self.listed = [
            replace(one, is_configured=one.is_configured or one == number) for one in self.listed
        ]


@pytest.fixture
def at_carrier(service: Service, monkeypatch: pytest.MonkeyPatch) -> ScriptedDesk:
    """The account has the numbers 0, 1 and 2, and rents 2, 3, 4, and an American one."""
    scripted = ScriptedDesk(
        [RentedNumber(virtual(index), f"id-{index}", "GB") for index in (2, 3, 4)]
        + [RentedNumber(AMERICAN, "id-us")]
    )
    monkeypatch.setattr(importing, "desk", lambda _: scripted)
    return scripted


def ask(**wanted: Any) -> list[tuple[str, str, str, str]]:
    """Number, pool, webhooks and note of each."""
    order = parse_import({"account": MAIN_ID, "carrier": DEFAULT, **wanted})
    done = import_numbers(order, BASE_URL)
    assert done.next_start is None
    return [(one.number, one.pool, one.webhooks, one.note) for one in done.numbers]


def pool_of(service: Service) -> list[E164]:
    return [one.number for one in manage.list_numbers(service.caller())]


def test_nothing_asked_for_is_a_list(service: Service, at_carrier: ScriptedDesk) -> None:
    before = service.items()

    assert ask() == [
        (virtual(2), "in", "elsewhere", ""),
        (virtual(3), "out", "elsewhere", ""),
        (virtual(4), "out", "elsewhere", ""),
        (AMERICAN, "out", "elsewhere", ""),
    ]
    assert service.items() == before
    assert at_carrier.configured == []


@pytest.mark.parametrize(
    ("wanted", "added"),
    [
        ({"all": True}, [virtual(3), virtual(4), AMERICAN]),
        ({"numbers": [virtual(4), AMERICAN]}, [virtual(4), AMERICAN]),
        ({"countries": ["us"]}, [AMERICAN]),
        ({"countries": ["GB"], "numbers": [AMERICAN]}, [virtual(3), virtual(4), AMERICAN]),
    ],
)
def test_what_is_asked_for_is_added_once(
    service: Service, at_carrier: ScriptedDesk, wanted: dict[str, Any], added: list[E164]
) -> None:
    found = ask(**wanted)

    assert [number for number, pool, *_ in found if pool == "added"] == added
    assert {*pool_of(service)} == {virtual(0), virtual(1), virtual(2), *added}
    assert at_carrier.configured == []
    known = service.items_of("number")
    assert {one["carrier"] for one in known} == {DEFAULT}

    again = ask(**wanted)

    assert [pool for _, pool, *_ in again].count("in") == len(added) + 1
    assert service.items_of("number") == known


def test_webhooks_are_set_for_what_is_in_the_pool_and_not_right(
    service: Service, at_carrier: ScriptedDesk
) -> None:
    at_carrier.listed[1] = replace(at_carrier.listed[1], is_configured=True)

    service.add_numbers(4)

    assert ask(configure=True) == [
        (virtual(2), "in", "set", ""),
        (virtual(3), "out", "ours", ""),
        (virtual(4), "in", "set", ""),
        (AMERICAN, "out", "elsewhere", ""),
    ]
    urls = CallUrls(BASE_URL, DEFAULT, MAIN_ID)
    assert at_carrier.configured == [(virtual(2), urls), (virtual(4), urls)]

    assert [webhooks for *_, webhooks, _ in ask(configure=True)] == [
        "ours",
        "ours",
        "ours",
        "elsewhere",
    ]
    assert len(at_carrier.configured) == 2


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({"countries": ["US"]}, AMERICAN),
        ({"numbers": [AMERICAN]}, AMERICAN),
        ({"numbers": [virtual(2)]}, virtual(2)),
    ],
)
def test_webhooks_are_set_of_what_is_asked_for_alone(
    service: Service, at_carrier: ScriptedDesk, wanted: dict[str, Any], number: E164
) -> None:
    service.add_numbers(3, 4)

    ask(configure=True, **wanted)

    assert [one for one, _ in at_carrier.configured] == [number]
    assert number in pool_of(service)


def test_all_and_a_country_are_all(service: Service, at_carrier: ScriptedDesk) -> None:
    found = ask(configure=True, all=True, countries=["US"])

    assert {webhooks for *_, webhooks, _ in found} == {"set"}


def test_what_could_not_be_done_is_said(service: Service, at_carrier: ScriptedDesk) -> None:
    at_carrier.refuses = {virtual(2)}
    at_carrier.listed[1] = replace(at_carrier.listed[1], takes_calls=False)
    service.add_numbers(4, carrier=OTHER)

    assert ask(all=True, configure=True) == [
        (virtual(2), "in", "elsewhere", "webhooks not set: status 429"),
        (virtual(3), "out", "elsewhere", "not added: takes no calls"),
        (virtual(4), "in", "elsewhere", "in the pool as other's"),
        (AMERICAN, "added", "set", ""),
    ]


def test_another_accounts_number_stays_theirs(
    service: Service, at_carrier: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = {
        "account": {"auth_id": FOREIGN, "auth_tokens": ["foreign-token-" * 3]},
        "carriers": [{"carrier": DEFAULT, "auth_id": "MAF", "secrets": {"auth_token": ["f"]}}],
    }
    app.provision_account(order)

    found = ask(account=FOREIGN, all=True, configure=True)

    assert found[0] == (virtual(2), "out", "elsewhere", "not added: not available")
    assert [pool for _, pool, *_ in found[1:]] == ["added"] * 3
    assert virtual(2) in pool_of(service)
    assert virtual(3) not in pool_of(service)


def test_a_long_list_is_carried_on_where_the_time_ended(
    service: Service, at_carrier: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_RUN_SECONDS", 0.0)
    wanted = {"account": MAIN_ID, "carrier": DEFAULT, "all": True, "configure": True}

    start: int | None = 0
    found = []
    while start is not None:
        answer = app.handler({"import": {**wanted, "start": start}}, None)
        found += [(row["number"], row["pool"]) for row in answer["numbers"]]
        start = answer["next"]

    assert found == [
        (virtual(2), "in"),
        (virtual(3), "added"),
        (virtual(4), "added"),
        (AMERICAN, "added"),
    ]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"account": ""}, "account"),
        ({"account": FOREIGN}, "account"),
        ({"account": SUBACCOUNT_ID}, "account"),
        ({"carrier": "nobody"}, "carrier"),
        ({"carrier": OTHER}, "carrier"),
        ({"numbers": ["12"]}, "numbers"),
        ({"numbers": [7]}, "numbers"),
        ({"countries": ["UK"]}, "countries"),
        ({"countries": ["GB", 7]}, "countries"),
    ],
)
def test_a_wrong_order_is_refused_by_name(
    service: Service, at_carrier: ScriptedDesk, wanted: dict[str, Any], field: str
) -> None:
    before = service.items()
    with pytest.raises(InvalidParameterError) as refused:
        ask(all=True, **wanted)

    assert refused.value.field == field
    assert refused.value.reason.startswith(field)
    assert service.items() == before


def test_a_carrier_that_lists_nothing_is_a_refusal_that_says_so(at_carrier: ScriptedDesk) -> None:
    at_carrier.refuses_list = True

    with pytest.raises(FunctionFailedError, match="carrier does not list its numbers: status 401"):
        app.handler({"import": {"account": MAIN_ID, "carrier": DEFAULT}}, None)
