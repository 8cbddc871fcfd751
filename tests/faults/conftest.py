"""One engine per module, within this process; at the end, how much was explored."""

from collections.abc import Iterator

import pytest

from local.engine import Engine
from tests.faults.engine import engine_at_hand
from tests.faults.exploration import explored, prepare


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Undone after the module: meanwhile every client of AWS in this process leads to it."""
    with engine_at_hand() as running:
        prepare(running)
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, count in explored.items():
        terminalreporter.write_line(f"{what}: {count}")
