"""Drives the service as template.yaml declares it, event by event, in the thread of the test.

Nothing runs in the background: the test says what happens, and in which order.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.aws.declarations import EventSourceMapping
from local.aws.engine import Engine
from local.aws.runtime import Runtime
from local.aws.ttl import TtlSweeper
from local.gateway.front import answered
from local.gateway.invocation import Invocation
from local.gateway.messages import HttpRequest, HttpResponse
from local.sources.queues import QueuePoller
from local.sources.schedules import ScheduleRunner
from local.sources.streams import StreamConsumer, StreamReader
from local.stack.seed import Credentials

HOST = "maskline.example.com"
BASE_URL = f"http://{HOST}"


class Poller(QueuePoller):
    """A queue's mapping that works in the thread of the test."""

    def step(self) -> bool:
        batch = self._receive()
        if batch:
            self._count(1)
            self._free.acquire()
            self._work(batch)
        return bool(batch)


class Driver:
    """`credentials` are those of the scenario's account, subaccount and carrier.

    `disabled` are the schedules and event source mappings that stand still, by logical id.
    """

    runtime: Runtime

    def __init__(self, engine: Engine, credentials: Credentials, now_ms: Callable[[], int]) -> None:
        self.engine = engine
        self.credentials = credentials
        self.disabled: set[str] = set()
        self._gateway = engine.deployment.gateway()
        self._sweeper = TtlSweeper(engine, now_ms)
        self._consumers: list[StreamConsumer] = []
        self._pollers: list[QueuePoller] = []
        self._mappings: dict[str, StreamConsumer | QueuePoller] = {}
        self._reader = StreamReader(engine, self._sweeper, self._consumers)

    def connect(self) -> None:
        """Connect the functions to the stream and the queues; `runtime` is there by now."""
        for mapping in self.engine.deployment.mappings:
            if mapping.source == self.engine.deployment.table_id:
                consumer = self._new_consumer(mapping)
                self._consumers.append(consumer)
                self._mappings[mapping.logical_id] = consumer
            else:
                poller = self._new_poller(mapping)
                self._pollers.append(poller)
                self._mappings[mapping.logical_id] = poller

    def _new_consumer(self, mapping: EventSourceMapping) -> StreamConsumer:
        return StreamConsumer(mapping, self.runtime, discard=self._discard)

    def _new_poller(self, mapping: EventSourceMapping) -> QueuePoller:
        return Poller(mapping, self.engine, self.runtime)

    def invoke(self, folder: str, event: Any) -> Any:
        """Return a function's answer to an event. Raises HandlerError if it fails."""
        return self.runtime.invoke_by_folder(folder, event)

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> HttpResponse:
        """Answer a request as API Gateway does: by its routes and by the route's function."""
        named = [("Host", HOST), *(headers or {}).items()]
        return self._answered(HttpRequest(method, target, named, body))

    def _answered(self, request: HttpRequest) -> HttpResponse:
        invocation = self._gateway.invocation(request)
        assert isinstance(invocation, Invocation), f"no route for {request.method} {request.path}"
        return answered(invocation, self.runtime)

    def run_schedules(self) -> None:
        for schedule in self.engine.deployment.schedules:
            if schedule.logical_id not in self.disabled:
                ScheduleRunner(schedule, self.runtime).run_now()

    def collect_expired_items(self) -> int:
        """Do what TTL does some time after an item has expired; return how many items went."""
        return self._sweeper.sweep()

    def carry_on(self) -> None:
        """Let streams and queues work until they have nothing left to do now."""
        while self._was_busy():
            pass

    def try_again(self) -> None:
        """Have what failed and waits for its next attempt come at once."""
        self._release()
        self.carry_on()

    def _release(self) -> None:
        for poller in self._pollers:
            poller.release()

    def _was_busy(self) -> bool:
        """Work once through all; what a queue's function writes is in the stream afterwards."""
        was_busy = False
        while self._reader.step():
            was_busy = True
            self._exhaust(self._consumers)
        # Those of a mapping that was disabled while the stream was read.
        self._exhaust(self._consumers)
        return self._exhaust(self._pollers) or was_busy

    def _exhaust(self, workers: Iterable[StreamConsumer | QueuePoller]) -> bool:
        """Whether one of those that are not disabled had something to do."""
        idle = [self._mappings[name] for name in self.disabled & self._mappings.keys()]
        was_busy = False
        for worker in workers:
            while worker not in idle and worker.step():
                was_busy = True
        return was_busy

    def _discard(self, queue: str, message: str) -> None:
        self.engine.client("sqs").send_message(
            QueueUrl=self.engine.queue_urls[queue], MessageBody=message
        )
