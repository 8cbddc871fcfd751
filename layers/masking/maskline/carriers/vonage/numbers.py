"""The numbers that an account rents at Vonage, and the application that takes their calls.

A number has no webhooks of its own: it is linked to an application, which has them for all of its
numbers. Source: the Numbers API and the Application API, version 2.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from maskline.carriers import rest
from maskline.carriers.desk import CarrierApiError, Desk, RentedNumber, content_of
from maskline.carriers.urls import CallUrls
from maskline.carriers.vonage import API_SECRET, APPLICATION_ID, VONAGE
from maskline.domain.accounts import CarrierAccount
from maskline.domain.phone_numbers import digits, read_number

_PAGE = 100
# Where the numbers are, whichever host or region of the carrier's has the calls.
_NUMBERS_URL = "https://rest.nexmo.com"
_THEIRS = (".nexmo.com", ".vonage.com")


class NumberDesk:
    """The desk; see Desk."""

    def rented(self, account: CarrierAccount, urls: CallUrls) -> Iterator[RentedNumber]:
        application_id = _application_id(account)
        is_ours = _is_ours(_application(account), urls)
        known = 0
        for page in count(1):
            query = urlencode({"size": _PAGE, "index": page})
            found = _asked(account, "GET", f"{_numbers_url(account)}/account/numbers?{query}")
            listed = found.get("numbers", [])
            for one in listed:
                number = read_number(f"+{one.get('msisdn', '')}")
                if number:
                    yield RentedNumber(
                        number,
                        str(one["msisdn"]),
                        str(one.get("country", "")),
                        takes_calls="VOICE" in one.get("features", ()),
                        is_configured=is_ours and one.get("app_id") == application_id,
                    )
            known += len(listed)
            if not listed or known >= found.get("count", 0):
                return

    def configure(self, account: CarrierAccount, number: RentedNumber, urls: CallUrls) -> None:
        """Give the application our URLs, unless it has them, and link the number to it."""
        application = _application(account)
        if not _is_ours(application, urls):
            _asked(account, "PUT", _application_url(account), _with(application, urls))
        link = {
            "country": number.country,
            "msisdn": digits(number.number),
            "app_id": _application_id(account),
        }
        url = f"{_numbers_url(account)}/number/update"
        answer = content_of(rest.ask(rest.form_question("POST", url, _key(account), link)))
        if str(answer.get("error-code")) != "200":
            raise CarrierApiError("the carrier did not link the number")


def _webhooks(urls: CallUrls) -> dict[str, dict[str, str]]:
    given = VONAGE.application_urls(urls).items()
    return {name: {"address": url, "http_method": "POST"} for name, url in given}


def _is_ours(application: Mapping[str, Any], urls: CallUrls) -> bool:
    voice = application.get("capabilities", {}).get("voice", {})
    has = voice.get("webhooks", {})
    return voice.get("signed_callbacks") is True and all(
        {key: has.get(name, {}).get(key) for key in webhook} == webhook
        for name, webhook in _webhooks(urls).items()
    )


def _with(application: Mapping[str, Any], urls: CallUrls) -> dict[str, Any]:
    """Return an application as it is, with our webhooks: an update replaces all of it."""
    capabilities = application.get("capabilities", {})
    voice = capabilities.get("voice", {})
    webhooks = {**voice.get("webhooks", {}), **_webhooks(urls)}
    ours = {**voice, "webhooks": webhooks, "signed_callbacks": True}
    return {
        **{name: value for name, value in application.items() if name not in ("id", "_links")},
        "capabilities": {**capabilities, "voice": ours},
    }


def _application(account: CarrierAccount) -> dict[str, Any]:
    return _asked(account, "GET", _application_url(account))


def _application_url(account: CarrierAccount) -> str:
    return f"{account.api_url}/v2/applications/{quote(_application_id(account), safe='')}"


def _application_id(account: CarrierAccount) -> str:
    return account.secrets[APPLICATION_ID][0]


def _numbers_url(account: CarrierAccount) -> str:
    host = urlsplit(account.api_url).hostname or ""
    return _NUMBERS_URL if host.endswith(_THEIRS) else account.api_url


def _asked(
    account: CarrierAccount, method: str, url: str, content: object = None
) -> dict[str, Any]:
    return content_of(rest.ask(rest.json_question(method, url, _key(account), content)))


def _key(account: CarrierAccount) -> str:
    return rest.basic(account.auth_id, account.secrets[API_SECRET][0])


DESK: Desk = NumberDesk()
