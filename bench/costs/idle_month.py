"""The cost of a month in which nobody calls and no client asks, computed from the template.

PYTHONPATH=layers/masking python -m bench.costs.idle_month    writes docs/performance.md anew

The free tier is left out, but for dashboards: the first three of an account cost nothing for good.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.costs.limits import MEMORY_MB
from bench.costs.prices import OF_A_MILLION, OF_A_MONTH
from bench.report import Table
from local.aws import template
from local.aws.declarations import Schedule

DOCUMENT = template.ROOT / "docs" / "performance.md"
_TABLE = re.compile(r"(?<=<!-- idle month -->\n\n).*?(?=\n\n<!-- /idle month -->)", re.DOTALL)

_SECONDS = 730 * 3600
# Lambda keeps so many pollers on a queue with nothing in it where their number is limited
# (docs.aws.amazon.com, "Scaling behavior for SQS event source mappings"), each of which waits for
# so long.
_POLLERS, _POLL_SECONDS = 5, 20
# DynamoDB asks for the table's key once in so long at most, for each caller (docs.aws.amazon.com,
# "DynamoDB encryption at rest: how it works").
_KEY_SECONDS = 300
# Of a run of the background that finds nothing: guesses on the safe side, but for the units, which
# are counted and rounded up.
_RUN_SECONDS, _RUN_LOG_KB, _RUN_READ_UNITS = 0.05, 0.6, 1.5
# It writes the heartbeat, a unit each time, which each reader of the stream is invoked with.
_BEATING = "ReplaceNumbersFunction"

PRICED = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::Events::Rule",
        "AWS::KMS::Key",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Logs::MetricFilter",
        "AWS::SecretsManager::Secret",
    }
)
# What costs nothing until it is used, or at all. `AWS::ApiGateway` are both kinds of API.
FREE = (
    "AWS::ApiGateway",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::",
    "AWS::Lambda::",
    "AWS::Logs::LogGroup",
    "AWS::SNS::",
    "AWS::SQS::Queue",
)


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the bill: so many of it, at the price of one in US dollars."""

    item: str
    amount: float
    price: float

    @property
    def dollars(self) -> float:
        return self.amount * self.price


def charges() -> list[Charge]:
    """The lines of an idle month's bill, the largest first."""
    lines = [*_monthly(), *_metered()]
    return sorted(lines, key=lambda line: -line.dollars)


def _monthly() -> Iterator[Charge]:
    amounts = {
        "metrics of alarms": sum(
            max(1, sum("MetricStat" in one for one in alarm.get("Metrics", ())))
            for alarm in _resources("AWS::CloudWatch::Alarm")
        ),
        "custom metrics": len(_metrics_alive()),
        "keys": len(_resources("AWS::KMS::Key")),
        "secrets": len(_resources("AWS::SecretsManager::Secret")),
    }
    return (Charge(name, amounts[name], price) for name, price in OF_A_MONTH.items())


def _metered() -> Iterator[Charge]:
    schedules = template.schedules()
    beats = sum(_runs(one) for one in schedules if one.function == _BEATING)
    told = beats * sum(
        one.source == template.table_id() for one in template.event_source_mappings()
    )
    runs = sum(_runs(schedule) for schedule in schedules)
    callers = {schedule.function for schedule in schedules}
    is_fifo = {queue.logical_id: queue.is_fifo for queue in template.queues()}
    sources = [one.source for one in template.event_source_mappings()]
    polled = Counter(is_fifo[source] for source in sources if source in is_fifo)
    amounts = {
        "GB-seconds of kept snapshots": sum(
            _gigabytes(one) for one in _resources("AWS::Lambda::Function") if "SnapStart" in one
        )
        * _SECONDS,
        "SQS FIFO requests": polled[True] * _POLLERS * _SECONDS / _POLL_SECONDS,
        "SQS requests": polled[False] * _POLLERS * _SECONDS / _POLL_SECONDS,
        "Lambda requests": runs + told,
        "Lambda GB-seconds, arm64": sum(
            _runs(one) * _RUN_SECONDS * _gigabytes(_function(one)) for one in schedules
        )
        + told * _RUN_SECONDS * MEMORY_MB / 1024,
        "KB of CloudWatch Logs": (runs + told) * _RUN_LOG_KB,
        "DynamoDB read request units": runs * _RUN_READ_UNITS,
        "DynamoDB write request units": beats,
        "KMS requests": len(callers) * _SECONDS / _KEY_SECONDS,
    }
    return (Charge(name, amount, OF_A_MILLION[name] / 1e6) for name, amount in amounts.items())


def _resources(kind: str) -> list[dict[str, Any]]:
    return [*template.resources(kind).values()]


def _runs(schedule: Schedule) -> float:
    return _SECONDS / schedule.seconds


def _function(schedule: Schedule) -> dict[str, Any]:
    return template.resources("AWS::Lambda::Function")[schedule.function]


def _gigabytes(function: Mapping[str, Any]) -> float:
    return int(function["MemorySize"]) / 1024


def _metrics_alive() -> set[str]:
    """Those of the logs of scheduled functions that are 0 where a line says something else."""
    groups = {
        _function(schedule)["LoggingConfig"]["LogGroup"]["Ref"] for schedule in template.schedules()
    }
    return {
        metric["MetricName"]
        for one in _resources("AWS::Logs::MetricFilter")
        for metric in one["MetricTransformations"]
        if one["LogGroupName"]["Ref"] in groups and "DefaultValue" in metric
    }


def table() -> str:
    """The lines and their sum, in Markdown."""
    lines = charges()
    rows = [
        (line.item, f"{line.amount:,.0f}", _exactly(line.price), f"{line.dollars:.2f}")
        for line in lines
    ]
    rows.append(("in all", "", "", f"{sum(line.dollars for line in lines):.2f}"))
    return Table(("In a month", "How many", "Each", "Dollars"), rows).markdown()


def _exactly(price: float) -> str:
    return f"{price:.10f}".rstrip("0").rstrip(".")


def written(document: Path = DOCUMENT) -> str:
    """The table as it stands in the document. Raises LookupError if there is none."""
    found = _TABLE.search(document.read_text())
    if found is None:
        raise LookupError("the document has no place for the table")
    return found[0]


if __name__ == "__main__":
    DOCUMENT.write_text(DOCUMENT.read_text().replace(written(), table()))
