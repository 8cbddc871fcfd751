"""Whose carrier asks about a number in nobody's pool: the account that alone can sign so."""

from collections.abc import Iterator, Sequence

import pytest

from maskline.domain.accounts import CarrierAccount
from maskline.services import carrier_credentials
from maskline.store import accounts

KNOWN = [
    CarrierAccount("plivo", "MAIN", "MAPLIVO", ("old", "new")),
    CarrierAccount("plivo", "SHARING", "MASHARED", ("shared",)),
    CarrierAccount("plivo", "ALSO SHARING", "MASHARED", ("shared",)),
]


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(accounts, "list_carrier_accounts", lambda _: KNOWN)
    carrier_credentials._cached.cache_clear()
    yield
    carrier_credentials._cached.cache_clear()


@pytest.mark.parametrize(
    ("token", "account_id"), [("old", "MAIN"), ("new", "MAIN"), ("shared", ""), ("nobody's", "")]
)
def test_a_signature_names_an_account_if_no_other_can_make_it(token: str, account_id: str) -> None:
    def check(tokens: Sequence[str]) -> bool:
        return token in tokens

    assert carrier_credentials.signing_account("plivo", check=check) == account_id
