"""The numbers of a Plivo account, and the application there that has their calls sent to us.

Source: the Account API's pages on numbers and applications.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from maskline.carriers import rest
from maskline.carriers.desk import Desk, RentedNumber, checked
from maskline.carriers.plivo import PLIVO
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.numbers.numbering_plan import country_of
from maskline.domain.phone_numbers import digits, read_number

Record = Mapping[str, Any]

# The most that a list gives at once.
_PAGE = 20
_METHODS = {"answer_method": "POST", "hangup_method": "POST"}


class NumberDesk:
    """The desk; see Desk. A number has no webhooks of its own: its application has them."""

    def rented(self, account: CarrierAccount, urls: CallUrls) -> Iterator[RentedNumber]:
        """Numbers come without a plus, and their country by its name: it is told by the number."""
        ours = {_id_of(one) for one in _listed(account, "Application") if _is_ours(one, urls)}
        for record in _listed(account, "Number"):
            number = read_number(str(record.get("number", "")))
            if number:
                application = str(record.get("application") or "").rstrip("/").rpartition("/")[2]
                yield RentedNumber(
                    number,
                    digits(number),
                    country_of(number),
                    takes_calls=record.get("voice_enabled") is not False,
                    is_configured=application in ours,
                )

    def configure(self, account: CarrierAccount, number: RentedNumber, urls: CallUrls) -> None:
        """Assign our application to a number; it is made for the first one."""
        application = {"app_id": _application(account, urls)}
        _ask(account, "POST", f"Number/{number.reference}/", application)


def _application(account: CarrierAccount, urls: CallUrls) -> str:
    """Return the id of an application with our URLs, else of the one of our name, with them."""
    name = f"Maskline-{urls.account_id}"
    wanted = {**PLIVO.application_urls(urls), **_METHODS}
    found = list(_listed(account, "Application"))
    for one in found:
        if _is_ours(one, urls):
            return _id_of(one)
    for one in found:
        if one.get("app_name") == name:
            _ask(account, "POST", f"Application/{_id_of(one)}/", wanted)
            return _id_of(one)
    return str(_ask(account, "POST", "Application/", {"app_name": name, **wanted})["app_id"])


def _id_of(application: Record) -> str:
    return str(application.get("app_id") or "")


def _is_ours(application: Record, urls: CallUrls) -> bool:
    wanted = {**PLIVO.application_urls(urls), **_METHODS}
    return all(application.get(name) == value for name, value in wanted.items())


def _listed(account: CarrierAccount, what: str) -> Iterator[Record]:
    offset = 0
    while True:
        query = urlencode({"limit": _PAGE, "offset": offset})
        found = _ask(account, "GET", f"{what}/?{query}")["objects"]
        yield from found
        if len(found) < _PAGE:
            return
        offset += _PAGE


def _ask(account: CarrierAccount, method: str, path: str, content: Record | None = None) -> Record:
    url = f"{PLIVO.account_url(account)}/{path}"
    return checked(rest.ask(PLIVO.question(account, method, url, content))).content or {}


DESK: Desk = NumberDesk()
