"""The numbers that an account rents at Telnyx, and the TeXML application that has our URLs."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from maskline.carriers import rest
from maskline.carriers.desk import Desk, RentedNumber, content_of
from maskline.carriers.telnyx import APPLICATION, TELNYX
from maskline.carriers.twiml.api import Api
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.phone_numbers import read_number

_PAGE = 250
_METHODS = {"voice_method": "post", "status_callback_method": "post"}


class TelnyxNumbers:
    """The desk; see Desk. A number has an application, and the application has the URLs."""

    def rented(self, account: CarrierAccount, urls: CallUrls) -> Iterator[RentedNumber]:
        api = Api(account, TELNYX.profile)
        is_ours = _lacks(_application(api), urls) == {}
        page, pages = 1, 1
        while page <= pages:
            query = f"page[number]={page}&page[size]={_PAGE}"
            content = content_of(api.get(f"{account.api_url}/v2/phone_numbers?{query}"))
            for item in content.get("data") or ():
                yield from _number(item, account, is_ours=is_ours)
            pages = int((content.get("meta") or {}).get("total_pages") or 0)
            page += 1

    def configure(self, account: CarrierAccount, number: RentedNumber, urls: CallUrls) -> None:
        api = Api(account, TELNYX.profile)
        known = _application(api)
        if lacking := _lacks(known, urls):
            # The name is no choice of ours, but an update must have it.
            content = {"friendly_name": str(known.get("friendly_name", "")), **lacking}
            content_of(rest.ask(api.json("PATCH", _application_url(account), content)))
        url = f"{account.api_url}/v2/phone_numbers/{quote(number.reference, safe='')}"
        content_of(rest.ask(api.json("PATCH", url, {"connection_id": _sid(account)})))


def _number(
    item: Mapping[str, Any], account: CarrierAccount, *, is_ours: bool
) -> Iterator[RentedNumber]:
    """A number that is not active yet, or not any more, takes no calls."""
    number = read_number(str(item.get("phone_number", "")))
    if number is None:
        return
    yield RentedNumber(
        number,
        str(item.get("id", "")),
        country=str(item.get("country_iso_alpha2") or ""),
        takes_calls=item.get("status") == "active",
        is_configured=is_ours and str(item.get("connection_id") or "") == _sid(account),
    )


def _lacks(application: Mapping[str, Any], urls: CallUrls) -> dict[str, str]:
    wanted = {**TELNYX.application_urls(urls), **_METHODS}
    return {} if all(application.get(name) == wanted[name] for name in wanted) else wanted


def _application(api: Api) -> Mapping[str, Any]:
    found = content_of(api.get(_application_url(api.account))).get("data")
    return found if isinstance(found, dict) else {}


def _application_url(account: CarrierAccount) -> str:
    return f"{account.api_url}/v2/texml_applications/{_sid(account)}"


def _sid(account: CarrierAccount) -> str:
    return account.secrets[APPLICATION][0]


DESK: Desk = TelnyxNumbers()
