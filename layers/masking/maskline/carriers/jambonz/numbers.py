"""The numbers of a jambonz account, and the application that has their calls sent to us."""

from collections.abc import Iterator, Mapping
from typing import Any

from maskline.carriers import rest
from maskline.carriers.desk import Desk, RentedNumber, checked
from maskline.carriers.jambonz import JAMBONZ
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.phone_numbers import read_number

Record = Mapping[str, Any]

_PAGE_SIZE = 100
_POST = {None, "", "POST"}


class _Desk:
    """See Desk. jambonz does not say of what country a number is."""

    def rented(self, account: CarrierAccount, urls: CallUrls) -> Iterator[RentedNumber]:
        """Numbers are kept without a plus. One that is no E.164 number cannot be ours."""
        ours = {one["application_sid"] for one in _applications(account) if _is_ours(one, urls)}
        for record in _listed(account, "PhoneNumbers"):
            number = read_number(str(record.get("number", "")))
            if number and record.get("account_sid") == account.auth_id:
                sid, application = str(record["phone_number_sid"]), record.get("application_sid")
                yield RentedNumber(number, sid, is_configured=application in ours)

    def configure(self, account: CarrierAccount, number: RentedNumber, urls: CallUrls) -> None:
        """Assign our application to a number; it is made for the first one."""
        change = {"application_sid": _application(account, urls)}
        _asked(account, "PUT", f"PhoneNumbers/{number.reference}", change)


def _application(account: CarrierAccount, urls: CallUrls) -> str:
    """Return the id of the application of our name, with our URLs."""
    name = f"Maskline {urls.account_id}"
    hooks = {
        hook: {"url": url, "method": "POST"} for hook, url in JAMBONZ.application_urls(urls).items()
    }
    found = next((one for one in _applications(account) if one.get("name") == name), None)
    if found is None:
        made = {"name": name, "account_sid": account.auth_id, **hooks}
        answer = _asked(account, "POST", "Applications", made)
        return str((answer.content or {})["sid"])
    sid = str(found["application_sid"])
    if not _is_ours(found, urls):
        _asked(account, "PUT", f"Applications/{sid}", hooks)
    return sid


def _applications(account: CarrierAccount) -> list[Record]:
    found = _listed(account, "Applications")
    return [one for one in found if one.get("account_sid") == account.auth_id]


def _is_ours(application: Record, urls: CallUrls) -> bool:
    hooks = {name: application.get(name) or {} for name in JAMBONZ.application_urls(urls)}
    is_posted = all(hook.get("method") in _POST for hook in hooks.values())
    told = {name: hook.get("url") for name, hook in hooks.items()}
    return is_posted and told == JAMBONZ.application_urls(urls)


def _listed(account: CarrierAccount, what: str) -> Iterator[Record]:
    """Yield all of a list, page by page. Releases that know no pages list all at once."""
    page = 1
    while True:
        answer = _asked(account, "GET", f"{what}?page={page}&page_size={_PAGE_SIZE}")
        if answer.listed is not None:
            yield from answer.listed
            return
        found = (answer.content or {})["data"]
        yield from found
        if len(found) < _PAGE_SIZE:
            return
        page += 1


def _asked(
    account: CarrierAccount, method: str, path: str, content: Record | None = None
) -> rest.Answer:
    url = f"{JAMBONZ.base_url(account)}/{path}"
    return checked(rest.ask(JAMBONZ.question(account, method, url, content)))


DESK: Desk = _Desk()
