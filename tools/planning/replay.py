"""Sessions on a simulated pool: the allocator is the real one, the table a dictionary.

A number has one open door at most, live or cooling, and doors come from the far end of the pool.
Sessions of two parties share numbers with doors, and neither is refused for the other.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from maskline.domain.allocation.choice import (
    Allocation,
    Candidates,
    Demand,
    Holdings,
    candidates_for,
    choose_numbers,
)
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Strategy
from tools.planning.spans import Span, bound, most_at_once, most_doors

# Who holds the number of an open door besides its party: whoever calls.
_DOOR = "open door"


class SimulatedPool:
    """Numbers by country, and who holds which until when.

    As in the store, a number is taken from a party until `reusable_at`, whatever became of the
    session, and free again from that instant on.
    """

    def __init__(self, sizes: Mapping[str, int], strategy: Strategy) -> None:
        self._numbers = [
            _number(country, place) for country, size in sizes.items() for place in range(size)
        ]
        self._strategy = strategy
        self._sizes = sizes
        self._held: dict[str, dict[E164, int]] = defaultdict(dict)
        self._candidates: dict[tuple[object, ...], Candidates] = {}

    def create(self, span: Span) -> Allocation:
        """Give a session its numbers. Raises PoolExhaustedError. Sessions come in order of time."""
        candidates = self._candidates_of(span)
        holders = (span.first, _DOOR if span.has_door else span.second)
        held = [self._held_by(holder, span.starts_at) for holder in holders]
        chosen = choose_numbers(candidates, Holdings(*held), self._strategy)
        self._held[holders[0]][chosen.first.number] = span.reusable_at
        self._held[holders[1]][chosen.second.number] = span.reusable_at
        return chosen

    def place_of_door(self, number: VirtualNumber) -> int:
        """From 1, counted from the far end of its country's numbers."""
        return self._sizes[number.country] - number.added_at

    def _candidates_of(self, span: Span) -> Candidates:
        """The numbers never change, so neither do the candidates for a pair of countries."""
        countries = span.countries(self._strategy)
        key = (*countries.values(), span.has_door)
        if key not in self._candidates:
            demand = Demand(subaccount_id="", strategy=self._strategy, countries=countries)
            found = candidates_for(self._numbers, demand)
            self._candidates[key] = _for_a_door(found, self._strategy) if span.has_door else found
        return self._candidates[key]

    def _held_by(self, party: str, now: int) -> dict[E164, int]:
        """Return the numbers that a party holds, and forget those that are free again."""
        held = {number: until for number, until in self._held[party].items() if now < until}
        self._held[party] = held
        return held


def _for_a_door(candidates: Candidates, strategy: Strategy) -> Candidates:
    """The far end first for the number that outsiders dial; both dial it under `shared`."""
    far = candidates.second[::-1]
    return Candidates(far if strategy is Strategy.SHARED else candidates.first, far)


def _number(country: str, place: int) -> VirtualNumber:
    """`added_at` holds its place in its country's pool, and so the order in which it is tried."""
    return VirtualNumber(
        number=E164(f"{country}#{place}"),
        account_id="",
        subaccount_id="",
        carrier="",
        country=country,
        added_at=place,
    )


@dataclass
class Replayed:
    """The results of creates.

    `places[country][n]` counts those that took the n-th number of a country, from 1; the later one
    if they took two. So many creates a pool of n - 1 would have refused. `door_places` counts the
    numbers of open doors likewise, from the far end, and `places` leaves them out.
    """

    created: int = 0
    refused: int = 0
    places: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    door_places: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    _used: set[VirtualNumber] = field(default_factory=set)

    def numbers_used(self, country: str) -> int:
        """Count the numbers of a country that were ever taken."""
        return sum(number.country == country for number in self._used)

    def add(self, allocation: Allocation, *, door_place: int | None = None) -> None:
        self.created += 1
        taken = {allocation.first, allocation.second}
        self._used |= taken
        if door_place is not None:
            self.door_places[allocation.second.country][door_place] += 1
            taken.remove(allocation.second)
        # The later number of a country, where both are of one, is the one that stays.
        in_order = sorted(taken, key=lambda one: one.added_at)
        for country, place in {number.country: number.added_at + 1 for number in in_order}.items():
            self.places[country][place] += 1


def replay(
    spans: Iterable[Span],
    strategy: Strategy,
    *,
    sizes: Mapping[str, int],
    outcome: Replayed | None = None,
) -> Replayed:
    """Create the sessions in order of time on pools of these sizes; a refused one is left out.

    Adds to an outcome if one is given.
    """
    pool, result = SimulatedPool(sizes, strategy), outcome or Replayed()
    for span in spans:
        try:
            chosen = pool.create(span)
        except PoolExhaustedError:
            result.refused += 1
        else:
            place = pool.place_of_door(chosen.second) if span.has_door else None
            result.add(chosen, door_place=place)
    return result


def ample(spans: Collection[Span], strategy: Strategy) -> dict[str, int]:
    """Sizes of pools that refuse nobody."""
    busiest, doors = most_at_once(spans, strategy), most_doors(spans)
    return {country: bound(k, strategy) + doors.get(country, 0) for country, k in busiest.items()}
