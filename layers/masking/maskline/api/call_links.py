"""Resource URLs of interactions: the place where a carrier keeps the record of a call."""

from collections.abc import Callable, Mapping
from functools import cache

from maskline.api.session_responses import CallUrl
from maskline.domain.accounts import CarrierAccount

GetCarrierAccount = Callable[[str, str], CarrierAccount | None]
# Carrier name -> (our id at the carrier, call uuid) -> URL.
ResourceUrls = Mapping[str, Callable[[str, str], str]]


def call_urls(
    account_id: str, get_carrier_account: GetCarrierAccount, resource_urls: ResourceUrls
) -> CallUrl:
    """The call URLs of one account; its credentials at a carrier are read once, and if needed."""

    @cache
    def carrier_auth_id(carrier: str) -> str | None:
        carrier_account = get_carrier_account(carrier, account_id)
        return carrier_account.auth_id if carrier_account else None

    def call_url(carrier: str, call_uuid: str) -> str | None:
        auth_id = carrier_auth_id(carrier)
        resource_url = resource_urls.get(carrier)
        return resource_url(auth_id, call_uuid) if auth_id and resource_url else None

    return call_url
