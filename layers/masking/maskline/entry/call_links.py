"""Addresses of a carrier's record of a call, for the resource URLs of interactions."""

from functools import cache

from maskline.api.sessions.response import CallUrl
from maskline.carriers import carrier
from maskline.domain.accounts import CarrierAccount
from maskline.store.accounts.accounts import get_carrier_account


def call_urls(account_id: str) -> CallUrl:
    """Return the call URLs of one account; its credentials are read once, and only if needed."""

    @cache
    def account_at(name: str) -> CarrierAccount | None:
        return get_carrier_account(name, account_id)

    def call_url(name: str, call_uuid: str) -> str | None:
        account = account_at(name)
        return carrier(name).call_url(account, call_uuid) if account else None

    return call_url
