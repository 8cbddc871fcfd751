"""The carriers' credentials that prove webhooks, kept for a minute in a warm function."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

from maskline import clock
from maskline.domain.accounts import CarrierAccount
from maskline.domain.errors import ForgedWebhookError
from maskline.observability import logger
from maskline.secrets import fetch_secret
from maskline.store import accounts, keyrings

_KEEP_MS = 60_000
# A token rotated in a moment ago is accepted soon; forgeries cannot make us read more often.
_REREAD_AFTER_MS = 5_000
_AGES_MS = (_KEEP_MS, _REREAD_AFTER_MS)

SignatureCheck = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class _Cached:
    read_at: int
    carrier_accounts: list[CarrierAccount]


@cache
def _cached() -> dict[str, _Cached]:
    """The credentials that were read, by carrier."""
    return {}


# A function may start as often as it likes: it does not unwrap a thousand accounts' keys each time.
_ACCOUNTS_READ_AHEAD = 10


def read_credentials(carrier: str) -> None:
    """Read what webhooks of this carrier will be checked with, and the accounts' data keys."""
    for known in _credentials(carrier, _KEEP_MS)[:_ACCOUNTS_READ_AHEAD]:
        keyrings.newest_key(known.account_id)


def require_genuine(carrier: str, account_id: str | None, *, check: SignatureCheck) -> None:
    """Raise ForgedWebhookError unless `check` passes with tokens of that account (None: of any)."""
    for max_age_ms in _AGES_MS:
        if check(_tokens(_credentials(carrier, max_age_ms), account_id)):
            return
    raise _refused(carrier)


def signing_accounts(carrier: str, *, check: SignatureCheck) -> Iterator[list[str]]:
    """The accounts with a token that passes `check`: several may share one.

    First those that are remembered, then those that a new reading finds besides. Raises
    ForgedWebhookError if there is none.
    """
    found: list[str] = []
    for max_age_ms in _AGES_MS:
        known = _credentials(carrier, max_age_ms)
        others = [one for one in known if one.account_id not in found]
        signers = [one.account_id for one in others if check(one.auth_tokens)]
        if signers:
            found += signers
            yield signers
    if not found:
        raise _refused(carrier)


def signing_account(carrier: str, *, check: SignatureCheck) -> str:
    """The one account whose token passes a genuine webhook's `check`, "" if several do."""
    signers = [*chain.from_iterable(signing_accounts(carrier, check=check))]
    return signers[0] if len(signers) == 1 else ""


def _refused(carrier: str) -> ForgedWebhookError:
    logger.warning("webhook refused", event="signature_rejected", carrier=carrier)
    return ForgedWebhookError("no token of the account made this signature")


def _credentials(carrier: str, max_age_ms: int) -> list[CarrierAccount]:
    # What a snapshot made of a table that was empty then says nothing about that of now.
    fetch_secret()
    now = clock.now_ms()
    cached = _cached().get(carrier)
    if cached is None or not 0 <= now - cached.read_at < max_age_ms:
        cached = _Cached(now, accounts.list_carrier_accounts(carrier))
        _cached()[carrier] = cached
    return cached.carrier_accounts


def carrier_account(carrier: str, account_id: str) -> CarrierAccount | None:
    """The credentials of one account."""
    known = _credentials(carrier, _KEEP_MS)
    return next((one for one in known if one.account_id == account_id), None)


def _tokens(carrier_accounts: list[CarrierAccount], account_id: str | None) -> list[str]:
    return [
        token
        for one in carrier_accounts
        if account_id in {None, one.account_id}
        for token in one.auth_tokens
    ]
