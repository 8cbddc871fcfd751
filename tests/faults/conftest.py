"""The engine as the faults need it; at the end, how much was explored."""

from collections.abc import Iterator

import pytest

from local.aws.engine import Engine
from tests.faults.exploration import explored, prepare
from tests.support.sdk_left_out import sdk_left_out


@pytest.fixture
def aws_sdk() -> Iterator[None]:
    with sdk_left_out():
        yield


@pytest.fixture
def engine(engine: Engine) -> Engine:
    prepare(engine)
    return engine


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, count in explored.items():
        terminalreporter.write_line(f"{what}: {count}")
