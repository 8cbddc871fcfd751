"""Traffic out of figures: it is what the figures say, and the same again from the same seed."""

from dataclasses import replace
from statistics import mean
from typing import Any

import pytest

from maskline.domain.sessions.session import Strategy
from tools.planning.figures import FiguresError, traffic_from
from tools.planning.spans import most_at_once
from tools.planning.traffic import Crowd, Traffic, sessions_of

FIGURES: dict[str, Any] = {
    "sessions_per_hour": 120,
    "minutes": 30,
    "shortest_minutes": 10,
    "firsts": {"people": 60, "at_once": 3},
    "seconds": {"people": 900, "at_once": 2, "skew": 0.5},
    "countries": {"US": 0.75, "GB": 0.25},
}
HOURS = 100


def traffic(**changes: Any) -> Traffic:
    return traffic_from(FIGURES | changes)


def test_a_seed_makes_the_same_sessions_again() -> None:
    first, again, other = (sessions_of(traffic(), hours=5, seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_sessions_are_as_many_and_as_long_as_the_figures_say() -> None:
    spans = sessions_of(traffic(firsts={"people": 1000}), hours=HOURS, seed=3)
    minutes = [(span.ends_at - span.starts_at) / 60_000 for span in spans]

    assert len(spans) == pytest.approx(120 * HOURS, rel=0.03)
    assert mean(minutes) == pytest.approx(30, rel=0.03)
    assert min(minutes) >= 10
    assert mean(span.first_country == "US" for span in spans) == pytest.approx(0.75, abs=0.02)
    assert all(span.first_country == span.second_country for span in spans)


def test_a_day_has_the_given_profile() -> None:
    hourly = tuple(3.0 if hour == 12 else 1.0 for hour in range(24))

    spans = sessions_of(traffic(hourly=hourly, firsts={"people": 1000}), hours=120, seed=4)

    noons = sum(span.starts_at // 3_600_000 % 24 == 12 for span in spans)
    assert noons / len(spans) == pytest.approx(3 / 26, rel=0.05)


def test_nobody_has_more_live_sessions_than_the_limit() -> None:
    spans = sessions_of(traffic(sessions_per_hour=400, countries={"US": 1}), hours=20, seed=5)

    assert most_at_once(spans, Strategy.SHARED) == {"US": 3}
    assert all(span.first != span.second for span in spans)


def test_parties_of_other_countries_and_of_the_own_side() -> None:
    mixed = traffic(abroad=0.4, among_firsts=0.2)

    spans = sessions_of(mixed, hours=HOURS, seed=6)

    abroad = mean(span.first_country != span.second_country for span in spans)
    assert abroad == pytest.approx(0.4, abs=0.02)
    assert mean("-first-" in span.second for span in spans) == pytest.approx(0.2, abs=0.02)


def test_the_more_skewed_the_more_falls_to_the_first() -> None:
    shares = []
    for skew in (0.0, 0.7, 1.2):
        spans = sessions_of(traffic(firsts={"people": 60, "skew": skew}), hours=40, seed=7)
        shares.append(mean(span.first.endswith("-first-0") for span in spans))

    assert shares == sorted(shares)
    assert shares[2] > 5 * shares[0]


@pytest.mark.parametrize(("cooloff", "k"), [(0, 3), (1, 6), (10, 6), (11, 9), (60, 21)])
def test_k_follows_from_the_limits(cooloff: float, k: int) -> None:
    crowded = traffic(sessions_per_hour=400, cooloff_minutes=cooloff)

    assert crowded.most_at_once == k
    spans = sessions_of(crowded, hours=8, seed=8)
    assert max(most_at_once(spans, Strategy.PER_PARTY).values()) <= k


def test_the_k_of_the_limits_can_come_about() -> None:
    """Sessions of the shortest length, one right after another in each of three places."""
    back_to_back = replace(traffic(), cooloff_minutes=25, minutes=10.000001)
    alone = replace(back_to_back, firsts=Crowd(2, at_once=3), sessions_per_hour=4000)

    spans = sessions_of(alone, hours=3, seed=9)

    assert max(most_at_once(spans, Strategy.PER_PARTY).values()) == alone.most_at_once == 12


@pytest.mark.parametrize("role", ["firsts", "seconds"])
def test_without_a_limit_no_k_follows(role: str) -> None:
    assert traffic(**{role: {"people": 5}}).most_at_once is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"sessions": 3}, "sessions"),
        ({"sessions_per_hour": 0}, "sessions_per_hour"),
        ({"minutes": 10}, "shortest_minutes"),
        ({"shortest_minutes": 0}, "shortest_minutes"),
        ({"cooloff_minutes": -1}, "cooloff_minutes"),
        ({"countries": {"US": 0.5}}, "countries"),
        ({"abroad": 2}, "abroad"),
        ({"among_firsts": -1}, "among_firsts"),
        ({"hourly": [1, 2]}, "hourly"),
        ({"hourly": [0] * 24}, "hourly"),
        ({"firsts": {}}, "firsts"),
        ({"firsts": {"people": 0}}, "firsts"),
        ({"seconds": {"people": 3, "many": 4}}, "seconds"),
    ],
)
def test_wrong_figures_are_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(FiguresError, match=named):
        traffic(**changes)


@pytest.mark.parametrize("name", ["sessions_per_hour", "minutes", "firsts", "seconds"])
def test_a_missing_figure_is_named(name: str) -> None:
    with pytest.raises(FiguresError, match=f"missing: {name}"):
        traffic_from({key: value for key, value in FIGURES.items() if key != name})


def test_a_missing_table_of_people_is_shown_by_an_example() -> None:
    with pytest.raises(FiguresError, match=r"\[seconds\]\npeople = 500"):
        traffic_from({key: value for key, value in FIGURES.items() if key != "seconds"})


def test_sessions_may_be_those_of_a_day() -> None:
    by_the_day = {key: value for key, value in FIGURES.items() if key != "sessions_per_hour"}

    assert traffic_from(by_the_day | {"sessions_per_day": 2880}) == traffic()
    with pytest.raises(FiguresError, match="sessions_per_hour or sessions_per_day"):
        traffic(sessions_per_day=2880)
