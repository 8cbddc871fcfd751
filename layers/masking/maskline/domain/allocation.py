"""Which virtual number a new session gets: pure first fit over facts that the store has read.

People are vertices, live sessions edges, numbers colours. Under `shared` an edge needs a colour
free at both ends (greedy: at most 2k-1 numbers for k sessions of the busiest person). Under
`per_party` each end takes a colour of its own, so k numbers always do.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from maskline.domain.errors import PoolExhaustedError
from maskline.domain.numbers import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Strategy


@dataclass(frozen=True, slots=True)
class Holdings:
    """The numbers that each party cannot be given now."""

    first: Collection[E164]
    second: Collection[E164]


@dataclass(frozen=True, slots=True)
class Allocation:
    """The numbers for a session: the one the first party dials, and the second party's."""

    first: VirtualNumber
    second: VirtualNumber


def choose_numbers(
    pool: Sequence[VirtualNumber], holdings: Holdings, strategy: Strategy
) -> Allocation:
    """First fit over `pool`, which is in pool order. Raises PoolExhaustedError if nothing fits."""
    chosen = (
        _choose_shared(pool, holdings)
        if strategy is Strategy.SHARED
        else _choose_per_party(pool, holdings)
    )
    if chosen is None:
        raise PoolExhaustedError("Number pool exhausted or not available")
    return chosen


def _choose_shared(pool: Sequence[VirtualNumber], holdings: Holdings) -> Allocation | None:
    for number in pool:
        if number.number not in holdings.first and number.number not in holdings.second:
            return Allocation(number, number)
    return None


def _choose_per_party(pool: Sequence[VirtualNumber], holdings: Holdings) -> Allocation | None:
    """Both numbers must belong to one carrier: it is one carrier that bridges the two legs."""
    for carrier in dict.fromkeys(number.carrier for number in pool):
        own = [number for number in pool if number.carrier == carrier]
        first = next((number for number in own if number.number not in holdings.first), None)
        second = next((number for number in own if number.number not in holdings.second), None)
        if first and second:
            return Allocation(first, second)
    return None
