"""Runs of the local scheduler, which repeats what fails as Lambda does."""

from typing import Any, cast

import pytest

from local.declarations import Schedule
from local.runtime import HandlerError, Runtime
from local.schedules import ScheduleRunner


class Failing:
    """A runtime whose function fails so often."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.invoked: list[tuple[str, Any]] = []

    def invoke(self, function: str, event: Any) -> None:
        self.invoked.append((function, event))
        if len(self.invoked) <= self.failures:
            raise HandlerError(function)


@pytest.mark.parametrize(("retries", "failures", "runs"), [(0, 9, 1), (2, 9, 3), (2, 1, 2)])
def test_a_run_that_fails_is_repeated_as_often_as_lambda_would(
    retries: int, failures: int, runs: int
) -> None:
    runtime = Failing(failures)
    schedule = Schedule("EveryMinute", "sweep", "rate(1 minute)", {"part": 2}, retries)

    ScheduleRunner(schedule, cast(Runtime, runtime)).run_now()

    assert runtime.invoked == [("sweep", {"part": 2})] * runs
