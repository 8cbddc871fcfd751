"""Provisioning: what one order may say, and what it may not, given what others said before."""

from functools import partial
from typing import Any

import pytest

from local.aws.engine import Engine
from maskline.carriers import NAMES, carrier
from maskline.carriers.urls import CallUrls, Door, Step, read_url
from maskline.domain.accounts import Account
from maskline.domain.errors import InvalidParameterError
from maskline.services.accounts.provision import application_urls, provision_account
from maskline.store import table
from maskline.store.accounts import accounts
from tests.support.reader import raw_items
from tests.support.threads import together

MAIN, OTHER = "MA" + "A" * 18, "MA" + "B" * 18
SUB, SECOND_SUB = "SA" + "A" * 18, "SA" + "B" * 18
TOKENS = [f"{letter}-token-of-32-characters-or-more" for letter in "abcdefgh"]


def order(main: str = MAIN, *tokens: str, **sections: Any) -> dict[str, Any]:
    return {"account": {"auth_id": main, "auth_tokens": list(tokens) or TOKENS[:1]}, **sections}


def subaccounts(*tokens: str, auth_id: str = SUB) -> list[dict[str, Any]]:
    return [{"auth_id": auth_id, "auth_tokens": list(tokens)}]


def carriers(*tokens: str, **more: Any) -> list[dict[str, Any]]:
    secrets = {"auth_token": list(tokens)}
    return [{"carrier": "plivo", "auth_id": "MAPLIVO", "secrets": secrets, **more}]


def refused(engine: Engine, given: dict[str, Any]) -> str:
    """The field that is refused; nothing is written."""
    before = raw_items(engine)
    with pytest.raises(InvalidParameterError) as raised:
        provision_account(given)
    assert raw_items(engine) == before
    assert not any(token in raised.value.reason for token in TOKENS)
    assert raised.value.field in raised.value.reason
    return raised.value.field


def known(account_id: str) -> Account:
    account = accounts.get_account(account_id)
    assert account is not None
    return account


def test_an_order_may_be_repeated_and_changed(engine: Engine) -> None:
    given = order(subaccounts=subaccounts(TOKENS[1]), carriers=carriers(TOKENS[2]))
    provision_account(given)
    first = known(MAIN)
    provision_account(given)

    assert known(MAIN) == first
    assert known(SUB).parent_id == MAIN

    provision_account(order(MAIN, *TOKENS[3:5]))
    assert known(MAIN).auth_tokens == tuple(TOKENS[3:5])
    assert known(SUB).auth_tokens == (TOKENS[1],)
    stored = accounts.get_carrier_account("plivo", MAIN)
    assert stored is not None
    assert stored.secrets == {"auth_token": (TOKENS[2],)}
    assert stored.api_url == "https://api.plivo.com"


@pytest.mark.parametrize(
    "given",
    [
        order(carriers=carriers(TOKENS[0])),
        order(carriers=carriers(TOKENS[5], TOKENS[0])),
        order(subaccounts=subaccounts(TOKENS[1]), carriers=carriers(TOKENS[1])),
    ],
)
def test_one_order_gives_no_token_to_both_sides(given: dict[str, Any], engine: Engine) -> None:
    assert refused(engine, given) == "auth_tokens"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (order(), order(OTHER, TOKENS[1], carriers=carriers(TOKENS[0]))),
        (
            order(subaccounts=subaccounts(TOKENS[1])),
            order(OTHER, TOKENS[2], carriers=carriers(TOKENS[3], TOKENS[1])),
        ),
        (order(carriers=carriers(TOKENS[1])), order(OTHER, TOKENS[2], TOKENS[1])),
        (
            order(carriers=carriers(TOKENS[1])),
            order(OTHER, TOKENS[2], subaccounts=subaccounts(TOKENS[1], auth_id=SECOND_SUB)),
        ),
        (order(carriers=carriers(TOKENS[1])), order(MAIN, TOKENS[1])),
        (order(), order(MAIN, TOKENS[1], carriers=carriers(TOKENS[0]))),
    ],
)
def test_no_order_gives_a_token_to_the_other_side(
    before: dict[str, Any], after: dict[str, Any], engine: Engine
) -> None:
    """Whichever comes first, and also once the account has another token."""
    provision_account(before)

    assert refused(engine, after) == "auth_tokens"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"carrier": "another"}, "carrier"),
        ({"carrier": ""}, "carrier"),
        ({"secrets": None}, "auth_token"),
        ({"secrets": {}}, "auth_token"),
        ({"secrets": {"auth_token": []}}, "auth_token"),
        ({"secrets": {"auth_token": "text"}}, "auth_token"),
        ({"secrets": {"auth_token": [""]}}, "auth_token"),
        ({"secrets": {"auth_token": ["x", 4711]}}, "auth_token"),
        ({"secrets": {"api_key": ["x"]}}, "auth_token"),
        ({"secrets": {"auth_token": ["x"], "other": ["y"]}}, "other"),
        ({"auth_id": ""}, "auth_id"),
        ({"auth_id": None}, "auth_id"),
        ({"api_url": "ftp://elsewhere.example"}, "api_url"),
        ({"api_url": "http://elsewhere.example"}, "api_url"),
        ({"api_url": ""}, "api_url"),
    ],
)
def test_a_carrier_account_that_cannot_be_used_is_refused(
    more: dict[str, Any], field: str, engine: Engine
) -> None:
    assert refused(engine, order(carriers=carriers(TOKENS[1], **more))) == field


def account_at(name: str) -> dict[str, Any]:
    """An account at a carrier, under the carrier's own names."""
    adapter = carrier(name)
    secrets = {secret: [f"{name}-{secret}-1", f"{name}-{secret}-2"] for secret in adapter.secrets}
    api_url = {} if adapter.api_url else {"api_url": "https://api.example"}
    return {"carrier": name, adapter.account_name: "ID01", "secrets": secrets, **api_url}


def test_one_order_names_every_carriers_secrets_as_the_carrier_does(engine: Engine) -> None:
    provision_account(order(carriers=[account_at(name) for name in NAMES]))

    for name in NAMES:
        stored = accounts.get_carrier_account(name, MAIN)
        assert stored is not None
        wanted = account_at(name)["secrets"]
        assert stored.secrets == {secret: tuple(values) for secret, values in wanted.items()}
        assert stored.auth_id == "ID01"


@pytest.mark.parametrize(
    ("name", "secret"), [(name, secret) for name in NAMES for secret in carrier(name).secrets]
)
def test_a_secret_that_is_missing_or_misnamed_is_refused_by_its_name(
    name: str, secret: str, engine: Engine
) -> None:
    given = account_at(name)
    value = given["secrets"].pop(secret)
    assert refused(engine, order(carriers=[given])) == secret

    given["secrets"] |= {secret: value, f"{secret}s": value}
    assert refused(engine, order(carriers=[given])) == f"{secret}s"


@pytest.mark.parametrize("name", NAMES)
def test_an_account_at_a_carrier_is_named_by_the_carriers_word(name: str, engine: Engine) -> None:
    given = account_at(name)
    given["id"] = given.pop(carrier(name).account_name)

    assert refused(engine, order(carriers=[given])) == carrier(name).account_name


def test_a_carriers_api_may_be_elsewhere(engine: Engine) -> None:
    elsewhere = {"api_url": "https://api.elsewhere.example/"}
    provision_account(order(carriers=carriers(TOKENS[1], **elsewhere)))

    stored = accounts.get_carrier_account("plivo", MAIN)
    assert stored is not None
    assert stored.api_url == "https://api.elsewhere.example"


def test_the_urls_for_the_carrier_are_the_accounts_own(engine: Engine) -> None:
    base_url = "https://maskline.example.com"
    given = order(carriers=carriers(TOKENS[1]))
    provision_account(given)

    urls = application_urls(given, base_url)["plivo"]

    assert urls.keys() == {"answer_url", "hangup_url"}
    for url, door, step in (
        (urls["answer_url"], Door.CALL, Step.ANSWER),
        (urls["hangup_url"], Door.EVENT, Step.HANGUP),
    ):
        prefix = f"{base_url}/carriers/plivo/{door}/"
        rest = url.removeprefix(prefix).partition("#")[0]
        read = read_url(base_url, "plivo", door, rest)
        assert read == (step, CallUrls(base_url, "plivo", MAIN))


def test_a_token_that_was_replaced_changes_sides_no_more(engine: Engine) -> None:
    provision_account(order())
    provision_account(order(MAIN, TOKENS[1]))

    assert refused(engine, order(MAIN, TOKENS[1], carriers=carriers(TOKENS[0]))) == "auth_tokens"
    provision_account(order())


def test_of_two_orders_at_one_moment_one_gets_the_token(engine: Engine) -> None:
    orders = [order(MAIN, TOKENS[0]), order(OTHER, TOKENS[1], carriers=carriers(TOKENS[0]))]

    def is_carried_out(given: dict[str, Any]) -> bool:
        while True:
            try:
                provision_account(given)
            except InvalidParameterError:
                return False
            except table.ConflictError:
                continue
            return True

    done = together([partial(is_carried_out, given) for given in orders])

    assert sorted(done) == [False, True]
    assert [accounts.get_account(one) is not None for one in (MAIN, OTHER)] == done


def test_a_subaccount_stays_with_its_account(engine: Engine) -> None:
    provision_account(order(subaccounts=subaccounts(TOKENS[1])))

    theirs = order(OTHER, TOKENS[2], subaccounts=subaccounts(TOKENS[3]))
    assert refused(engine, theirs) == "auth_id"

    assert known(SUB) == Account(SUB, (TOKENS[1],), parent_id=MAIN)
    assert accounts.get_account(OTHER) is None


def test_an_id_is_an_accounts_or_a_subaccounts_by_its_letters(engine: Engine) -> None:
    assert refused(engine, order(SUB)) == "auth_id"
    assert refused(engine, order(subaccounts=subaccounts(TOKENS[1], auth_id=OTHER))) == "auth_id"


def test_an_order_of_more_than_one_transaction_is_refused_whole(engine: Engine) -> None:
    many = [
        {"auth_id": f"SA{number:018d}", "auth_tokens": [f"{TOKENS[0]}-{number}"]}
        for number in range(50)
    ]

    assert refused(engine, order(subaccounts=many)) == "subaccounts"
    provision_account(order(subaccounts=many[:49]))


def test_the_table_holds_no_token(engine: Engine) -> None:
    provision_account(order(subaccounts=subaccounts(TOKENS[1]), carriers=carriers(TOKENS[2])))

    assert not any(token in str(item) for item in raw_items(engine) for token in TOKENS)
