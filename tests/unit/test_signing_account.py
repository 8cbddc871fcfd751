"""Whose carrier says so, where a webhook names no account: the accounts that can sign it."""

from collections.abc import Iterator, Sequence

import pytest

from maskline import clock
from maskline.domain.accounts import CarrierAccount
from maskline.domain.errors import ForgedWebhookError
from maskline.services import carrier_credentials
from maskline.services.carrier_credentials import signing_account, signing_accounts
from maskline.store import accounts

KNOWN = [
    CarrierAccount("plivo", "MAIN", "MAPLIVO", ("old", "new")),
    CarrierAccount("plivo", "SHARING", "MASHARED", ("shared",)),
    CarrierAccount("plivo", "ALSO SHARING", "MASHARED", ("shared",)),
]


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[CarrierAccount]]:
    """What is stored: a test may add to it."""
    stored = [*KNOWN]
    monkeypatch.setattr(accounts, "list_carrier_accounts", lambda _: [*stored])
    monkeypatch.setattr(carrier_credentials, "fetch_secret", lambda: None)
    carrier_credentials._cached.cache_clear()
    yield stored
    carrier_credentials._cached.cache_clear()


def signed_with(token: str) -> carrier_credentials.SignatureCheck:
    def check(tokens: Sequence[str]) -> bool:
        return token in tokens

    return check


@pytest.mark.parametrize(
    ("token", "signers"),
    [("old", ["MAIN"]), ("new", ["MAIN"]), ("shared", ["SHARING", "ALSO SHARING"])],
)
def test_a_webhook_is_of_all_accounts_that_can_sign_it(token: str, signers: list[str]) -> None:
    assert [*signing_accounts("plivo", check=signed_with(token))] == [signers]


def test_what_nobody_signed_is_forged() -> None:
    with pytest.raises(ForgedWebhookError):
        [*signing_accounts("plivo", check=signed_with("nobody's"))]


def test_an_account_that_was_provisioned_a_moment_ago_is_found(
    known: list[CarrierAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is read again then, but not for each forgery."""
    monkeypatch.setattr(clock, "now_ms", lambda: 0)
    next(signing_accounts("plivo", check=signed_with("old")))
    known.append(CarrierAccount("plivo", "LATE", "MALATE", ("late",)))

    with pytest.raises(ForgedWebhookError):
        next(signing_accounts("plivo", check=signed_with("late")))
    monkeypatch.setattr(clock, "now_ms", lambda: 5_000)
    assert [*signing_accounts("plivo", check=signed_with("late"))] == [["LATE"]]


@pytest.mark.parametrize(
    ("seconds", "readings"),
    [
        (4, [["SHARING", "ALSO SHARING"]]),
        (5, [["SHARING", "ALSO SHARING"], ["LATE"]]),
        (59, [["SHARING", "ALSO SHARING"], ["LATE"]]),
        (60, [["SHARING", "ALSO SHARING", "LATE"]]),
    ],
)
def test_one_that_shares_its_token_is_found_behind_those_that_are_remembered(
    seconds: int,
    readings: list[list[str]],
    known: list[CarrierAccount],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: 0)
    next(signing_accounts("plivo", check=signed_with("shared")))
    known.append(CarrierAccount("plivo", "LATE", "MASHARED", ("shared",)))

    monkeypatch.setattr(clock, "now_ms", lambda: seconds * 1000)
    assert [*signing_accounts("plivo", check=signed_with("shared"))] == readings


def test_what_is_remembered_is_not_read_again_where_nobody_asks_for_more(
    known: list[CarrierAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: 0)
    next(signing_accounts("plivo", check=signed_with("shared")))
    monkeypatch.setattr(clock, "now_ms", lambda: 59_000)
    monkeypatch.setattr(accounts, "list_carrier_accounts", lambda _: pytest.fail("read again"))

    assert next(signing_accounts("plivo", check=signed_with("shared")))


@pytest.mark.parametrize(
    ("token", "account_id"), [("old", "MAIN"), ("new", "MAIN"), ("shared", "")]
)
def test_a_signature_names_an_account_if_no_other_can_make_it(token: str, account_id: str) -> None:
    assert signing_account("plivo", check=signed_with(token)) == account_id


def test_an_account_that_came_a_moment_ago_makes_a_signature_ambiguous(
    known: list[CarrierAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: 0)
    assert signing_account("plivo", check=signed_with("new")) == "MAIN"
    known.append(CarrierAccount("plivo", "LATE", "MAPLIVO", ("new",)))

    monkeypatch.setattr(clock, "now_ms", lambda: 10_000)
    assert signing_account("plivo", check=signed_with("new")) == ""
