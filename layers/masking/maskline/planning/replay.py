"""Sessions on a simulated pool: the allocator is the real one, the table a dictionary."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from maskline.domain.allocation import (
    Allocation,
    Candidates,
    Demand,
    Holdings,
    candidates_for,
    choose_numbers,
)
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.numbers import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Strategy
from maskline.planning.spans import Span, bound, most_at_once


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
        self._held: dict[str, dict[E164, int]] = defaultdict(dict)
        self._candidates: dict[tuple[str, ...], Candidates] = {}

    def create(self, span: Span) -> Allocation:
        """Give a session its numbers. Raises PoolExhaustedError. Sessions come in order of time."""
        candidates = self._candidates_of(span)
        held = [self._held_by(party, span.starts_at) for party in (span.first, span.second)]
        chosen = choose_numbers(candidates, Holdings(*held), self._strategy)
        self._held[span.first][chosen.first.number] = span.reusable_at
        self._held[span.second][chosen.second.number] = span.reusable_at
        return chosen

    def _candidates_of(self, span: Span) -> Candidates:
        """The numbers never change, so neither do the candidates for a pair of countries."""
        countries = span.countries(self._strategy)
        key = tuple(countries.values())
        if key not in self._candidates:
            demand = Demand(subaccount_id="", strategy=self._strategy, countries=countries)
            self._candidates[key] = candidates_for(self._numbers, demand)
        return self._candidates[key]

    def _held_by(self, party: str, now: int) -> dict[E164, int]:
        """What is free again is forgotten: it would only make the next look slower."""
        held = {number: until for number, until in self._held[party].items() if now < until}
        self._held[party] = held
        return held


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
class Outcome:
    """What became of creates.

    `places[country][n]` counts those that took the n-th number of a country, from 1; the later one
    if they took two. So many creates a pool of n - 1 would have refused.
    """

    created: int = 0
    refused: int = 0
    places: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    _used: set[VirtualNumber] = field(default_factory=set)

    def numbers_used(self, country: str) -> int:
        """How many numbers of a country were ever taken."""
        return sum(number.country == country for number in self._used)

    def add(self, allocation: Allocation) -> None:
        self.created += 1
        self._used |= {allocation.first, allocation.second}
        # The later number of a country, where both are of one, is the one that stays.
        both = sorted((allocation.first, allocation.second), key=lambda one: one.added_at)
        for country, place in {number.country: number.added_at + 1 for number in both}.items():
            self.places[country][place] += 1


def replay(
    spans: Iterable[Span],
    strategy: Strategy,
    *,
    sizes: Mapping[str, int],
    outcome: Outcome | None = None,
) -> Outcome:
    """Create the sessions in order of time on pools of these sizes; a refused one is left out.

    Adds to an outcome if one is given.
    """
    pool, result = SimulatedPool(sizes, strategy), outcome or Outcome()
    for span in spans:
        try:
            result.add(pool.create(span))
        except PoolExhaustedError:
            result.refused += 1
    return result


def ample(spans: Iterable[Span], strategy: Strategy) -> dict[str, int]:
    """Sizes of pools that refuse nobody."""
    busiest = most_at_once(spans, strategy)
    return {country: bound(k, strategy) for country, k in busiest.items()}
