"""The table of what every operation costs is what it costs."""

import pytest

from bench import operations
from bench.day import Row
from bench.report import RESULTS
from local.engine import Engine


@pytest.fixture(scope="module")
def rows(running_engine: Engine) -> list[Row]:
    running_engine.set_environment(dict(running_engine.environment))
    running_engine.reset()
    return operations.day(running_engine)


def test_the_written_table_holds(rows: list[Row]) -> None:
    """Where a cost changed on purpose, `make bench ONLY=operations` writes the new table."""
    assert operations.table(rows).markdown() in RESULTS.read_text()


def test_an_answer_and_a_create_cost_what_they_may(rows: list[Row]) -> None:
    missed = [target for target, is_met in operations.targets(dict(rows)) if not is_met]

    assert missed == []
