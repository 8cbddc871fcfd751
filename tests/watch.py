"""CloudWatch over a service in this process: the template's metric filters and alarms, judged over
what the functions really log and do. What AWS itself measures (errors and throttles of functions,
5xx answers, queues, the stream's age) is counted where it happens.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError

from local import template
from local.http_messages import HttpResponse
from local.runtime import HandlerError
from tests.disturbances import aws_fails
from tests.in_process import Service
from tests.log_capture import captured_logs

ALARMS = template.resources("AWS::CloudWatch::Alarm")
FILTERS = template.resources("AWS::Logs::MetricFilter")
FUNCTIONS = template.functions()

_TERM = re.compile(r'\$\.(?P<field>\w+) = (?:"(?P<value>[^"]*)"|\*)')
_WEBHOOKS = "WebhookApiLogGroup"
_API_PATH = "/v1/"
[_STAGE] = template.resources("AWS::ApiGatewayV2::Stage").values()
_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}
_THROTTLED: Any = {
    "Error": {"Code": "ThrottlingException", "Message": ""},
    "ResponseMetadata": {"HTTPStatusCode": 400},
}


class Watch:
    """Alarms fire as periods pass: `pass_period` ends one for every alarm, whatever its length."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._periods: list[set[str]] = []
        self._lines: list[tuple[str, dict[str, Any]]] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._since: dict[str, int] = {}
        self._ages: dict[str, int] = {}
        self._broken: dict[str, Callable[[], None]] = {}
        self._answered = len(service.exchanges)
        self._lock = RLock()
        self._invoke = service.runtime.invoke
        service.runtime.invoke = self._watched  # type: ignore[method-assign]

    def pass_period(self) -> None:
        self._periods.append({name for name, alarm in ALARMS.items() if self._is_breached(alarm)})
        self._lines.clear()
        self._counts.clear()
        self._ages.clear()
        self._answered = len(self.service.exchanges)

    def firing(self) -> set[str]:
        """The alarms whose latest periods were all bad, as many as they wait for."""
        return {name for name, alarm in ALARMS.items() if self._has_fired(name, alarm)}

    def break_function(self, folder: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        """A function raises before it does anything, as a bad release does, until `repair`.

        `meanwhile` runs each time.
        """
        self._broken[folder] = meanwhile

    def throttle_function(self, folder: str) -> None:
        """Lambda refuses to run a function, until `repair`."""
        self._broken[folder] = lambda: self._counts.update([("Throttles", folder)])

    def repair(self) -> None:
        self._broken.clear()

    @contextmanager
    def full_api(self) -> Iterator[None]:
        """API Gateway takes no request: it counts those of clients and logs the carrier's."""
        form = json.loads(_STAGE["AccessLogSettings"]["Format"])
        line = form | dict.fromkeys(form, "-") | {"status": "429"}

        def refuse(_method: str, target: str, **_: Any) -> HttpResponse:
            if target.startswith(_API_PATH):
                self._counts["4XXError", "api"] += 1
            else:
                self._lines.append((_WEBHOOKS, line))
            return HttpResponse.json(429, {"message": "Too Many Requests"})

        with patch.object(self.service, "request", refuse):
            yield

    @contextmanager
    def throttled_table(self) -> Iterator[None]:
        """DynamoDB refuses every request of a function, and counts that."""
        self._counts["ReadThrottleEvents", "table"] += 1
        with aws_fails(ClientError(_THROTTLED, "BatchGetItem")):
            yield

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of this period with that `event`."""
        return [line for _, line in self._lines if line.get("event") == name]

    def _watched(self, logical_id: str, event: Any) -> Any:
        folder = FUNCTIONS[logical_id].folder
        with self._lock:
            self._counts["Invocations", folder] += 1
            self._since.setdefault(folder, self.service.now_ms())
            try:
                answer = self._run(logical_id, event)
            except HandlerError:
                self._counts["Errors", folder] += 1
                self._note_age(folder)
                raise
            self._note_age(folder)
            del self._since[folder]
            return answer

    def _run(self, logical_id: str, event: Any) -> Any:
        folder = FUNCTIONS[logical_id].folder
        if folder in self._broken:
            self._broken[folder]()
            raise HandlerError(folder)
        with captured_logs() as log:
            try:
                return self._invoke(logical_id, event)
            finally:
                self._lines += [(folder, line) for line in _json_lines(log.getvalue())]

    def _note_age(self, folder: str) -> None:
        """How long the oldest record or message has been waiting for a function."""
        age = self.service.now_ms() - self._since[folder]
        self._ages[folder] = max(age, self._ages.get(folder, 0))

    def _has_fired(self, name: str, alarm: dict[str, Any]) -> bool:
        latest = self._periods[-int(alarm["EvaluationPeriods"]) :]
        return len(latest) == alarm["EvaluationPeriods"] and all(name in one for one in latest)

    def _is_breached(self, alarm: dict[str, Any]) -> bool:
        values = list(self._values(alarm))
        if not values:
            return bool(alarm["TreatMissingData"] == "breaching")
        statistic = _STATISTICS[alarm.get("Statistic", "Sum")]
        threshold = float(template.resolve(alarm["Threshold"], {}))
        return _COMPARISONS[alarm["ComparisonOperator"]](statistic(values), threshold)

    def _values(self, alarm: dict[str, Any]) -> Iterator[float]:
        match alarm.get("Namespace"):
            case {"Ref": "AWS::StackName"}:
                yield from self._logged(alarm["MetricName"])
            case "AWS/Lambda":
                yield from self._of_function(alarm)
            case "AWS/SQS":
                yield from self._of_queue(alarm)
            case "AWS/ApiGateway":
                yield self._counts["4XXError", "api"] + self._answers(400)
            case None:
                metrics = [one["MetricStat"]["Metric"] for one in alarm["Metrics"][1:]]
                yield sum(self._of_service(one) for one in {one["Namespace"] for one in metrics})

    def _of_service(self, namespace: str) -> float:
        """What an alarm over several metrics of a service adds up."""
        if namespace == "AWS/ApiGateway":
            return self._answers(500)
        return self._counts["ReadThrottleEvents", "table"]

    def _answers(self, least: int) -> int:
        """The answers of this period with a status of that hundred."""
        answers = self.service.exchanges[self._answered :]
        return sum(least <= answer.response.status < least + 100 for answer in answers)

    def _logged(self, metric: str) -> Iterator[float]:
        for properties in FILTERS.values():
            (transformation,) = properties["MetricTransformations"]
            if transformation["MetricName"] == metric:
                expected = _writer_of(properties["LogGroupName"]["Ref"])
                for line in (line for writer, line in self._lines if writer == expected):
                    yield from counted(properties["FilterPattern"], transformation, line)

    def _of_function(self, alarm: dict[str, Any]) -> Iterator[float]:
        folder = FUNCTIONS[alarm["Dimensions"][0]["Value"]["Ref"]].folder
        if alarm["MetricName"] == "IteratorAge":
            yield from [self._ages[folder]] if folder in self._ages else []
        elif count := self._counts[alarm["MetricName"], folder]:
            yield count

    def _of_queue(self, alarm: dict[str, Any]) -> Iterator[float]:
        sqs = self.service.engine.client("sqs")
        url = self.service.engine.queue_urls[alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]]
        name = "ApproximateNumberOfMessages"
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        waiting = int(answer["Attributes"][name])
        if alarm["MetricName"] == "ApproximateAgeOfOldestMessage":
            yield from [self._age_of_oldest(url)] if waiting else []
        else:
            yield waiting

    def _age_of_oldest(self, url: str) -> float:
        received = self.service.engine.client("sqs").receive_message(
            QueueUrl=url, VisibilityTimeout=0, AttributeNames=["SentTimestamp"]
        )
        sent = min(int(one["Attributes"]["SentTimestamp"]) for one in received["Messages"])
        return (self.service.now_ms() - sent) / 1000


def counted(pattern: str, transformation: dict[str, Any], line: dict[str, Any]) -> Iterator[float]:
    """What a metric filter makes of a log line."""
    terms = [_TERM.fullmatch(term) for term in pattern.strip("{ }").split(" && ")]
    if all(_holds(term, line) for term in terms):
        value = transformation["MetricValue"]
        yield float(line[value.removeprefix("$.")] if value.startswith("$.") else value)


def _holds(term: re.Match[str] | None, line: dict[str, Any]) -> bool:
    assert term, "a pattern that is not understood here"
    found, wanted = line.get(term["field"]), term["value"]
    return found is not None and wanted in (None, found)


def _writer_of(logical_id: str) -> str:
    """A function's folder, or the webhooks' API."""
    if logical_id == _WEBHOOKS:
        return _WEBHOOKS
    return FUNCTIONS[f"{logical_id.removesuffix('LogGroup')}Function"].folder


def _json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
