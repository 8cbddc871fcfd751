"""What the real allocator needs on a simulated pool, whoever comes and goes in whatever order."""

import itertools
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.numbers import numbers_needed, workloads
from maskline.domain.allocation.choice import Allocation
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.sessions.session import Strategy
from tools.planning.replay import SimulatedPool, ample, replay
from tools.planning.spans import Span, bound, most_at_once

COUNTRIES = ("US", "GB")


def country(person: int) -> str:
    return COUNTRIES[person % 2]


@st.composite
def comings_and_goings(draw: st.DrawFn) -> list[Span]:
    """Few people, sessions of any length with any cool-off, and often one right after another."""
    moves = st.tuples(*(st.integers(0, top) for top in (3, 5, 4, 12, 6)))
    spans, now = [], 0
    for wait, first, step, length, cooloff in draw(st.lists(moves, min_size=1, max_size=60)):
        now += wait
        second = (first + 1 + step) % 6
        spans.append(
            Span(
                starts_at=now,
                ends_at=now + length,
                first=f"person {first}",
                second=f"person {second}",
                first_country=country(first),
                second_country=country(second),
                cooloff_ms=cooloff,
            )
        )
    return spans


def parties(span: Span) -> tuple[str, str]:
    return span.first, span.second


def counted_k(spans: list[Span], strategy: Strategy) -> dict[str, int]:
    """k by counting, as each session begins, what is held by then."""
    k: dict[str, int] = defaultdict(int)
    for place, begun in enumerate(spans):
        held = Counter(
            holder
            for span in spans[: place + 1]
            if span is begun or begun.starts_at < span.reusable_at
            for holder in zip(parties(span), span.countries(strategy).values(), strict=True)
        )
        for (_, own), count in held.items():
            k[own] = max(k[own], count)
    return dict(k)


@given(spans=comings_and_goings(), strategy=st.sampled_from(Strategy))
def test_k_is_the_most_that_a_party_holds_at_one_instant(
    spans: list[Span], strategy: Strategy
) -> None:
    assert most_at_once(spans, strategy) == counted_k(spans, strategy)


@given(spans=comings_and_goings())
def test_per_party_uses_exactly_k(spans: list[Span]) -> None:
    k = most_at_once(spans, Strategy.PER_PARTY)

    outcome = replay(spans, Strategy.PER_PARTY, sizes=ample(spans, Strategy.PER_PARTY))

    assert outcome.refused == 0
    assert {own: outcome.numbers_used(own) for own in k} == k


@given(spans=comings_and_goings())
def test_shared_uses_at_most_twice_that_less_one(spans: list[Span]) -> None:
    k = most_at_once(spans, Strategy.SHARED)
    sizes = {own: 2 * most - 1 for own, most in k.items()}

    assert replay(spans, Strategy.SHARED, sizes=sizes).refused == 0


@given(spans=comings_and_goings(), strategy=st.sampled_from(Strategy), size=st.integers(1, 4))
def test_nobody_holds_a_number_twice_at_a_time(
    spans: list[Span], strategy: Strategy, size: int
) -> None:
    pool = SimulatedPool(dict.fromkeys(COUNTRIES, size), strategy)
    held: dict[tuple[str, str], list[Span]] = defaultdict(list)

    for span in spans:
        try:
            allocation = pool.create(span)
        except PoolExhaustedError:
            continue
        for person, number in zip(parties(span), numbers_of(allocation), strict=True):
            held[person, number].append(span)

    for claims in held.values():
        for earlier, later in itertools.pairwise(claims):
            assert earlier.reusable_at <= later.starts_at


@given(spans=comings_and_goings(), strategy=st.sampled_from(Strategy), size=st.integers(1, 4))
def test_the_creates_beyond_a_place_are_those_that_a_smaller_pool_cannot_serve(
    spans: list[Span], strategy: Strategy, size: int
) -> None:
    """Up to the first refusal: from there on the smaller pool has fewer sessions."""
    outcome = replay(spans, strategy, sizes=ample(spans, strategy))
    beyond = any(place > size for places in outcome.places.values() for place in places)

    refused = replay(spans, strategy, sizes=dict.fromkeys(COUNTRIES, size)).refused

    assert (refused > 0) == beyond


def numbers_of(allocation: Allocation) -> tuple[str, str]:
    return allocation.first.number, allocation.second.number


def test_a_number_is_free_from_the_instant_on_at_which_it_may_be_reused() -> None:
    span = Span(starts_at=0, ends_at=10, first="a", second="b", cooloff_ms=5)
    at_14, at_15 = (Span(starts_at=at, ends_at=20, first="a", second="c") for at in (14, 15))

    assert replay([span, at_14], Strategy.SHARED, sizes={"any": 1}).refused == 1
    assert replay([span, at_15], Strategy.SHARED, sizes={"any": 1}).refused == 0


@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_the_worst_order_costs_shared_all_of_its_bound(k: int) -> None:
    spans = workloads.worst_case(k)

    need = numbers_needed.needed("worst case", spans, Strategy.SHARED)

    assert need.k == {"any": k}
    assert need.ample.numbers_used("any") == bound(k, Strategy.SHARED) == 2 * k - 1
    assert replay(spans, Strategy.PER_PARTY, sizes={"any": k}).refused == 0


@pytest.fixture(scope="module")
def trades() -> dict[str, list[Span]]:
    return numbers_needed.realistic(hours=14)


@pytest.mark.parametrize("name", ["food delivery", "ride hailing", "marketplace"])
def test_a_sample_of_each_trade_meets_the_targets(name: str, trades: dict[str, list[Span]]) -> None:
    spans = trades[name]

    shared = numbers_needed.needed(name, spans, Strategy.SHARED)
    per_party = numbers_needed.needed(name, spans, Strategy.PER_PARTY)

    assert shared.ratio <= numbers_needed.SHARED_TARGET
    assert per_party.ratio == 1
    assert numbers_needed.is_met(per_party)
    assert numbers_needed.is_met(shared)
