"""The dashboard shows what the alarms watch, and nothing that does not exist."""

import json
import re
from typing import Any

from local.aws import template

RESOURCES = template.load_template()["Resources"]
[DASHBOARD] = template.resources("AWS::CloudWatch::Dashboard").values()
WIDGETS: list[dict[str, Any]] = json.loads(DASHBOARD["DashboardBody"]["Fn::Sub"])["widgets"]
METRICS = [metric for widget in WIDGETS for metric in widget["properties"]["metrics"]]
STACK = "${AWS::StackName}"


def test_every_reference_is_to_something_of_the_template() -> None:
    text = DASHBOARD["DashboardBody"]["Fn::Sub"]
    names = {name.split(".")[0] for name in re.findall(r"\$\{([\w.:]+)\}", text)}

    assert {name for name in names if "::" not in name} <= RESOURCES.keys()


def test_our_own_metrics_are_made_by_filters() -> None:
    made = {
        one["MetricTransformations"][0]["MetricName"]
        for one in template.resources("AWS::Logs::MetricFilter").values()
    }

    shown = {metric[1] for metric in METRICS if metric[0] == STACK}

    assert shown <= made
    assert made - shown == {"ItemUnreadable"}


def test_an_operator_finds_what_matters() -> None:
    shown = {(metric[0], metric[1]) for metric in METRICS}

    assert shown >= {
        ("AWS/Lambda", "Duration"),
        ("AWS/Lambda", "IteratorAge"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/DynamoDB", "WriteThrottleEvents"),
        ("AWS/DynamoDB", "TransactionConflict"),
        ("AWS/ApiGateway", "5xx"),
        (STACK, "SweepLate"),
        (STACK, "FreeNumbers"),
    }


def test_widgets_lie_beside_each_other() -> None:
    places = [(widget["x"], widget["y"]) for widget in WIDGETS]

    assert len(set(places)) == len(places)
    assert all(widget["x"] + widget["width"] <= 24 for widget in WIDGETS)
