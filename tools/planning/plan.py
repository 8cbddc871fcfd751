"""The answer: numbers by country and strategy, and how long the present pool lasts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from maskline.domain.sessions.session import Strategy
from tools.planning.growth import lasts_until, monthly_growth
from tools.planning.history import varied
from tools.planning.need import Need, need
from tools.planning.replay import Replayed, ample, replay
from tools.planning.spans import Span, bound, most_at_once, most_doors, most_held
from tools.planning.traffic import Traffic, sessions_of

RARE, RAREST = 1e-3, 1e-6
DOORS = "doors"


@dataclass(frozen=True, slots=True)
class Question:
    """`pool` is the numbers that there are, by country; a country that it leaves out has none.

    It is None if nobody said what there is. `growth` is that of the busiest party's sessions at
    once in a month, None if unknown. `creates` are simulated for each strategy, from `seed`.
    """

    pool: Mapping[str, int] | None
    today: date
    growth: float | None = None
    creates: int = 100_000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of one country that one kind of sessions needs.

    The kind is a strategy, or DOORS: all sessions with an open door, whatever their strategy. `k`
    is the most that the sessions of one party hold at once, live and cooling, or that there are
    doors at once; `is_k_exact` unless it is merely the most that simulated traffic came to. `bound`
    is always enough for k. `always` is enough for whatever may come: it follows from the limits of
    all parties, and is None where somebody has none. `rare` and `rarest` are the needs at one
    refusal in a thousand and in a million creates. `pool` is None if none was given.
    """

    country: str
    kind: str
    k: int
    is_k_exact: bool
    bound: int
    always: int | None
    rare: Need
    rarest: Need
    pool: int | None
    lasts_until: date | None

    @property
    def headroom(self) -> int | None:
        """Numbers of the pool beyond the need at one refusal in a million; negative if it lacks."""
        return None if self.pool is None else self.pool - self.rarest.numbers


@dataclass(frozen=True, slots=True)
class Plan:
    """`creates` were simulated for each strategy; the dates rest on `growth`."""

    lines: Sequence[Line]
    creates: int
    growth: float | None


@dataclass(frozen=True, slots=True)
class _Busiest:
    """k by country, whether it is exact, and the k that no simulated traffic can exceed."""

    k: Mapping[str, int]
    is_exact: bool
    limit: int | None


def plan_traffic(traffic: Traffic, question: Question) -> Plan:
    """From figures. Where both roles have limits k follows from them, and no need is beyond it."""
    hours = question.creates / traffic.sessions_per_hour
    spans = sessions_of(traffic, hours=hours, seed=question.seed)
    limit = traffic.most_at_once
    lines: list[Line] = []
    outcomes = _simulated([spans])
    for strategy, outcome in outcomes.items():
        seen = most_at_once(spans, strategy)
        k = {country: limit or most for country, most in seen.items()}
        busiest = _Busiest(k, is_exact=limit is not None, limit=limit)
        lines += _lines(strategy, outcome.places, busiest, question)
    doors = _Busiest(most_doors(spans), is_exact=False, limit=None)
    lines += _door_lines(outcomes, doors, question)
    return Plan(lines, len(spans), question.growth)


def plan_history(spans: Sequence[Span], question: Question, *, at_once: int = 0) -> Plan:
    """From what was: k is the history's own, the needs are those of others that are like it.

    `at_once` limits the live sessions of a party in those; 0 is no limit. Without a growth in the
    question, it is read from the history.
    """
    if question.growth is None:
        question = replace(question, growth=monthly_growth(spans))
    creates, seed = question.creates, question.seed
    histories = list(varied(spans, creates=creates, at_once=at_once, seed=seed))
    limit = _limit(spans, at_once)
    lines: list[Line] = []
    outcomes = _simulated(histories)
    for strategy, outcome in outcomes.items():
        busiest = _Busiest(most_at_once(spans, strategy), is_exact=True, limit=limit)
        lines += _lines(strategy, outcome.places, busiest, question)
    doors = _Busiest(most_doors(spans), is_exact=True, limit=None)
    lines += _door_lines(outcomes, doors, question)
    return Plan(lines, sum(map(len, histories)), question.growth)


def _limit(spans: Sequence[Span], at_once: int) -> int | None:
    shortest = min((span.ends_at - span.starts_at for span in spans), default=0)
    if not at_once or not shortest:
        return None
    cooloff = max(span.cooloff_ms for span in spans)
    return most_held(at_once, cooloff=cooloff, shortest=shortest)


def _simulated(histories: Sequence[Sequence[Span]]) -> dict[Strategy, Replayed]:
    """All of them, each on an empty pool that refuses nobody."""
    outcomes = {strategy: Replayed() for strategy in Strategy}
    for strategy, outcome in outcomes.items():
        for spans in histories:
            replay(spans, strategy, sizes=ample(spans, strategy), outcome=outcome)
    return outcomes


def _door_lines(
    outcomes: Mapping[Strategy, Replayed], busiest: _Busiest, question: Question
) -> Iterator[Line]:
    """A door takes one number under either strategy. How fast doors become more, nobody said."""
    places = outcomes[Strategy.SHARED].door_places
    return _lines(DOORS, places, busiest, replace(question, growth=None))


def _lines(
    kind: str, places: Mapping[str, Counter[int]], busiest: _Busiest, question: Question
) -> Iterator[Line]:
    """A line for each country that was given numbers."""
    for country in sorted(busiest.k.keys() & places.keys()):
        k = busiest.k[country]
        pool = None if question.pool is None else question.pool.get(country, 0)
        most = bound(busiest.limit, kind) if busiest.limit else None
        rarest = need(places[country], RAREST, most=most)
        yield Line(
            country=country,
            kind=kind,
            k=k,
            is_k_exact=busiest.is_exact,
            bound=bound(k, kind),
            always=most,
            rare=need(places[country], RARE, most=most),
            rarest=rarest,
            pool=pool,
            lasts_until=None if pool is None else _lasts_until(pool, rarest, question),
        )


def _lasts_until(pool: int, rarest: Need, question: Question) -> date | None:
    return lasts_until(pool, rarest.numbers, growth=question.growth, today=question.today)
