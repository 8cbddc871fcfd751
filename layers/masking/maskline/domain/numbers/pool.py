"""Virtual numbers: an account's pool of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
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
    """A number that an account rents from a carrier. `added_at` fixes its place in the order.

    `retired_at` is when it was retired (epoch ms), 0 while it is active.
    """

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
    retired_at: int = 0


# A request may have chosen the number just before it was retired, and write its session after; the
# index of the number's routes shows that moments later. Both together take by far less.
RELEASE_WAIT_MS = 5 * 60_000


def as_carriers_are(
    numbers: Iterable[VirtualNumber], unhealthy_carriers: Collection[str]
) -> list[VirtualNumber]:
    """The numbers, those of an unhealthy carrier as unhealthy as if each were so itself."""
    return [
        replace(number, health=NumberHealth.UNHEALTHY)
        if number.carrier in unhealthy_carriers
        else number
        for number in numbers
    ]


def with_status(number: VirtualNumber, status: NumberStatus, now: int) -> VirtualNumber:
    """The number, active or retired from now on; one that is retired already stays as it is."""
    if number.status is status:
        return number
    retired_at = now if status is NumberStatus.RETIRED else 0
    return replace(number, status=status, retired_at=retired_at)


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
