"""How many numbers for so rare a refusal: counted where it can be, else on the safe side."""

from collections import Counter
from math import exp, factorial

import pytest

from maskline.domain.sessions.session import Strategy
from tools.planning.need import Need, need
from tools.planning.replay import ample, replay
from tools.planning.traffic import Crowd, Traffic, sessions_of

CREATES = 200_000


def poisson(load: float, count: int) -> float:
    return exp(-load) * load**count / factorial(count)


def places_under(load: float) -> Counter[int]:
    """What that many creates take whose parties hold a Poisson number of sessions already."""
    return Counter({held + 1: round(CREATES * poisson(load, held)) for held in range(100)})


def exact_need(load: float, probability: float) -> int:
    """The smallest n such that a party holds n or more with that probability at most."""
    beyond, size = 1.0, 0
    while beyond > probability:
        beyond -= poisson(load, size)
        size += 1
    return size


@pytest.mark.parametrize("load", [0.2, 1, 4, 12, 40])
def test_what_can_be_counted_is_exact(load: float) -> None:
    found = need(places_under(load), 1e-3)

    assert found == Need(exact_need(load, 1e-3), is_counted=True)


@pytest.mark.parametrize("load", [0.2, 1, 4, 12, 40])
def test_what_cannot_is_on_the_safe_side_and_near(load: float) -> None:
    found, exact = need(places_under(load), 1e-6), exact_need(load, 1e-6)

    assert not found.is_counted
    assert exact <= found.numbers <= exact + 4


def test_simulated_traffic_without_limits_needs_what_queueing_theory_says() -> None:
    """Sessions that arrive as Poisson and wait for nobody: M/G/infinity, whatever their lengths."""
    traffic = Traffic(sessions_per_hour=2000, minutes=60, firsts=Crowd(400), seconds=Crowd(100_000))
    spans = sessions_of(traffic, hours=12, seed=1)
    settled = [span for span in spans if span.starts_at > 5 * 3_600_000]

    outcome = replay(settled, Strategy.PER_PARTY, sizes=ample(settled, Strategy.PER_PARTY))

    places = outcome.places["any"]
    assert places.total() == len(settled)
    assert abs(need(places, 1e-3).numbers - exact_need(5, 1e-3)) <= 1
    assert exact_need(5, 1e-6) - 1 <= need(places, 1e-6).numbers <= exact_need(5, 1e-6) + 4


def test_no_need_is_beyond_what_is_always_enough() -> None:
    assert need(places_under(4), 1e-6, most=12) == Need(12, is_counted=False)


def test_where_everybody_takes_the_first_number_few_are_needed() -> None:
    assert need(Counter({1: 100_000}), 1e-3) == Need(1, is_counted=True)
    assert need(Counter({1: 100_000}), 1e-6) == Need(2, is_counted=False)


def test_a_busy_few_among_many_are_not_overlooked() -> None:
    """One in two hundred creates is of somebody who holds about forty."""
    few = {place: count // 200 for place, count in places_under(40).items()}
    mixed = Counter({1: CREATES}) + Counter(few)

    assert need(mixed, 1e-3).numbers >= 40
    assert need(mixed, 1e-6).numbers >= exact_need(40, 2e-4)


def test_of_a_handful_of_creates_it_is_the_most_that_one_took() -> None:
    assert need(Counter({1: 3, 2: 1}), 1e-3) == Need(2, is_counted=False)
    assert need(Counter(), 1e-3) == Need(0, is_counted=False)
