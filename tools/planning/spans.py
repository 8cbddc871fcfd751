"""Sessions as planning sees them: who, from when until when, and how many at a time."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

from maskline.domain.sessions.session import Role, Strategy

# The pool of sessions without geomatch: any number will do.
ANY = "any"


@dataclass(frozen=True, slots=True)
class Span:
    """A session. Instants are epoch milliseconds.

    `first` and `second` are any names that tell people apart. A country is ISO alpha-2, or ANY.
    `has_door`: nobody is the second party yet, and whoever dials their number reaches the first.
    """

    starts_at: int
    ends_at: int
    first: str
    second: str
    first_country: str = ANY
    second_country: str = ANY
    cooloff_ms: int = 0
    has_door: bool = False

    @property
    def parties(self) -> tuple[str, ...]:
        """Those who are there."""
        return (self.first,) if self.has_door else (self.first, self.second)

    @property
    def reusable_at(self) -> int:
        """The instant from which its numbers may be given to its parties again."""
        return self.ends_at + self.cooloff_ms

    def countries(self, strategy: Strategy) -> dict[Role, str]:
        """The country of each role's number: under `shared`, the first party's decides."""
        own = strategy is Strategy.PER_PARTY
        second = self.second_country if own else self.first_country
        return {Role.FIRST: self.first_country, Role.SECOND: second}


def most_at_once(spans: Iterable[Span], strategy: Strategy) -> dict[str, int]:
    """k by country: the most numbers of it that one party's sessions hold at one instant.

    Live and cooling sessions count. No allocation can do with fewer; `per_party` needs no more,
    `shared` at most 2k - 1.
    """
    claims: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for span in spans:
        for holder in _holders(span, strategy):
            claims[holder].append((span.starts_at, span.reusable_at))
    busiest: dict[str, int] = defaultdict(int)
    for (_, country), claimed in claims.items():
        busiest[country] = max(busiest[country], _peak(claimed))
    return dict(busiest)


def most_doors(spans: Iterable[Span]) -> dict[str, int]:
    """By country, the most open doors at one instant, live and cooling: each has its own number."""
    claims: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for span in spans:
        if span.has_door:
            claims[span.second_country].append((span.starts_at, span.reusable_at))
    return {country: _peak(claimed) for country, claimed in claims.items()}


def _holders(span: Span, strategy: Strategy) -> Iterator[tuple[str, str]]:
    return zip(span.parties, span.countries(strategy).values(), strict=False)


def _peak(claims: list[tuple[int, int]]) -> int:
    """The most at the beginning of a claim, itself included: at no other instant are there more."""
    running: list[int] = []
    peak = 0
    for begins_at, until in sorted(claims, key=lambda claim: claim[0]):
        while running and running[0] <= begins_at:
            heapq.heappop(running)
        heapq.heappush(running, until)
        peak = max(peak, len(running))
    return peak


def most_held(at_once: int, *, cooloff: float, shortest: float) -> int:
    """k for somebody who has at most so many live sessions at a time. Durations are of one unit.

    Where one session follows another in the same of those places, at most cool-off / shortest,
    rounded up, of the earlier ones still cool off.
    """
    return at_once * (1 + ceil(cooloff / shortest))


def bound(k: int, kind: str) -> int:
    """Numbers that are always enough, under a strategy, for a busiest party that holds k at once.

    Of whatever else needs a number each, k do.
    """
    return 2 * k - 1 if kind == Strategy.SHARED else k


class LiveCounts:
    """Sessions begin in order of time."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._ends: list[tuple[int, tuple[str, ...]]] = []

    def has_room(self, party: str, at_once: int) -> bool:
        """Tell if a party may have one more; an `at_once` of 0 is no limit."""
        return not at_once or self._counts[party] < at_once

    def begin(self, span: Span) -> None:
        self._counts.update(span.parties)
        heapq.heappush(self._ends, (span.ends_at, span.parties))

    def end_until(self, now: int) -> None:
        """End the sessions that are over: one that begins at the same instant has their room."""
        while self._ends and self._ends[0][0] <= now:
            self._counts.subtract(heapq.heappop(self._ends)[1])
