"""Import: what a carrier says that an account rents there, put into its pool and pointed at us."""

import time
import uuid
from collections.abc import Mapping
from itertools import islice
from typing import Any

from maskline import clock
from maskline.carriers.desk import CarrierApiError, Desk, RentedNumber, desk
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount, Client, Origin
from maskline.domain.errors import InvalidParameterError
from maskline.domain.numbers.importing import (
    Imported,
    ImportedNumber,
    ImportOrder,
    PoolPlace,
    Webhooks,
)
from maskline.domain.numbers.numbering_plan import country_of, parse_number
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.services.numbers import manage
from maskline.store.accounts import accounts
from maskline.store.numbers import pool as numbers

# Of the minute that the function has; a number may take several requests of three seconds.
_RUN_SECONDS = 40.0
_TAKES_NO_CALLS = "takes no calls"


def parse_import(section: Mapping[str, Any]) -> ImportOrder:
    """The order in `section`. Raises InvalidParameterError.

    Shape: {"account", "carrier", "numbers"?: [...], "countries"?: [...], "all"?: true,
    "configure"?: true, "start"?: 0}.
    """
    named = [(text, parse_number(str(text))) for text in section.get("numbers", [])]
    if not all(number for _, number in named):
        raise InvalidParameterError("numbers", "numbers must each have their country code")
    return ImportOrder(
        account_id=str(section.get("account", "")),
        carrier=str(section.get("carrier", "")).lower(),
        numbers=frozenset(number for _, number in named if number),
        countries=frozenset(str(country).upper() for country in section.get("countries", [])),
        takes_all=section.get("all", False) is True,
        configures=section.get("configure", False) is True,
        start=int(section.get("start", 0)),
    )


def import_numbers(order: ImportOrder, base_url: str) -> Imported:
    """Carry out an order as far as the time allows; `base_url` is ours.

    What is right already is left alone. Raises InvalidParameterError for an account or a carrier
    that is not there, and where the carrier does not list its numbers.
    """
    run = _Import(order, base_url)
    try:
        return run.carry_on()
    except CarrierApiError as error:
        reason = f"carrier does not list its numbers: {error}"
        raise InvalidParameterError("carrier", reason) from error


class _Import:
    """One run of an order."""

    def __init__(self, order: ImportOrder, base_url: str) -> None:
        self._order = order
        self._client = _client(order.account_id)
        self._account = _carrier_account(order)
        self._desk: Desk = desk(order.carrier)
        self._urls = CallUrls(base_url, order.carrier, order.account_id)

    def carry_on(self) -> Imported:
        """At least one number further."""
        order, ends_at = self._order, time.monotonic() + _RUN_SECONDS
        found: list[ImportedNumber] = []
        rented = self._desk.rented(self._account, self._urls)
        for one in islice(rented, order.start, None):
            if found and time.monotonic() > ends_at:
                return Imported(tuple(found), order.start + len(found))
            found.append(self._imported(one))
        return Imported(tuple(found), None)

    def _imported(self, rented: RentedNumber) -> ImportedNumber:
        country = rented.country or country_of(rented.number)
        place, note = self._placed(rented, country)
        webhooks = Webhooks.OURS if rented.is_configured else Webhooks.ELSEWHERE
        is_in = place is not PoolPlace.OUT
        if self._order.configures and is_in and not rented.is_configured and not note:
            webhooks, note = self._configured(rented)
        return ImportedNumber(rented.number, country, place, webhooks, note)

    def _placed(self, rented: RentedNumber, country: str) -> tuple[PoolPlace, str]:
        known = numbers.get_number(rented.number)
        if known is not None and known.account_id == self._order.account_id:
            is_there = known.carrier == self._order.carrier
            return PoolPlace.IN, "" if is_there else f"in the pool as {known.carrier}'s"
        if not self._order.wants(rented.number, country):
            return PoolPlace.OUT, "" if rented.takes_calls else _TAKES_NO_CALLS
        if not rented.takes_calls:
            return PoolPlace.OUT, f"not added: {_TAKES_NO_CALLS}"
        [result] = manage.add_numbers(self._client, [self._new(rented.number)])
        if result.is_added:
            return PoolPlace.ADDED, ""
        return PoolPlace.OUT, f"not added: {result.reason}"

    def _new(self, number: E164) -> VirtualNumber:
        return VirtualNumber(
            number=number,
            account_id=self._order.account_id,
            subaccount_id="",
            carrier=self._order.carrier,
            country=country_of(number),
            added_at=clock.now_ms(),
        )

    def _configured(self, rented: RentedNumber) -> tuple[Webhooks, str]:
        try:
            self._desk.configure(self._account, rented, self._urls)
        except CarrierApiError as error:
            return Webhooks.ELSEWHERE, f"webhooks not set: {error}"
        return Webhooks.SET, ""


def _client(account_id: str) -> Client:
    account = accounts.get_account(account_id) if account_id else None
    if account is None or account.parent_id:
        raise InvalidParameterError("account", "account must be a main account that is provisioned")
    return Client(account, Origin(str(uuid.uuid4()), clock.now_ms()))


def _carrier_account(order: ImportOrder) -> CarrierAccount:
    found = accounts.get_carrier_account(order.carrier, order.account_id)
    if found is None:
        reason = "carrier must be one that the account has credentials for"
        raise InvalidParameterError("carrier", reason)
    return found
