"""The destinations of an account's sessions, and the refusal of a party outside them."""

from maskline.domain.accounts import Account
from maskline.domain.errors import InvalidParameterError
from maskline.domain.numbers.destinations import Destinations, countries_of
from maskline.domain.numbers.numbering_plan import objection
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


def require_callable(account: Account, party: E164, role: Role, destinations: Destinations) -> None:
    """Raise InvalidParameterError naming the party's field if the account may not call it.

    A call to one of its own virtual numbers would come back to us, and be dialled again. An account
    without countries has no numbers either, and is refused for that.
    """
    if not party:
        return
    field = f"{role}_party"
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
        raise InvalidParameterError(field, f"Invalid parameter. {field} is {found}")
