"""Compare the numbers that the allocator uses with the fewest and the most that it may take.

The real allocator on simulated traffic;
tests/integration/allocation/test_numbers_needed.py holds that
the service on the engine chooses the same numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.numbers import workloads
from bench.report import Section, Table
from maskline.domain.sessions.session import Strategy
from tools.planning.replay import Replayed, ample, replay
from tools.planning.spans import Span, bound, most_at_once
from tools.planning.traffic import sessions_of

HOURS = 96
SEED = 20261122
SHARED_TARGET = 1.3
WORST_K = 12
_SPARE = (0, 1, 2)
_WHAT_IS_SHOWN = f"""\
{HOURS} simulated hours of each workload, seed {SEED}. k is the most numbers that the sessions of
one party hold at one instant, live and cooling off: the fewest that could do. Under `shared` the
first party's country decides which number, so k differs by strategy."""
_TARGETS = f"""\
Targets: `per_party` uses k and refuses nothing on a pool of k, everywhere; `shared` uses at most
{SHARED_TARGET} k on the first three workloads, and 2k - 1 everywhere."""


@dataclass(frozen=True)
class Need:
    """The needs of one strategy for a workload. `refused[n]`: with pools of k + n numbers."""

    name: str
    strategy: Strategy
    k: Mapping[str, int]
    ample: Replayed
    refused: Sequence[Replayed]

    @property
    def ratio(self) -> float:
        """Numbers used per number that could do, in the country where that is most."""
        return max(self.ample.numbers_used(country) / k for country, k in self.k.items())

    def rows(self) -> list[list[object]]:
        return [
            [
                self.name,
                self.strategy,
                country,
                k,
                self.ample.numbers_used(country),
                f"{self.ample.numbers_used(country) / k:.2f}",
                bound(k, Strategy.SHARED),
            ]
            for country, k in sorted(self.k.items())
        ]

    def refusals(self) -> list[object]:
        return [
            self.name,
            self.strategy,
            self.ample.created,
            *(one.refused for one in self.refused),
        ]


def needed(name: str, spans: Sequence[Span], strategy: Strategy) -> Need:
    """Play a workload on an ample pool, and on pools of k, k + 1, and k + 2."""
    k = most_at_once(spans, strategy)
    tight = [{country: size + spare for country, size in k.items()} for spare in _SPARE]
    return Need(
        name,
        strategy,
        k,
        replay(spans, strategy, sizes=ample(spans, strategy)),
        [replay(spans, strategy, sizes=sizes) for sizes in tight],
    )


def realistic(hours: float = HOURS) -> dict[str, list[Span]]:
    """The workloads that the target of `shared` is set for."""
    traffics = {
        "food delivery": workloads.FOOD_DELIVERY,
        "ride hailing": workloads.RIDE_HAILING,
        "marketplace": workloads.MARKETPLACE,
    }
    return {name: sessions_of(one, hours=hours, seed=SEED) for name, one in traffics.items()}


def hard() -> dict[str, list[Span]]:
    """Those for which only the bounds are promised: people at their limits, and the worst order.

    Where k is 3, a single number more is a third more.
    """
    at_the_limit = replace(workloads.FOOD_DELIVERY, cooloff_minutes=0)
    return {
        "food delivery, no cool-off": sessions_of(at_the_limit, hours=HOURS, seed=SEED),
        "all equally busy": sessions_of(workloads.EQUALS, hours=HOURS, seed=SEED),
        "worst case": workloads.worst_case(WORST_K),
    }


def measure() -> Section:
    needs = _needs_of(realistic())
    harder = _needs_of(hard())
    everything = [*needs, *harder]
    return Section(
        "Numbers needed",
        [
            _WHAT_IS_SHOWN,
            Table(
                ["workload", "strategy", "country", "k", "used", "used / k", "2k - 1"],
                [row for one in everything for row in one.rows()],
            ),
            "Refused creates where each country has k numbers, or one or two more:",
            Table(
                ["workload", "strategy", "creates", "pool of k", "k + 1", "k + 2"],
                [one.refusals() for one in everything],
            ),
            _TARGETS,
        ],
        is_met=all(map(is_met, everything)) and all(one.ratio <= SHARED_TARGET for one in needs),
    )


def _needs_of(workload: Mapping[str, Sequence[Span]]) -> list[Need]:
    return [
        needed(name, spans, strategy) for name, spans in workload.items() for strategy in Strategy
    ]


def is_met(one: Need) -> bool:
    """Tell if a strategy keeps its bound, and if a pool of that size refuses nobody."""
    within = all(
        one.ample.numbers_used(country) <= bound(k, one.strategy) for country, k in one.k.items()
    )
    is_exact = one.strategy is Strategy.PER_PARTY
    return within and one.ample.refused == 0 and not (is_exact and one.refused[0].refused)
