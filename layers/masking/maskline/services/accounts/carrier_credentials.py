"""Credentials at carriers, kept for a minute in a warm function, by which webhooks are genuine."""

from dataclasses import dataclass
from functools import cache, partial

from maskline import carriers, clock
from maskline.carriers.adapter import Carrier
from maskline.carriers.request import CarrierRequest
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import CarrierAccount, Client
from maskline.domain.errors import ForgedWebhookError, InvalidParameterError
from maskline.observability import logger
from maskline.store import table
from maskline.store.accounts import accounts
from maskline.store.sealing import keyrings

_KEEP_MS = 60_000
# A token rotated in a moment ago is accepted soon; forgeries cannot make us read more often.
_REREAD_AFTER_MS = 5_000
# A function may start as often as it likes: it does not unwrap a thousand accounts' keys each time.
_ACCOUNTS_READ_AHEAD = 10


@dataclass(frozen=True, slots=True)
class _Cached:
    read_at: int
    carrier_account: CarrierAccount | None


@cache
def _cached() -> dict[tuple[str, str], _Cached]:
    """Return the accounts that were read, by carrier and account."""
    return {}


def read_credentials() -> None:
    """Read ahead what webhooks will be checked with, the adapters and the accounts' data keys."""
    fetch_secret()
    now = clock.now_ms()
    of_each = table.in_parallel(
        *(partial(accounts.list_carrier_accounts, name) for name in carriers.NAMES)
    )
    for known in of_each:
        _cached().update({(one.carrier, one.account_id): _Cached(now, one) for one in known})
        for one in known[:_ACCOUNTS_READ_AHEAD]:
            carriers.carrier(one.carrier)
            keyrings.newest_key(one.account_id)


def require_genuine(carrier: Carrier, account_id: str, request: CarrierRequest) -> CarrierAccount:
    """Return the account at the carrier that a webhook comes from.

    Raises ForgedWebhookError unless it is that account's of ours.
    """
    for max_age_ms in (_KEEP_MS, _REREAD_AFTER_MS):
        known = _credentials(carrier.name, account_id, max_age_ms)
        if known is not None and carrier.is_genuine(request, known):
            return known
    logger.warning("webhook refused", event="signature_rejected", carrier=carrier.name)
    raise ForgedWebhookError("not signed with a secret of the account")


def carrier_account(carrier: str, account_id: str) -> CarrierAccount | None:
    """Return the credentials of one account."""
    return _credentials(carrier, account_id, _KEEP_MS)


def require_own_carrier(client: Client, carrier: str) -> None:
    """Raise InvalidParameterError for a carrier that the client's account has not; "" is fine."""
    if carrier and carrier_account(carrier, client.owner_id) is None:
        reason = "carrier is not a carrier that this account has credentials for"
        raise InvalidParameterError("carrier", f"Invalid parameter. {reason}")


def _credentials(carrier: str, account_id: str, max_age_ms: int) -> CarrierAccount | None:
    # What a snapshot made of a table that was empty then says nothing about that of now.
    fetch_secret()
    now, place = clock.now_ms(), (carrier, account_id)
    cached = _cached().get(place)
    if cached is None or not 0 <= now - cached.read_at < max_age_ms:
        cached = _cached()[place] = _Cached(now, accounts.get_carrier_account(carrier, account_id))
    return cached.carrier_account
