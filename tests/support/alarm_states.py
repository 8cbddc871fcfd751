"""How CloudWatch judges an alarm, missing data and metric math included.

The rules are those of "Configuring how CloudWatch alarms treat missing data" and of PutMetricAlarm:
tests/unit/support/test_alarm_states.py has them with their sources.
"""

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# What a period had of a metric, None if nothing; of several periods, the oldest first.
Point = float | None
Points = Sequence[Point]
Alarm = dict[str, Any]

# The evaluation range holds more data points than are judged: the examples say 5 for 3.
_MORE_POINTS = 2
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}


class State(StrEnum):
    """An alarm's state, by CloudWatch's name."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


def actions(alarm: Alarm, state: State) -> list[Any]:
    """What an alarm does when it comes to a state from another one."""
    names = {State.OK: "OKActions", State.ALARM: "AlarmActions"}
    return list(alarm.get(names.get(state, "InsufficientDataActions"), []))


def metrics_of(alarm: Alarm) -> dict[str, Alarm]:
    """The metrics that an alarm looks at, each with its statistic, by id."""
    if "MetricName" in alarm:
        return {"metric": alarm}
    stats = {one["Id"]: one["MetricStat"] for one in alarm["Metrics"] if "MetricStat" in one}
    return {name: stat["Metric"] | {"Statistic": stat["Stat"]} for name, stat in stats.items()}


def expression_of(alarm: Alarm) -> str:
    """An alarm's metric math; of one on a metric alone, the metric."""
    said = [one["Expression"] for one in alarm.get("Metrics", []) if "Expression" in one]
    return str(said[0]) if said else "metric"


def judged(alarm: Alarm, state: State, history: dict[str, list[Point]], threshold: float) -> State:
    """The state after `state`, with what there was of each metric in the periods since the start.

    Before the start there was nothing.
    """
    wide = int(alarm["EvaluationPeriods"]) + _MORE_POINTS
    latest = {name: ([None] * wide + points)[-wide:] for name, points in history.items()}
    points = _computed(expression_of(alarm), latest)
    breaches = _COMPARISONS[alarm["ComparisonOperator"]]
    bad = [None if point is None else breaches(point, threshold) for point in points]
    return next_state(alarm, state, bad)


def next_state(alarm: Alarm, state: State, bad: Sequence[bool | None]) -> State:
    """The state after `state`, with an evaluation range of data points; a missing one is None."""
    judged_points = int(alarm["EvaluationPeriods"])
    enough = int(alarm.get("DatapointsToAlarm", judged_points))
    there = [point for point in bad if point is not None]
    lacking = judged_points - len(there)
    if lacking <= 0:
        return _either(sum(there[-judged_points:]) >= enough)
    treatment = _treatment(alarm)
    if treatment in {"breaching", "notBreaching"}:
        return _either(sum(there) + lacking * (treatment == "breaching") >= enough)
    if sum(there) >= enough:
        return State.ALARM
    if not all(there):
        return State.OK
    if treatment == "ignore":
        return state
    # Only bad ones, and too few: their first has to be as old as the alarm asks for.
    is_old = there and len(bad) - list(bad).index(True) >= enough
    return State.ALARM if is_old else State.INSUFFICIENT_DATA


def _either(is_bad: bool) -> State:
    return State.ALARM if is_bad else State.OK


def _treatment(alarm: Alarm) -> str:
    spaces = [metric["Namespace"] for metric in metrics_of(alarm).values()]
    said = str(alarm.get("TreatMissingData", "missing"))
    return "ignore" if "AWS/DynamoDB" in spaces else said


@dataclass(frozen=True, slots=True)
class _Series:
    """Arithmetic has a result only where both sides have a data point."""

    points: Points

    def __add__(self, other: "_Series") -> "_Series":
        return self._with(other, operator.add)

    def __mul__(self, other: "_Series") -> "_Series":
        return self._with(other, operator.mul)

    def _with(self, other: "_Series", compute: Callable[[float, float], float]) -> "_Series":
        pairs = zip(self.points, other.points, strict=True)
        return _Series([None if a is None or b is None else compute(a, b) for a, b in pairs])


def _computed(expression: str, latest: dict[str, list[Point]]) -> Points:
    series = {name: _Series(points) for name, points in latest.items()}
    known = {"METRICS": lambda: list(series.values()), "FILL": _filled, "SUM": _sum, **series}
    computed: _Series = eval(expression, {"__builtins__": {}}, known)
    return computed.points


def _filled(each: list[_Series], value: float) -> list[_Series]:
    """The latest period's data point is not there yet when it is asked for."""
    late = [[*one.points[:-1], None] for one in each]
    return [_Series([value if one is None else one for one in points]) for points in late]


def _sum(each: list[_Series]) -> _Series:
    return functools.reduce(operator.add, each)
