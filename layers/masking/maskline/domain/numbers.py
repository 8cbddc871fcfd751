"""Virtual numbers: an account's pool of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from maskline.domain.phone_numbers import E164


class NumberStatus(StrEnum):
    """A retired number takes no new sessions and serves those it has."""

    ACTIVE = "active"
    RETIRED = "retired"


class NumberHealth(StrEnum):
    """An unhealthy number takes no new sessions, and those that it has are moved to others."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class VirtualNumber:
    """A number that an account rents from a carrier. `added_at` fixes its place in the order."""

    number: E164
    account_id: str
    subaccount_id: str
    carrier: str
    country: str
    added_at: int
    status: NumberStatus = NumberStatus.ACTIVE
    health: NumberHealth = NumberHealth.HEALTHY
    alias: str = ""
    fallback_answer_url: str = ""


def pool_for(numbers: Iterable[VirtualNumber], subaccount_id: str) -> list[VirtualNumber]:
    """The numbers that a session of that subaccount ("": the main account) may use, in order.

    The order is stable and new numbers join at the end: first fit packs only over a stable order.
    """
    usable = [
        number
        for number in numbers
        if number.status is NumberStatus.ACTIVE
        and number.health is NumberHealth.HEALTHY
        and number.subaccount_id == subaccount_id
    ]
    return sorted(usable, key=lambda number: (number.added_at, number.number))
