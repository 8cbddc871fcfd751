"""docs/cool-off.md: what a cool-off costs in numbers is what the planner says."""

import re
import tomllib
from datetime import date

import pytest

from local.aws.template import ROOT
from tools.planning.figures import traffic_from
from tools.planning.plan import Question, plan_traffic

_ROW = re.compile(r"^\| (\d+)(?: minutes)? \| (\d+) \| (\d+) \| ([\d or]+) \|$", re.MULTILINE)
ROWS = _ROW.findall((ROOT / "docs" / "cool-off.md").read_text(encoding="utf-8"))
FIGURES = tomllib.loads((ROOT / "docs" / "planning" / "deliveries.toml").read_text("utf-8"))

_SIMULATED = "0"


def test_there_are_rows() -> None:
    assert [minutes for minutes, *_ in ROWS] == ["0", "15", "30", "60"]


@pytest.mark.parametrize(("minutes", "per_party", "shared", "rarest"), ROWS)
def test_the_table_says_what_the_planner_says(
    minutes: str, per_party: str, shared: str, rarest: str
) -> None:
    """Compare the computed sizes of all rows, and the simulated ones of one row."""
    is_simulated = minutes == _SIMULATED
    figures = {name: FIGURES[name] for name in FIGURES.keys() - {"pool", "growth_per_month"}}
    traffic = traffic_from(figures | {"cooloff_minutes": int(minutes)})

    plan = plan_traffic(
        traffic, Question(None, date(2026, 11, 22), creates=50_000 if is_simulated else 1_000)
    )

    lines = {line.kind: line for line in plan.lines if line.country == "US"}
    assert lines["per_party"].always == int(per_party)
    assert lines["shared"].always == int(shared)
    if not is_simulated:
        return
    found = {lines[kind].rarest.numbers for kind in ("per_party", "shared")}
    assert found == {int(size) for size in rarest.split(" or ")}
