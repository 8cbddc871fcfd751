"""The destinations of an account's sessions, and the refusal of a party outside them."""

from dataclasses import dataclass

from maskline.domain.accounts import Account
from maskline.domain.errors import DestinationError, InvalidParameterError
from maskline.domain.numbers.destinations import Destinations, countries_of
from maskline.domain.numbers.numbering_plan import objection, read_as
from maskline.domain.phone_numbers import E164, is_same_phone
from maskline.domain.sessions.session import Role
from maskline.observability import logger
from maskline.store.numbers import pool as numbers


def destinations_of(account: Account, subaccount_id: str) -> Destinations:
    """Return the operator's choice, else the countries of the numbers that sessions may have."""
    limits = account.limits
    named = limits.destination_countries
    countries = named or countries_of(numbers.get_pool(account), subaccount_id)
    return Destinations(countries, limits.allows_premium)


@dataclass(frozen=True, slots=True)
class Named:
    """A party whom a request names, "" for none; `has_plus` says how it wrote the number."""

    role: Role
    party: E164
    has_plus: bool


def require_callable(account: Account, named: Named, destinations: Destinations) -> None:
    """Raise InvalidParameterError naming the party's field if the account may not call it.

    A call to one of its own virtual numbers would come back to us, and be dialled again. An account
    without countries has no numbers either, and is refused for that. Who wrote the number without a
    plus is told how it was read.
    """
    party, field = named.party, f"{named.role}_party"
    if not party:
        return
    if any(is_same_phone(one.number, party) for one in numbers.get_pool(account)):
        reason = f"Invalid parameter. {field} is a virtual number of this account"
        raise InvalidParameterError(field, reason)
    found = objection(party, destinations) if destinations.countries else None
    if found:
        logger.warning(
            "destination refused",
            event="destination_refused",
            field=field,
            reason=found.name.lower(),
        )
        reading = "" if named.has_plus else f": it {read_as(party)}"
        raise DestinationError(field, f"Invalid parameter. {field} is {found}{reading}")
