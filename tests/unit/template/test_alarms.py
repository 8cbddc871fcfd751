"""Metric filters and alarms of template.yaml: what each counts, and what it makes of no data."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bench.costs.limits import FIFO_QUEUE_HOLDS
from local.aws import template
from maskline.callbacks.attempts import GAPS_SECONDS
from tests.support.alarm_states import expression_of, metrics_of

LAYER_PACKAGE = template.ROOT / "layers" / "masking" / "maskline"

ALARMS = template.resources("AWS::CloudWatch::Alarm")
MAPPINGS = template.event_source_mappings()
TOPIC = [{"Ref": "AlarmTopic"}]
# What a metric math expression of an alarm takes (docs.aws.amazon.com, PutMetricAlarm).
MOST_METRICS = 10

API_LOG = {"Ref": "WebhookApiLogGroup"}
ALL_FILTERS = template.resources("AWS::Logs::MetricFilter")
FILTERS = {name: one for name, one in ALL_FILTERS.items() if one["LogGroupName"] != API_LOG}

every_alarm = pytest.mark.parametrize("alarm", ALARMS.values(), ids=ALARMS.keys())


@every_alarm
def test_alarm_tells_somebody_what_it_means(alarm: dict[str, Any]) -> None:
    assert alarm["AlarmActions"] == TOPIC
    assert alarm["AlarmDescription"]


@every_alarm
def test_alarm_says_what_it_makes_of_no_data(alarm: dict[str, Any]) -> None:
    """What is to be missed tells of INSUFFICIENT_DATA: "breaching" rings before there can be data.

    tests/unit/support/test_alarm_states.py shows both.
    """
    misses = alarm["TreatMissingData"] == "missing"

    assert misses or alarm["TreatMissingData"] == "notBreaching"
    assert alarm.get("InsufficientDataActions", []) == (TOPIC if misses else [])


@every_alarm
def test_no_alarm_waits_for_a_metric_of_the_table_that_is_not_there(alarm: dict[str, Any]) -> None:
    """Alarms on AWS/DynamoDB ignore missing data whatever they say (PutMetricAlarm): they stick."""
    spaces = [metric["Namespace"] for metric in metrics_of(alarm).values()]

    assert "AWS/DynamoDB" not in spaces or "FILL(METRICS(), 0)" in expression_of(alarm)
    assert len(spaces) <= MOST_METRICS


@every_alarm
def test_an_alarm_that_fills_what_is_missing_looks_at_more_than_one_period(
    alarm: dict[str, Any],
) -> None:
    """FILL takes the place of the latest data point as long as that is on its way.

    docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html: M out of N.
    """
    if "FILL" in expression_of(alarm):
        assert alarm["DatapointsToAlarm"] < alarm["EvaluationPeriods"]


def test_the_callback_queue_is_watched_at_half_of_what_it_holds_and_past_all_attempts() -> None:
    fills, waits = ALARMS["CallbackQueueFillsAlarm"], ALARMS["CallbackQueueAlarm"]

    assert fills["Threshold"] == FIFO_QUEUE_HOLDS / 2
    assert 1 < waits["Threshold"] / sum(GAPS_SECONDS) < 1.2


def test_every_mapping_is_missed() -> None:
    """A disabled mapping invokes nothing, and Lambda has no free figure that says so.

    Event source mapping metrics would, but cost as much as ours do:
    docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html. Of a queue SQS reports the
    requests for messages, empty ones too, "during receive operations", and the age of the oldest
    "if the queue contains at least one active message":
    docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """
    metrics = metrics_of(ALARMS["MappingStoppedAlarm"]).values()
    watched = [(one["MetricName"], one["Dimensions"][0]["Value"]) for one in metrics]
    readers = [one for one in MAPPINGS if one.source == template.table_id()]
    orders = ALARMS["CallOrderQueueAlarm"]

    assert watched == [
        *(("Invocations", {"Ref": one.function}) for one in readers),
        ("NumberOfMessagesReceived", {"Fn::GetAtt": ["CallbackQueue", "QueueName"]}),
        ("NumberOfEmptyReceives", {"Fn::GetAtt": ["CallbackQueue", "QueueName"]}),
    ]
    assert orders["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert orders["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["CallOrderQueue", "QueueName"]}
    assert {one.source for one in MAPPINGS} == {
        template.table_id(),
        "CallbackQueue",
        "CallOrderQueue",
    }


def test_nothing_is_paid_for_a_metric_that_counted_nothing() -> None:
    """A custom metric costs 0.30 dollars for each month in which it has data, be it zeros.

    A metric filter's default value is such a zero whenever its group has a line.
    """
    with_zeros = {
        one["MetricTransformations"][0]["MetricName"]
        for one in ALL_FILTERS.values()
        if "DefaultValue" in one["MetricTransformations"][0]
    }

    assert not with_zeros


def test_what_the_api_itself_refuses_is_counted_and_watched() -> None:
    [refused] = (one for one in ALL_FILTERS.values() if one["LogGroupName"] == API_LOG)
    [stage] = template.resources("AWS::ApiGatewayV2::Stage").values()
    [transformation] = refused["MetricTransformations"]

    fields = set(re.findall(r"\$\.(\w+)", refused["FilterPattern"]))

    assert fields <= json.loads(stage["AccessLogSettings"]["Format"]).keys()
    assert transformation["MetricName"] in {alarm.get("MetricName") for alarm in ALARMS.values()}


@pytest.mark.parametrize("metric_filter", FILTERS.values(), ids=FILTERS.keys())
def test_counted_log_line_is_written_and_watched(metric_filter: dict[str, Any]) -> None:
    (event,) = re.findall(r'\$\.event = "(\w+)"', metric_filter["FilterPattern"])
    (transformation,) = metric_filter["MetricTransformations"]

    watched = {alarm.get("MetricName") for alarm in ALARMS.values()}

    assert event in _logged_events()
    assert transformation["MetricName"] in watched


@cache
def _logged_events() -> set[str]:
    """Every `event="..."` that a call in our code passes."""
    files = [*LAYER_PACKAGE.rglob("*.py"), *(template.ROOT / "functions").rglob("*.py")]
    return {event for file in files for event in _events_in(file)}


def _events_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if (
            isinstance(node, ast.keyword)
            and node.arg == "event"
            and isinstance(node.value, ast.Constant)
        ):
            yield str(node.value.value)
