"""Whose webhooks are genuine: an account's credentials, read when they are first asked for."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from maskline import clock
from maskline.carriers.request import CarrierRequest
from maskline.domain.accounts import CarrierAccount
from maskline.domain.errors import ForgedWebhookError
from maskline.services.accounts import carrier_credentials
from maskline.services.accounts.carrier_credentials import carrier_account, require_genuine
from maskline.store.accounts import accounts
from tests.support import builders
from tests.support.carriers import ScriptedCarrier

MAIN = builders.MAIN_ID


class Signing(ScriptedCarrier):
    """The URL of a request is the token that signed it."""

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        return request.url in account.secrets["auth_token"]


class Stored(dict[str, CarrierAccount]):
    """What is stored, by account, and how often it was read."""

    reads = 0

    def get_carrier_account(self, _: str, account_id: str) -> CarrierAccount | None:
        self.reads += 1
        return self.get(account_id)

    def has(self, account_id: str, *tokens: str) -> None:
        self[account_id] = replace(
            builders.carrier_account(account_id=account_id), secrets={"auth_token": tokens}
        )


@pytest.fixture(autouse=True)
def stored(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stored]:
    known = Stored()
    known.has(MAIN, "old", "new")
    known.has("OTHER", "others")
    monkeypatch.setattr(accounts, "get_carrier_account", known.get_carrier_account)
    monkeypatch.setattr(carrier_credentials, "fetch_secret", lambda: None)
    monkeypatch.setattr(clock, "now_ms", lambda: 0)
    carrier_credentials._cached.cache_clear()
    yield known
    carrier_credentials._cached.cache_clear()


def account_of(account_id: str, token: str) -> str:
    signed = CarrierRequest("POST", token, "", {})
    return require_genuine(Signing(), account_id, signed).account_id


def at(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: int(seconds * 1000))


@pytest.mark.parametrize("token", ["old", "new"])
def test_any_value_of_a_secret_will_do(token: str) -> None:
    assert account_of(MAIN, token) == MAIN


@pytest.mark.parametrize(
    ("account_id", "token"), [(MAIN, "others"), ("OTHER", "new"), ("NOBODY", "new"), (MAIN, "")]
)
def test_what_another_account_or_nobody_signed_is_forged(account_id: str, token: str) -> None:
    with pytest.raises(ForgedWebhookError):
        account_of(account_id, token)


def test_an_account_is_read_once_in_a_minute(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in (0, 30, 59):
        at(seconds, monkeypatch)
        account_of(MAIN, "new")
    assert stored.reads == 1

    at(60, monkeypatch)
    account_of(MAIN, "new")
    assert stored.reads == 2


@pytest.mark.parametrize("account_id", [MAIN, "LATE"])
def test_what_was_provisioned_a_moment_ago_is_found_soon(
    account_id: str, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Be it a token or an account. Forgeries do not make us read more often."""
    with pytest.raises(ForgedWebhookError):
        account_of(account_id, "late")
    stored.has(account_id, "late")

    at(4.9, monkeypatch)
    for _ in range(3):
        with pytest.raises(ForgedWebhookError):
            account_of(account_id, "late")
    assert stored.reads == 1

    at(5, monkeypatch)
    assert account_of(account_id, "late") == account_id
    assert stored.reads == 2


def test_a_clock_that_went_back_makes_nothing_last_longer(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(100, monkeypatch)
    account_of(MAIN, "new")
    at(0, monkeypatch)
    account_of(MAIN, "new")

    assert stored.reads == 2


def test_the_credentials_of_one_account() -> None:
    known = carrier_account("plivo", "OTHER")

    assert known is not None
    assert known.secrets == {"auth_token": ("others",)}
    assert carrier_account("plivo", "NOBODY") is None
