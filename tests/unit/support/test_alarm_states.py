"""The rehearsals' CloudWatch judges alarms as the real one does, by AWS's own examples.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from typing import Any

import pytest
from botocore.session import Session

from tests.support.alarm_states import State, actions, judged, next_state

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
OK, ALARM, INSUFFICIENT = State.OK, State.ALARM, State.INSUFFICIENT_DATA
KEEP = None
# Of the five latest data points: 0 is good, X is bad, - is missing. Then the state by treatment.
THREE_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "0 - - - -": (OK, OK, OK, OK),
    "- - - - -": (INSUFFICIENT, KEEP, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - - - X": (INSUFFICIENT, KEEP, ALARM, OK),
    "X - - - -": (ALARM, KEEP, ALARM, OK),
}
TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - - X": (INSUFFICIENT, KEEP, ALARM, OK),
}
EXAMPLES = [
    (enough, points, treatment, state)
    for enough, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for points, states in table.items()
    for treatment, state in zip(TREATMENTS, states, strict=True)
]
POINTS = {"0": False, "X": True, "-": None}


@pytest.mark.parametrize(("enough", "points", "treatment", "expected"), EXAMPLES)
@pytest.mark.parametrize("before", State)
def test_examples_of_the_user_guide(
    enough: int, points: str, treatment: str, expected: State | None, before: State
) -> None:
    alarm: Any = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": enough,
        "TreatMissingData": treatment,
    }

    after = next_state(alarm, before, [POINTS[point] for point in points.split()])

    assert after == (before if expected is KEEP else expected)


def alarm_on(*, space: str = "AWS/Lambda", expression: str = "", **said: Any) -> Any:
    """It is bad to be 1 or more, once in a period, if nothing else is said."""
    alarm = {
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "AlarmActions": ["wake"],
        **said,
    }
    metric = {"Namespace": space, "MetricName": "Errors"}
    stat = {"MetricStat": {"Metric": metric, "Stat": "Sum", "Period": 60}}
    queries = [{"Id": name, **stat} for name in ("a", "b")]
    math = {"Metrics": [{"Id": "all", "Expression": expression}, *queries]}
    return alarm | (math if expression else metric)


def after(alarm: Any, **history: list[float | None]) -> State:
    """The state at the end of a history, from the alarm's creation on."""
    state = State.INSUFFICIENT_DATA
    length = len(next(iter(history.values())))
    for end in range(1, length + 1):
        so_far = {name: points[:end] for name, points in history.items()}
        state = judged(alarm, state, so_far, alarm["Threshold"])
    return state


def test_an_alarm_on_the_table_ignores_missing_data_whatever_it_says() -> None:
    """AWS says so itself: in the SDK's own documentation of PutMetricAlarm."""
    model = Session().get_service_model("cloudwatch")
    said: Any = model.shape_for("PutMetricAlarmInput")
    assert "<code>ignore</code> missing data" in said.members["TreatMissingData"].documentation
    of_table = alarm_on(space="AWS/DynamoDB", TreatMissingData="notBreaching")
    of_another = alarm_on(TreatMissingData="notBreaching")
    once = [1.0, *[None] * 9]

    assert after(of_table, metric=once) is State.ALARM
    assert after(of_another, metric=once) is State.OK


def test_a_metric_that_is_rarely_there_stays_bad_for_as_long_as_it_is_looked_at() -> None:
    """ "Alarms may repeatedly re-evaluate the last set of data points"."""
    alarm = alarm_on(TreatMissingData="notBreaching")

    assert after(alarm, metric=[1.0, None, None]) is State.ALARM
    assert after(alarm, metric=[1.0, None, None, None]) is State.OK


def test_an_alarm_that_takes_missing_for_bad_rings_as_soon_as_it_is_there() -> None:
    alarm = alarm_on(EvaluationPeriods=5, TreatMissingData="breaching")

    assert after(alarm, metric=[None]) is State.ALARM
    assert after(alarm, metric=[None, 0.0]) is State.OK


def test_an_alarm_that_misses_data_tells_it_once_it_had_some() -> None:
    """InsufficientDataActions: "when this alarm transitions to the INSUFFICIENT_DATA state from
    any other state". A new alarm is in it, and comes to it from none.
    """
    alarm = alarm_on(TreatMissingData="missing", InsufficientDataActions=["tell"])

    assert after(alarm, metric=[None, None]) is State.INSUFFICIENT_DATA
    assert after(alarm, metric=[None, 0.0]) is State.OK
    assert after(alarm, metric=[None, 0.0, None, None, None]) is State.INSUFFICIENT_DATA
    assert actions(alarm, State.INSUFFICIENT_DATA) == ["tell"]
    assert actions(alarm, State.ALARM) == ["wake"]
    assert actions(alarm, State.OK) == []


def test_math_has_a_result_where_every_metric_has_data() -> None:
    alarm = alarm_on(expression="a * b", TreatMissingData="missing")

    assert after(alarm, a=[1.0, 2.0], b=[0.0, 2.0]) is State.ALARM
    assert after(alarm, a=[None, 2.0], b=[2.0, None]) is State.INSUFFICIENT_DATA


def test_a_filled_metric_is_judged_before_its_latest_data_point_has_come() -> None:
    """FILL takes the place of a data point that is only late (using-metric-math.html).

    An alarm of one period never sees another one: hence "M out of N".
    """
    math = "SUM(FILL(METRICS(), 0))"
    blind = alarm_on(expression=math)
    patient = alarm_on(expression=math, EvaluationPeriods=3, DatapointsToAlarm=1)

    assert after(blind, a=[1.0, 1.0, 1.0], b=[None, None, None]) is State.OK
    assert after(patient, a=[1.0, None], b=[None, None]) is State.ALARM
    assert after(patient, a=[1.0, *[None] * 4], b=[None] * 5) is State.OK
