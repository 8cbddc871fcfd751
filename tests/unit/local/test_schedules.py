"""Runs of the local scheduler, which repeats what fails as Lambda does."""

from typing import Any, cast

import pytest

from local.aws import template
from local.aws.declarations import Schedule
from local.aws.runtime import HandlerError, Runtime
from local.sources.schedules import ScheduleRunner


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


@pytest.mark.parametrize(
    ("config", "retries"),
    [
        ({}, 2),
        ({"MaximumRetryAttempts": 1}, 1),
        ({"MaximumRetryAttempts": 0}, 0),
        ({"MaximumEventAgeInSeconds": 60}, 0),
        ({"MaximumEventAgeInSeconds": 61}, 1),
        ({"MaximumEventAgeInSeconds": 180}, 1),
        ({"MaximumEventAgeInSeconds": 181}, 2),
        ({"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 3600}, 1),
    ],
)
def test_lambda_repeats_twice_after_one_and_two_minutes_while_the_event_is_young(
    config: dict[str, int], retries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html."""
    of_the_template = template.resources
    monkeypatch.setattr(
        template,
        "resources",
        lambda kind: (
            {
                "One": {"FunctionName": {"Ref": "CarryOutErasuresFunction"}, **config},
                "Other": {"FunctionName": {"Ref": "ReplaceNumbersFunction"}},
            }
            if kind == "AWS::Lambda::EventInvokeConfig"
            else of_the_template(kind)
        ),
    )

    found = {schedule.function: schedule.retries for schedule in template.schedules()}

    assert found["CarryOutErasuresFunction"] == retries
    assert found["ReplaceNumbersFunction"] == found["ExpireSessionsFunction"] == 2
