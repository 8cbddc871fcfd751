"""CloudWatch over a service in this process: the template's metric filters and alarms, judged over
what the functions really log and do. What AWS itself measures (errors and throttles of functions,
5xx answers, queues, the stream's age) is counted where it happens.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError

from local.aws import template
from local.aws.runtime import HandlerError
from local.gateway.messages import HttpResponse
from tests.support.alarm_states import Point, State, actions, judged, metrics_of
from tests.support.disturbances import aws_fails
from tests.support.in_process import Service
from tests.support.log_capture import captured_logs

ALARMS = template.resources("AWS::CloudWatch::Alarm")
FILTERS = template.resources("AWS::Logs::MetricFilter")
FUNCTIONS = template.functions()

_TERM = re.compile(r'\$\.(?P<field>\w+) = (?:"(?P<value>[^"]*)"|\*)')
_WEBHOOKS = "WebhookApiLogGroup"
_FUNCTIONS_LOG = "FunctionsLogGroup"
_API_PATH = "/v1/"
_TABLE = "table"
# By the name of API Gateway's metric: which answers it counts, and of which API.
_ANSWERS = {"4XXError": ("4xx", "api"), "5XXError": ("5xx", "api"), "5xx": ("5xx", _WEBHOOKS)}
[_STAGE] = template.resources("AWS::ApiGatewayV2::Stage").values()
_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
}
# By queue, the mappings that read it.
_READERS = {mapping.source: {mapping.logical_id} for mapping in template.event_source_mappings()}
_THROTTLED: Any = {
    "Error": {"Code": "ThrottlingException", "Message": ""},
    "ResponseMetadata": {"HTTPStatusCode": 400},
}


class Watch:
    """Alarms ring as periods pass: `pass_period` ends one for every alarm, whatever its length.

    Each has one metric after the other judged by `alarm_states`. It rings if what it did last was
    to tell somebody.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._states = dict.fromkeys(ALARMS, State.INSUFFICIENT_DATA)
        self._ringing: set[str] = set()
        self._history: dict[str, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
        # By the logical id of the log group.
        self._lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._since: dict[str, int] = {}
        self._ages: dict[str, int] = {}
        self._broken: dict[str, Callable[[], None]] = {}
        # By queue: what nobody could really put there in a test.
        self.more_messages: Counter[str] = Counter()
        self._lock = RLock()
        self._invoke = service.runtime.invoke
        service.runtime.invoke = self._watched  # type: ignore[method-assign]

    def pass_period(self) -> None:
        for name, alarm in ALARMS.items():
            self._judge(name, alarm)
        self._lines.clear()
        self._counts.clear()
        self._ages.clear()

    def firing(self) -> set[str]:
        """The alarms that somebody was told of, and that have not been well since."""
        return set(self._ringing)

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
                self._counts.update([("4xx", "api"), ("answers", "api")])
            else:
                self._lines[_WEBHOOKS].append(line)
            return HttpResponse.json(429, {"message": "Too Many Requests"})

        with patch.object(self.service, "request", refuse):
            yield

    @contextmanager
    def throttled_table(self) -> Iterator[None]:
        """DynamoDB refuses every request of a function, and counts that."""
        self._counts["ReadThrottleEvents", _TABLE] += 1
        with aws_fails(ClientError(_THROTTLED, "BatchGetItem")):
            yield

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of this period with that `event`."""
        return [line for line in self._lines[_FUNCTIONS_LOG] if line.get("event") == name]

    def _watched(self, logical_id: str, event: Any) -> Any:
        folder = FUNCTIONS[logical_id].folder
        with self._lock:
            self._counts["Invocations", folder] += 1
            self._since.setdefault(folder, self.service.now_ms())
            try:
                answer = self._run(logical_id, event)
            except HandlerError:
                self._counts["Errors", folder] += 1
                self._note_status(event, 500)
                self._note_age(folder)
                raise
            self._note_status(event, (answer or {}).get("statusCode", 200))
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
                self._lines[_FUNCTIONS_LOG] += _json_lines(log.getvalue())

    def _note_status(self, event: Any, status: int) -> None:
        """What API Gateway answers: a client's event has a method, a webhook's a route."""
        if "requestContext" in (event or {}):
            api = "api" if "httpMethod" in event else _WEBHOOKS
            self._counts.update([(f"{status // 100}xx", api), ("answers", api)])

    def _note_age(self, folder: str) -> None:
        """How long the oldest record or message has been waiting for a function."""
        age = self.service.now_ms() - self._since[folder]
        self._ages[folder] = max(age, self._ages.get(folder, 0))

    def _judge(self, name: str, alarm: dict[str, Any]) -> None:
        history = self._history[name]
        for metric_name, metric in metrics_of(alarm).items():
            values = list(self._values(metric))
            point = _STATISTICS[metric["Statistic"]](values) if values else None
            history[metric_name].append(point)
        threshold = float(template.resolve(alarm["Threshold"], {}))
        state = judged(alarm, self._states[name], history, threshold)
        if state is not self._states[name]:
            self._states[name] = state
            self._ringing.discard(name)
            self._ringing |= {name} if actions(alarm, state) else set()

    def _values(self, metric: dict[str, Any]) -> Iterator[float]:
        match metric["Namespace"]:
            case {"Ref": "AWS::StackName"}:
                yield from self._logged(metric["MetricName"])
            case "AWS/Lambda":
                yield from self._of_function(metric)
            case "AWS/SQS":
                yield from self._of_queue(metric)
            case "AWS/ApiGateway":
                hundred, api = _ANSWERS[metric["MetricName"]]
                yield from [self._counts[hundred, api]] if self._counts["answers", api] else []
            case "AWS/DynamoDB":
                yield from self._of_table(metric)

    def _logged(self, metric: str) -> Iterator[float]:
        for properties in FILTERS.values():
            (transformation,) = properties["MetricTransformations"]
            if transformation["MetricName"] == metric:
                lines = self._lines[properties["LogGroupName"]["Ref"]]
                if lines and "DefaultValue" in transformation:
                    yield float(transformation["DefaultValue"])
                for line in lines:
                    yield from counted(properties["FilterPattern"], transformation, line)

    def _of_function(self, metric: dict[str, Any]) -> Iterator[float]:
        """Lambda reports nothing of a function that nobody invokes."""
        folder = FUNCTIONS[metric["Dimensions"][0]["Value"]["Ref"]].folder
        if metric["MetricName"] == "IteratorAge":
            yield from [self._ages[folder]] if folder in self._ages else []
        elif self._counts["Invocations", folder]:
            yield self._counts[metric["MetricName"], folder]

    def _of_table(self, metric: dict[str, Any]) -> Iterator[float]:
        """DynamoDB reports nothing of throttles when there are none."""
        dimensions = {one["Name"] for one in metric["Dimensions"]}
        if count := dimensions == {"TableName"} and self._counts[metric["MetricName"], _TABLE]:
            yield count

    def _of_queue(self, metric: dict[str, Any]) -> Iterator[float]:
        """What SQS reports of a queue, and when: "Available CloudWatch metrics for Amazon SQS"."""
        queue = metric["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        match metric["MetricName"]:
            case "ApproximateNumberOfMessagesVisible":
                yield self._messages(queue, "ApproximateNumberOfMessages")
            case "ApproximateNumberOfMessagesNotVisible" as name:
                count = self._messages(queue, name)
                yield from [count] if count else []
            case "ApproximateAgeOfOldestMessage":
                yield from self._ages_of_messages(queue)
            case "NumberOfMessagesReceived" | "NumberOfEmptyReceives":
                # Those who read it ask it all the time.
                yield from [] if self.service.disabled & _READERS[queue] else [1]

    def _messages(self, queue: str, attribute: str) -> int:
        answer = self.service.engine.client("sqs").get_queue_attributes(
            QueueUrl=self.service.engine.queue_urls[queue], AttributeNames=[attribute]
        )
        return int(answer["Attributes"][attribute]) + self.more_messages[queue]

    def _ages_of_messages(self, queue: str) -> Iterator[float]:
        """Of those that can be received: SQS knows of the others too, but tells nobody here."""
        received = self.service.engine.client("sqs").receive_message(
            QueueUrl=self.service.engine.queue_urls[queue],
            VisibilityTimeout=0,
            AttributeNames=["SentTimestamp"],
        )
        for message in received.get("Messages", []):
            yield (self.service.now_ms() - int(message["Attributes"]["SentTimestamp"])) / 1000


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


def _json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
