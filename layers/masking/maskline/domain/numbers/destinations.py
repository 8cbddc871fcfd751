"""The countries that an account's sessions may call: a stolen token or a lured call earns nothing.

Data only, for the answer path; `numbering_plan.objection` compares a number with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from maskline.domain.numbers.pool import VirtualNumber

ANYWHERE = "*"


class Objection(StrEnum):
    """The reason why a number may not be called, in the words of an error: "first_party is ..."."""

    COUNTRY = "in a country that this account does not call"
    PREMIUM = "a number that is charged above the usual rates"


@dataclass(frozen=True, slots=True)
class Destinations:
    """Countries (ISO alpha-2, `ANYWHERE` for all) that may be called, and whether premium ranges.

    Satellite and other networks of no country count as premium.
    """

    countries: tuple[str, ...]
    allows_premium: bool = False


def countries_of(numbers: Iterable[VirtualNumber], subaccount_id: str) -> tuple[str, ...]:
    """The countries of a subaccount's ("": the main account's) numbers, in use or not."""
    own = {number.country for number in numbers if number.subaccount_id == subaccount_id}
    return tuple(sorted(own))
