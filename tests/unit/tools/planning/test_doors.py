"""What open doors need: a number each while they are live or cool off, from the far end."""

import json
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.errors import PoolExhaustedError
from maskline.domain.sessions.session import Strategy
from tools.planning import __main__ as plan
from tools.planning.figures import FiguresError, traffic_from
from tools.planning.history import read_csv, varied
from tools.planning.need import need
from tools.planning.plan import DOORS, Question, plan_history
from tools.planning.rendering import render
from tools.planning.replay import SimulatedPool, ample, replay
from tools.planning.spans import Span, most_at_once, most_doors
from tools.planning.traffic import sessions_of

FIGURES: dict[str, Any] = {
    "sessions_per_hour": 30,
    "minutes": 60,
    "cooloff_minutes": 30,
    "firsts": {"people": 2000},
    "seconds": {"people": 5000},
    "doors": 0.4,
}
HEADER = "created_at,ended_at,first_party,second_party,cooloff_seconds"


def door(at: int, until: int, *, cooloff: int = 0, first: str = "", country: str = "any") -> Span:
    return Span(
        starts_at=at,
        ends_at=until,
        first=first or f"lone at {at}",
        second="",
        first_country=country,
        second_country=country,
        cooloff_ms=cooloff,
        has_door=True,
    )


def pair(at: int, until: int, first: str = "ann", second: str = "bob") -> Span:
    return Span(starts_at=at, ends_at=until, first=first, second=second)


def places(spans: list[Span], size: int, strategy: Strategy) -> list[tuple[int, int] | None]:
    """The place of each party's number in the pool, None for a refusal."""
    pool, found = SimulatedPool({"any": size}, strategy), []
    for span in spans:
        try:
            chosen = pool.create(span)
        except PoolExhaustedError:
            found.append(None)
        else:
            found.append((chosen.first.added_at, chosen.second.added_at))
    return found


def test_doors_come_from_the_far_end_and_other_sessions_from_the_near_one() -> None:
    spans = [door(0, 9), door(1, 9), pair(2, 9), pair(3, 9, second="cid"), door(4, 9)]

    assert places(spans, 5, Strategy.SHARED) == [(4, 4), (3, 3), (0, 0), (1, 1), (2, 2)]


def test_under_per_party_the_door_is_on_the_number_that_outsiders_dial() -> None:
    spans = [door(0, 9), door(1, 9), door(2, 9, first="lone at 0")]

    assert places(spans, 4, Strategy.PER_PARTY) == [(0, 3), (0, 2), (1, 1)]


@pytest.mark.parametrize("strategy", Strategy)
def test_a_door_shares_a_number_with_sessions_of_others_and_never_with_a_door(
    strategy: Strategy,
) -> None:
    spans = [pair(0, 9), door(1, 9), door(2, 9), pair(3, 9, "cid", "dan")]

    assert places(spans, 1, strategy) == [(0, 0), (0, 0), None, (0, 0)]


@pytest.mark.parametrize("strategy", Strategy)
def test_a_number_is_free_for_a_door_once_the_last_one_has_cooled_off(strategy: Strategy) -> None:
    spans = [door(0, 10, cooloff=5), door(14, 20), door(15, 20)]

    assert places(spans, 1, strategy) == [(0, 0), None, (0, 0)]


def test_a_lone_party_tells_its_own_sessions_apart() -> None:
    spans = [pair(0, 9), door(1, 9, first="ann")]

    assert places(spans, 1, Strategy.SHARED) == [(0, 0), None]
    assert places(spans, 2, Strategy.SHARED) == [(0, 0), (1, 1)]


@st.composite
def doors(draw: st.DrawFn) -> list[Span]:
    """Of different people, of any length and cool-off, often one right after another."""
    moves = st.tuples(*(st.integers(0, top) for top in (3, 12, 6)))
    spans, now = [], 0
    for person, (wait, length, cooloff) in zip(
        count(), draw(st.lists(moves, min_size=1, max_size=40)), strict=False
    ):
        now += wait
        spans.append(door(now, now + length, cooloff=cooloff, first=f"person {person}"))
    return spans


@given(spans=doors(), size=st.integers(1, 5), strategy=st.sampled_from(Strategy))
def test_a_door_is_refused_only_while_every_number_has_one(
    spans: list[Span], size: int, strategy: Strategy
) -> None:
    there: list[Span] = []
    for span, found in zip(spans, places(spans, size, strategy), strict=True):
        at_once = sum(span.starts_at < one.reusable_at for one in there)
        assert (found is None) == (at_once == size)
        there += [span] if found else []


@given(spans=doors(), strategy=st.sampled_from(Strategy))
def test_as_many_numbers_as_doors_at_once_are_needed_and_enough(
    spans: list[Span], strategy: Strategy
) -> None:
    most = most_doors(spans)["any"]

    outcome = replay(spans, strategy, sizes=ample(spans, strategy))

    assert outcome.refused == 0
    assert max(outcome.door_places["any"]) == most
    assert outcome.door_places["any"].total() == len(spans)
    assert replay(spans, Strategy.PER_PARTY, sizes={"any": most}).refused == 0
    if most > 1:
        assert replay(spans, strategy, sizes={"any": most - 1}).refused > 0


def test_each_country_has_doors_of_its_own() -> None:
    spans = [door(0, 9, country="US"), door(1, 9, country="GB"), door(2, 9, country="US")]

    assert most_doors(spans) == {"US": 2, "GB": 1}
    assert most_at_once(spans, Strategy.SHARED) == {"US": 1, "GB": 1}


def erlang_b(numbers: int, load: float) -> float:
    """The share of doors that come when all numbers have one (Erlang, 1917)."""
    blocked = 1.0
    for size in range(1, numbers + 1):
        blocked = load * blocked / (size + load * blocked)
    return blocked


def exact_need(load: float, probability: float) -> int:
    return next(size for size in range(1000) if erlang_b(size, load) <= probability)


@pytest.mark.parametrize(("load", "sessions"), [(1.5, 30_000), (18, 100_000)])
def test_simulated_doors_need_what_erlang_says(load: float, sessions: int) -> None:
    """An hour and its half of cooling: one and a half times as many doors as open in an hour."""
    traffic = traffic_from(FIGURES | {"doors": 1, "sessions_per_hour": load / 1.5})
    spans = sessions_of(traffic, hours=sessions / traffic.sessions_per_hour, seed=1)

    found = replay(spans, Strategy.SHARED, sizes=ample(spans, Strategy.SHARED)).door_places["any"]

    assert found.total() == len(spans)
    assert abs(need(found, 1e-3).numbers - exact_need(load, 1e-3)) <= 1
    assert -1 <= need(found, 1e-6).numbers - exact_need(load, 1e-6) <= 5


def test_so_many_sessions_have_a_door_as_the_figures_say() -> None:
    spans = sessions_of(traffic_from(FIGURES), hours=300, seed=1)

    share = sum(span.has_door for span in spans) / len(spans)
    assert share == pytest.approx(0.4, abs=0.02)
    assert all((span.second == "") == span.has_door for span in spans)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(FiguresError, match="doors"):
        traffic_from(FIGURES | {"doors": share})


def test_in_a_history_whoever_has_no_second_party_has_a_door() -> None:
    """Two doors at once, the first of them cooling; nobody limits how many there are."""
    rows = [
        "2026-01-05T10:00:00Z,2026-01-05T10:30:00Z,ann,,600",
        "2026-01-05T10:35:00Z,2026-01-05T11:00:00Z,bob,,0",
        "2026-01-05T10:40:00Z,2026-01-05T11:00:00Z,cid,dan,0",
    ]
    spans = read_csv([HEADER, *rows])

    assert [span.has_door for span in spans] == [True, True, False]
    assert most_doors(spans) == {"any": 2}
    crowd = [door(0, 9, first=f"{index}") for index in range(40)]
    varieties = varied(crowd, creates=400, at_once=1, seed=1)
    assert max(most_doors(spans)["any"] for spans in varieties) > 10


def test_a_door_is_of_its_party_s_country() -> None:
    header = f"{HEADER},first_country,second_country"
    (span,) = read_csv([header, "2026-01-05T10:00:00Z,2026-01-05T10:30:00Z,ann,,0,GB,US"])

    assert (span.first_country, span.second_country) == ("GB", "GB")


def test_a_plan_has_a_line_for_the_doors_of_each_country() -> None:
    spans = [
        *(door(0, 9, cooloff=9, country="GB", first=f"{index}") for index in range(3)),
        replace(pair(0, 9), first_country="US", second_country="US"),
    ]
    question = Question(pool={"GB": 2, "US": 9}, today=date(2026, 11, 22), creates=300, growth=0.1)

    planned = plan_history(spans, question)

    lines = {(line.country, line.kind): line for line in planned.lines}
    assert set(lines) == {
        ("US", "shared"),
        ("US", "per_party"),
        ("GB", "per_party"),
        ("GB", DOORS),
    }
    gate = lines["GB", DOORS]
    assert (gate.k, gate.is_k_exact, gate.bound, gate.pool) == (3, True, 3, 2)
    assert gate.rarest.numbers > 3
    assert gate.headroom == 2 - gate.rarest.numbers
    assert gate.lasts_until == date(2026, 11, 22)
    assert "doors: no two have one number" in render(planned)


def test_growth_says_nothing_of_doors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(FIGURES | {"pool": {"any": 90}, "growth_per_month": 0.1}))

    assert plan.main([str(path), "--creates", "2000", "--today", "2026-11-22"]) == 0

    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:4]]
    assert [row[1] for row in rows] == ["shared", "per_party", "doors"]
    assert [row[-1] == "-" for row in rows] == [False, False, True]


def test_without_doors_nothing_is_said_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(FIGURES | {"doors": 0}))

    assert plan.main([str(path), "--creates", "500"]) == 0
    assert "door" not in capsys.readouterr().out
