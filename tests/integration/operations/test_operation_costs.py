"""The table of what every operation costs is what it costs."""

import pytest

from bench.costs import operations, predictions
from bench.costs.day import Row
from bench.costs.session_life import lives_of
from bench.report import RESULTS
from local.aws.engine import Engine


@pytest.fixture(scope="module")
def rows(running_engine: Engine) -> list[Row]:
    running_engine.set_environment(dict(running_engine.environment))
    running_engine.reset()
    return operations.day(running_engine)


def test_the_written_table_holds(rows: list[Row]) -> None:
    """Where a cost changed on purpose, `make bench ONLY=operations` writes the new table."""
    assert operations.table(rows).markdown() in RESULTS.read_text()


def test_what_a_session_costs_is_written_and_within_its_bound(rows: list[Row]) -> None:
    quiet, called = lives_of(dict(rows), told=9)

    assert predictions.costs_table(quiet, called).markdown() in RESULTS.read_text()
    name, is_met = predictions.target(called)
    assert is_met
    assert f"| {name} | yes |" in RESULTS.read_text()


def test_an_answer_a_create_and_a_call_cost_what_they_may(rows: list[Row]) -> None:
    missed = [target for target, is_met in operations.targets(dict(rows)) if not is_met]

    assert missed == []
