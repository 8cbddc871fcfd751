"""The operator's side of a carrier: the numbers that an account rents there, and their webhooks.

A carrier's package has its desk in a module of its own, which no call ever loads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from maskline.carriers.rest import Answer
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.phone_numbers import E164


class CarrierApiError(Exception):
    """A carrier's API refused a request, or gave no answer. The message names no number."""


def checked(answer: Answer | None) -> Answer:
    """Return the answer to a request that was done. Raises CarrierApiError, and names a status."""
    if answer is None:
        raise CarrierApiError("no answer in time")
    if not answer.is_ok:
        raise CarrierApiError(f"status {answer.status}")
    return answer


def content_of(answer: Answer | None) -> dict[str, Any]:
    """Return the JSON object of an answer that must have one. Raises CarrierApiError."""
    found = checked(answer)
    if found.content is None:
        raise CarrierApiError(f"status {found.status}")
    return found.content


@dataclass(frozen=True, slots=True)
class RentedNumber:
    """A number as its carrier knows it: `reference` is its id there.

    `country` is ISO alpha-2, "" where the carrier does not say; `takes_calls` is False for a number
    that is of no use to us, for messages or faxes alone.
    """

    number: E164
    reference: str
    country: str = ""
    takes_calls: bool = True
    is_configured: bool = False


class Desk(Protocol):
    """`urls` are ours for the account: the answer URL, the fallback and the status URL of calls."""

    def rented(self, account: CarrierAccount, urls: CallUrls) -> Iterator[RentedNumber]:
        """Yield all numbers of the account, page by page. `is_configured`: its webhooks are ours.

        Raises CarrierApiError.
        """
        ...

    def configure(self, account: CarrierAccount, number: RentedNumber, urls: CallUrls) -> None:
        """Have the carrier send a number's webhooks to us. Raises CarrierApiError."""
        ...


def desk(name: str) -> Desk:
    """Return the desk of a carrier, one of carriers.NAMES."""
    found: Desk = import_module(f"maskline.carriers.{name}.numbers").DESK
    return _Careful(found)


@dataclass(frozen=True, slots=True)
class _Careful:
    """A desk; see Desk. An answer that makes no sense is an error of the carrier's API."""

    desk: Desk

    def rented(self, account: CarrierAccount, urls: CallUrls) -> Iterator[RentedNumber]:
        with _making_sense():
            yield from self.desk.rented(account, urls)

    def configure(self, account: CarrierAccount, number: RentedNumber, urls: CallUrls) -> None:
        with _making_sense():
            self.desk.configure(account, number, urls)


@contextmanager
def _making_sense() -> Iterator[None]:
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise CarrierApiError("an answer that makes no sense") from error
