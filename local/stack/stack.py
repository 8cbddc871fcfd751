"""The whole service on one machine, in one process (and the local AWS as its child).

with LocalStack() as stack:                      # a free port, a fresh account, numbers, carrier
    carrier = CarrierSimulator.of(stack.info())
    stack.advance(3600)                          # an hour later: sweeps and schedules have run
    stack.settle()                               # streams and queues have nothing left to do
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from local.aws.deployment import Deployment
from local.aws.engine import Engine
from local.aws.function_log import FunctionLog
from local.aws.runtime import Runtime
from local.aws.ttl import TtlSweeper
from local.gateway.front import HttpFront
from local.gateway.http_api import form_of
from local.gateway.invocation import Invocation
from local.gateway.messages import HttpResponse
from local.phone.api.calls import KeptCalls
from local.phone.api.front import CARRIERS, CarrierApi, carrier_api
from local.phone.api.placing import Placing
from local.phone.api.reading import params_of_text
from local.phone.api.rented import Rented
from local.phone.carrier_call import Carrier
from local.phone.dialects import DIALECTS
from local.phone.placed import PlacedCall
from local.phone.simulator import CarrierSimulator
from local.phone.webhooks import Delivery, Webhook
from local.sources.queues import QueuePoller
from local.sources.schedules import ScheduleRunner
from local.sources.streams import StreamConsumer, StreamReader
from local.sources.worker import Worker
from local.stack.callback_watch import CallbackWatch
from local.stack.carriers import SeededCarrier, seeded
from local.stack.local_api import LocalApi
from local.stack.past import keep_over
from local.stack.seed import Credentials, Urls, information, seed
from local.stack.shifted_clock import ShiftedClock
from local.stack.story import tell, tell_placed
from maskline import clock
from maskline.domain.phone_numbers import E164
from maskline.store.numbers import pool as numbers

SETTLE_SECONDS = 10.0
# What a command that reads the table needs in its environment, besides where the log is.
_OF_THE_TABLE = (
    "TABLE_NAME",
    "DEPLOYMENT_SECRET_ARN",
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
)
# Takes the lines of what happens.
Story = Callable[[str], None]
STARTING = HttpResponse.json(503, {"error": "still starting"})


class LocalStack:
    """`port` 0 takes a free one. An `engine` that is given is emptied first and left running.

    `credentials` are fresh unless given; `environment` overrides the template's variables.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        engine: Engine | None = None,
        credentials: Credentials | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._front = HttpFront(port, on_served=self._tell, local=self._answer_locally)
        self._is_ready = False
        self._urls: Urls = {}
        self._owns_engine = engine is None
        self.engine = engine or Engine()
        self.credentials = credentials or Credentials()
        self.runtime = Runtime(self.engine.deployment)
        self._clock = ShiftedClock()
        self._watch = CallbackWatch(self._say)
        self._log = FunctionLog()
        self._environment = dict(environment or {})
        self._story: Story | None = None
        self.carriers = {row.name: self._carrier_api(row) for row in seeded()}
        self._local_api = LocalApi(self.runtime, self.carriers, self)
        self.sweeper = TtlSweeper(self.engine, self._clock.now_ms)
        self._stream_reader: StreamReader | None = None
        self._stream_consumers: list[StreamConsumer] = []
        self._queue_pollers: list[QueuePoller] = []
        self._schedules: list[ScheduleRunner] = []

    @property
    def url(self) -> str:
        return self._front.url

    @property
    def deployment(self) -> Deployment:
        return self.engine.deployment

    def telling(self, story: Story) -> Self:
        """Give the story a line for each call and each attempt of a callback. Call it first."""
        self._story = story
        return self

    def info(self) -> dict[str, Any]:
        """Build the answer of GET /local/info."""
        known = self.engine.environment
        table = {name: known[name] for name in _OF_THE_TABLE if name in known}
        table["STACK_LOG"] = str(self._log.path)
        return information(self.url, self.credentials, self._urls) | {"table": table}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        self._front.stop()
        workers = self._workers()
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join()
        self._clock.stop()
        if self._story is not None:
            self._watch.stop()
        self._log.stop()
        if self._owns_engine:
            self.engine.stop()

    def advance(self, seconds: float, *, schedules: bool = True) -> dict[str, Any]:
        """Move the service's clock forward; schedules (unless told not to) and sweep run at once.

        Return the new time. Queues keep real time: see `release_messages`.
        """
        self._clock.advance(seconds)
        if schedules:
            self.run_schedules()
        self.sweeper.sweep()
        return self.time()

    def reset(self) -> dict[str, Any]:
        """Set the service's clock back to the real time. What is over by then stays over."""
        keep_over(self.engine, now=self._clock.now_ms(), real=clock.world_ms())
        self._clock.reset()
        return self.time()

    def time(self) -> dict[str, Any]:
        """Return the service's time, and how far it is ahead."""
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        ahead = self._clock.ahead_seconds
        return {"now": now.isoformat(timespec="seconds"), "ahead_seconds": ahead}

    def run_schedules(self) -> None:
        for schedule in self._schedules:
            schedule.run_now()

    def release_messages(self) -> None:
        """Spare the wait of every queued message that failed: its next attempt comes at once."""
        for poller in self._queue_pollers:
            poller.release()

    def settle(self, timeout: float = SETTLE_SECONDS) -> None:
        """Wait until every change so far has gone through streams and queues.

        A message that waits for its next attempt does not count. TimeoutError after `timeout` s.
        """
        deadline = time.monotonic() + timeout
        in_turn = [self._stream_reader, *self._stream_consumers, *self._queue_pollers]
        # What comes of an order in a queue goes through the stream, and a queue, once more.
        for worker in (*in_turn, *in_turn):
            if worker is not None and not worker.wait_until_idle(deadline):
                raise TimeoutError(f"{worker.name} is still busy after {timeout} s")

    def _start(self) -> None:
        if self._owns_engine:
            self.engine.start()
        else:
            self.engine.reset()
        self.engine.set_environment(
            {
                "ALLOW_LOOPBACK_CALLBACKS": "true",
                "API_BASE_URL": self.url,
                **self._environment,
            }
        )
        self._clock.start()
        self._log.start()
        if self._story is not None:
            self._watch.start()
        self.runtime.load()
        self._front.start(self.deployment.gateway(), self.runtime)
        self._urls = seed(self.url, self.runtime, self.credentials, self._api_url)
        self._create_workers()
        for worker in self._workers():
            worker.start()
        self._is_ready = True

    def _create_workers(self) -> None:
        for mapping in self.deployment.mappings:
            if mapping.source == self.deployment.table_id:
                self._stream_consumers.append(
                    StreamConsumer(mapping, self.runtime, discard=self._discard)
                )
            else:
                self._queue_pollers.append(QueuePoller(mapping, self.engine, self.runtime))
        self._stream_reader = StreamReader(self.engine, self.sweeper, self._stream_consumers)
        self._schedules = [
            ScheduleRunner(schedule, self.runtime) for schedule in self.deployment.schedules
        ]

    def _workers(self) -> list[Worker]:
        if self._stream_reader is None:
            return []
        return [
            self.sweeper,
            *self._schedules,
            self._stream_reader,
            *self._stream_consumers,
            *self._queue_pollers,
        ]

    def _discard(self, queue: str, message: str) -> None:
        self.engine.client("sqs").send_message(
            QueueUrl=self.engine.queue_urls[queue], MessageBody=message
        )

    def _api_url(self, name: str) -> str:
        return f"{self.url}{carrier_api(name)}"

    def _carrier_api(self, row: SeededCarrier) -> CarrierApi:
        def carrier() -> Carrier:
            return CarrierSimulator.of(self.info(), carrier=row.name).carrier

        return CarrierApi(
            dialect=DIALECTS[row.name],
            account={**self.credentials.at(row.name), "api_url": self._api_url(row.name)},
            placing=Placing(carrier, self._tell_placed),
            calls=KeptCalls(self._clock.now_ms),
            rented=Rented(row.rented),
        )

    def _say(self, line: str) -> None:
        if self._story is not None:
            self._story(line)

    def _tell_placed(self, call: PlacedCall) -> None:
        self._say(tell_placed(call))

    def _answer_locally(self, request: Any) -> HttpResponse:
        # Whoever waits for /local/info may use at once all that it says.
        is_carrier = request.path.startswith(f"{CARRIERS}/")
        return self._local_api.answer(request) if self._is_ready or is_carrier else STARTING

    def _tell(self, invocation: Invocation, response: HttpResponse) -> None:
        function = self.deployment.functions[invocation.function]
        if self._story is not None and function.folder == "answer_call" and _is_new(invocation):
            # Anybody may name any carrier.
            dialect = DIALECTS.get(invocation.event["pathParameters"]["carrier"])
            arrival = dialect and dialect.arrival(params_of_text(form_of(invocation.event)))
            if dialect and arrival:
                answer = _delivered(response)
                self._say(tell(arrival, answer, dialect, is_ours=_is_virtual_number))


def _delivered(response: HttpResponse) -> Delivery:
    content_type = dict(response.headers).get("content-type", "")
    webhook = Webhook("answer", "", "", {})
    return Delivery(webhook, response.status, content_type, response.body)


def _is_new(invocation: Invocation) -> bool:
    """Return whether a webhook asks what to do with a call that has just come in."""
    return str(invocation.event["pathParameters"]["step"]).startswith("answer/")


def _is_virtual_number(number: str) -> bool:
    """Tell if some account has the number; False while the table does not answer."""
    with contextlib.suppress(Exception):
        return numbers.get_number(E164(number)) is not None
    return False
