"""The numbers of an account, as IncomingPhoneNumbers of the family's API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from maskline.carriers.desk import RentedNumber, content_of
from maskline.carriers.twiml.adapter import TwimlCarrier
from maskline.carriers.twiml.api import Api
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.phone_numbers import read_number

_NUMBERS = "IncomingPhoneNumbers"
_METHODS = {
    "VoiceMethod": "POST",
    "VoiceFallbackMethod": "POST",
    "StatusCallbackMethod": "POST",
}


@dataclass(frozen=True, slots=True)
class IncomingNumbers:
    """The desk; see Desk. What is in `cleared` would go before a number's own URLs."""

    carrier: TwimlCarrier
    cleared: tuple[str, ...] = ("VoiceApplicationSid",)

    def rented(self, account: CarrierAccount, urls: CallUrls) -> Iterator[RentedNumber]:
        api = Api(account, self.carrier.profile)
        wanted = self._wanted(urls)
        url = f"{api.url(_NUMBERS, suffix=self._suffix)}?PageSize=200"
        while url:
            page = content_of(api.get(url))
            for item in page.get("incoming_phone_numbers") or ():
                yield from _number(item, wanted)
            url = _next_url(url, page)

    def configure(self, account: CarrierAccount, number: RentedNumber, urls: CallUrls) -> None:
        api = Api(account, self.carrier.profile)
        url = api.url(_NUMBERS, number.reference, suffix=self._suffix)
        content_of(api.post(url, self._wanted(urls)))

    @property
    def _suffix(self) -> str:
        return self.carrier.profile.dot_json

    def _wanted(self, urls: CallUrls) -> dict[str, str]:
        return {
            **self.carrier.application_urls(urls),
            **_METHODS,
            **dict.fromkeys(self.cleared, ""),
        }


def _number(item: Mapping[str, Any], wanted: Mapping[str, str]) -> Iterator[RentedNumber]:
    number = read_number(str(item.get("phone_number", "")))
    if number is None:
        return
    yield RentedNumber(
        number,
        str(item.get("sid", "")),
        country=str(item.get("country_code") or ""),
        takes_calls=bool((item.get("capabilities") or {}).get("voice", True)),
        is_configured=all(
            str(item.get(_field(name)) or "") == value for name, value in wanted.items()
        ),
    )


def _field(parameter: str) -> str:
    """The field of an answer: VoiceUrl is voice_url."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in parameter).lstrip("_")


def _next_url(url: str, page: Mapping[str, Any]) -> str:
    """The next page has an address below the same host."""
    path = str(page.get("next_page_uri") or "")
    scheme, host = urlsplit(url)[:2]
    return f"{scheme}://{host}{path}" if path.startswith("/") else ""
