"""A template's declarations as values: routes, functions, event sources, schedules, queues."""

import re
from dataclasses import dataclass, field
from typing import Any

_RATE_UNITS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Route:
    """`path` as clients write it, in API Gateway's form: `/a/{name}`; `function` is a logical id.

    `stage` is the REST API's, which the path begins with; an HTTP API's routes have none.
    """

    method: str
    path: str
    function: str
    stage: str = ""


@dataclass(frozen=True)
class Function:
    """`environment` may hold references; `timeout` is in seconds."""

    logical_id: str
    folder: str
    handler: str
    timeout: int
    environment: dict[str, Any]
    statements: tuple[dict[str, Any], ...]

    @property
    def module(self) -> str:
        """The name to import the handler from, such as `functions.answer_call.app`."""
        return f"functions.{self.folder}.{self.handler.rpartition('.')[0]}"


@dataclass(frozen=True)
class EventSourceMapping:
    """`source` is the logical id of a table (its stream) or of a queue."""

    logical_id: str
    function: str
    source: str
    batch_size: int
    filters: tuple[str, ...]
    properties: dict[str, Any]

    @property
    def reports_item_failures(self) -> bool:
        return "ReportBatchItemFailures" in self.properties.get("FunctionResponseTypes", [])


@dataclass(frozen=True)
class Schedule:
    """`event` is what the function gets instead of the scheduler's own event, None for that.

    `retries` is how often Lambda invokes a function again that fails, while its event is young.
    """

    logical_id: str
    function: str
    expression: str
    event: Any = None
    retries: int = 0

    @property
    def seconds(self) -> int:
        """The period of a `rate(...)` expression."""
        match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", self.expression)
        if match is None:
            raise ValueError(f"{self.logical_id}: not a rate: {self.expression}")
        return int(match[1]) * _RATE_UNITS[match[2]]


@dataclass(frozen=True)
class Queue:
    """`attributes` are those of SQS CreateQueue, but for the redrive policy."""

    logical_id: str
    attributes: dict[str, str] = field(default_factory=dict)
    dead_letter_queue: str | None = None
    max_receive_count: int | None = None

    @property
    def is_fifo(self) -> bool:
        return self.attributes.get("FifoQueue") == "true"
