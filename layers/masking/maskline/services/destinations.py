"""Which countries an account's sessions may call, and the refusal of a party elsewhere."""

from maskline.domain.accounts import Account
from maskline.domain.destinations import Destinations, countries_of
from maskline.domain.errors import InvalidParameterError
from maskline.domain.numbering_plan import objection
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Role
from maskline.observability import logger
from maskline.store import numbers


def destinations_of(account: Account, subaccount_id: str) -> Destinations:
    """As the operator says, else the countries of the numbers that the sessions may have."""
    limits = account.limits
    named = limits.destination_countries
    countries = named or countries_of(numbers.get_pool(account), subaccount_id)
    return Destinations(countries, limits.allows_premium)


def require_callable(party: E164, role: Role, destinations: Destinations) -> None:
    """Raise InvalidParameterError naming the party's field if the account may not call it.

    An account without countries has no numbers either, and is refused for that.
    """
    found = objection(party, destinations) if party and destinations.countries else None
    if found is None:
        return
    field = f"{role}_party"
    logger.warning(
        "destination refused", event="destination_refused", field=field, reason=found.name.lower()
    )
    raise InvalidParameterError(field, f"Invalid parameter. {field} is {found}")
