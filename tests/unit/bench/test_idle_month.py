"""What an idle deployment costs: as the document says, and within its budget."""

from typing import Any

import pytest

from bench.costs import idle_month
from local.aws import template

MOST_DOLLARS = 10


def dollars(item: str) -> float:
    return next(line.dollars for line in idle_month.charges() if line.item == item)


def test_an_idle_month_costs_at_most_its_budget() -> None:
    assert sum(line.dollars for line in idle_month.charges()) <= MOST_DOLLARS


def test_the_document_says_what_the_template_costs() -> None:
    again = "`PYTHONPATH=layers/masking .venv/bin/python -m bench.costs.idle_month` writes it anew"

    assert idle_month.written() == idle_month.table(), again


def test_somebody_has_looked_at_what_each_kind_of_resource_costs() -> None:
    kinds = {resource["Type"] for resource in template.load_template()["Resources"].values()}

    unknown = {one for one in kinds - idle_month.PRICED if not one.startswith(idle_month.FREE)}

    assert not unknown


@pytest.mark.parametrize(
    ("kind", "added", "item", "more"),
    [
        (
            "AWS::Lambda::Function",
            {"SnapStart": {"ApplyOn": "PublishedVersions"}, "MemorySize": 1024},
            "GB-seconds of kept snapshots",
            3.954,
        ),
        ("AWS::CloudWatch::Alarm", {"MetricName": "Any"}, "metrics of alarms", 0.10),
        (
            "AWS::CloudWatch::Alarm",
            {"Metrics": [{"Expression": "a + b"}, {"MetricStat": {}}, {"MetricStat": {}}]},
            "metrics of alarms",
            0.20,
        ),
        (
            "AWS::Logs::MetricFilter",
            {
                "LogGroupName": {"Ref": "FunctionsLogGroup"},
                "MetricTransformations": [{"MetricName": "Any", "DefaultValue": 0}],
            },
            "custom metrics",
            0.30,
        ),
        (
            "AWS::Logs::MetricFilter",
            {
                "LogGroupName": {"Ref": "WebhookApiLogGroup"},
                "MetricTransformations": [{"MetricName": "Any", "DefaultValue": 0}],
            },
            "custom metrics",
            0.0,
        ),
        ("AWS::KMS::Key", {}, "keys", 1.00),
        ("AWS::SecretsManager::Secret", {}, "secrets", 0.40),
    ],
)
def test_what_is_added_to_the_template_is_charged(
    monkeypatch: pytest.MonkeyPatch, kind: str, added: dict[str, Any], item: str, more: float
) -> None:
    before, resources = dollars(item), template.resources

    def with_one_more(asked: str) -> dict[str, dict[str, Any]]:
        return resources(asked) | ({"Added": added} if asked == kind else {})

    monkeypatch.setattr(template, "resources", with_one_more)

    assert dollars(item) - before == pytest.approx(more, abs=0.001)
