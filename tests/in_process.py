"""The service as template.yaml declares it, driven event by event in this process.

with Service(engine) as service:
    answer = service.request("POST", "/v1/Account/MA.../Masking/Session/", ...)
    service.carry_on()          # streams and queues have nothing left to do
    service.advance(3600)       # an hour later, nothing has run yet

Nothing runs in the background: what happens, and in which order, is the test's to say.
"""

import functools
import json
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from local.deployment import Deployment
from local.engine import Engine
from local.http_front import answered
from local.http_messages import HttpRequest, HttpResponse
from local.invocation import Invocation
from local.live_calls import LiveCalls
from local.queues import QueuePoller
from local.runtime import HandlerError, Runtime
from local.schedules import ScheduleRunner
from local.seed import Credentials
from local.shifted_clock import ShiftedClock
from local.signing import signature_headers
from local.streams import StreamConsumer, StreamReader
from local.ttl import TtlSweeper
from local.webhooks import Courier, Delivery, Webhook

HOST = "maskline.example.com"
BASE_URL = f"http://{HOST}"

_FAILURES_ENOUGH = 5
_SOMEBODY_ELSES_DOCUMENT = b"<Response><Speak>Hello.</Speak></Response>"
# Clients and thread pools: costly to make, and nothing of them shows in a request.
_KEPT_WARM = {"maskline.aws", "maskline.store.table"}


@dataclass(frozen=True)
class Exchange:
    """One request of a client or of the carrier, and its answer."""

    request: HttpRequest
    response: HttpResponse


class LambdaRuntime(Runtime):
    """Starts every invocation cold, and writes to the log what Lambda writes of a failed one."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(deployment)
        self.invoked: set[str] = set()
        self.failures: list[str] = []

    def invoke(self, logical_id: str, event: Any) -> Any:
        forget_what_was_read()
        self.invoked.add(logical_id)
        try:
            return super().invoke(logical_id, event)
        except HandlerError as error:
            self.failures.append(f"{error}: {error.__cause__!r}")
            _write_failure(error.__cause__)
            # A stream repeats a failed batch for ever, which a test cannot wait for.
            assert len(self.failures) < _FAILURES_ENOUGH, self.failures[-1]
            raise


def forget_what_was_read() -> None:
    """Forget secrets, credentials and pools, as a cold start does, but keep the AWS clients."""
    for cached in caches_of_reads():
        cached.cache_clear()


def caches_of_reads() -> Iterator[Any]:
    """The layer's functions that keep what they read once."""
    for name, module in list(sys.modules.items()):
        if name.startswith("maskline.") and name not in _KEPT_WARM:
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    yield value


def _write_failure(error: BaseException | None) -> None:
    """Lambda's runtime logs the message and traceback of what leaves a handler."""
    if error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        sys.stdout.write(f"[ERROR] {type(error).__name__}: {error}\nTraceback:\n{frames}")


class Service:
    """`credentials` are those of the scenario's account, subaccount and carrier.

    `disabled` are the schedules and event source mappings that stand still, by logical id.
    """

    def __init__(self, engine: Engine, credentials: Credentials | None = None) -> None:
        self.engine = engine
        self.credentials = credentials or Credentials()
        self.runtime = LambdaRuntime(engine.deployment)
        self.exchanges: list[Exchange] = []
        self.outside = Outside(self.credentials)
        self._clock = ShiftedClock()
        self._gateway = engine.deployment.gateway()
        self._sweeper = TtlSweeper(engine, self._clock.now_ms)
        self._consumers: list[StreamConsumer] = []
        self._pollers: list[QueuePoller] = []
        self._mappings: dict[str, StreamConsumer | QueuePoller] = {}
        self.disabled: set[str] = set()
        self._reader = StreamReader(engine, self._sweeper, self._consumers)

    def __enter__(self) -> Self:
        self.outside.start()
        self.engine.set_environment(
            {
                "ALLOW_LOOPBACK_CALLBACKS": "true",
                "API_BASE_URL": BASE_URL,
            }
        )
        self._clock.start()
        self.runtime.load()
        self._connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clock.stop()
        self.outside.stop()

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def advance(self, seconds: float) -> None:
        """Move the clock. What is due by then runs when the test says so."""
        self._clock.advance(seconds)

    def invoke(self, folder: str, event: Any) -> Any:
        """A function's answer to an event. Raises HandlerError if it fails."""
        return self.runtime.invoke_by_folder(folder, event)

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> HttpResponse:
        """Through the API's routes: what API Gateway makes of a request and of its function."""
        named = [("Host", HOST), *(headers or {}).items()]
        request = HttpRequest(method, target, named, body)
        invocation = self._gateway.invocation(request)
        assert isinstance(invocation, Invocation), f"no route for {method} {request.path}"
        response = answered(invocation, self.runtime)
        self.exchanges.append(Exchange(request, response))
        return response

    def run_schedules(self) -> None:
        for schedule in self.engine.deployment.schedules:
            if schedule.logical_id not in self.disabled:
                ScheduleRunner(schedule, self.runtime).run_now()

    def collect_expired_items(self) -> int:
        """What TTL does, some time after an item has expired; how many items went."""
        return self._sweeper.sweep()

    def carry_on(self) -> None:
        """Let streams and queues work until they have nothing left to do now."""
        while self._was_busy():
            pass

    def _was_busy(self) -> bool:
        """What a queue's function writes is in the stream afterwards."""
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

    def try_again(self) -> None:
        """Have what failed and waits for its next attempt come at once."""
        for poller in self._pollers:
            poller.release()
        self.carry_on()

    def _connect(self) -> None:
        for mapping in self.engine.deployment.mappings:
            if mapping.source == self.engine.deployment.table_id:
                consumer = StreamConsumer(mapping, self.runtime, discard=self._discard)
                self._consumers.append(consumer)
                self._mappings[mapping.logical_id] = consumer
            else:
                poller = QueuePoller(mapping, self.engine, self.runtime)
                self._pollers.append(poller)
                self._mappings[mapping.logical_id] = poller

    def _discard(self, queue: str, message: str) -> None:
        self.engine.client("sqs").send_message(
            QueueUrl=self.engine.queue_urls[queue], MessageBody=message
        )


@dataclass(frozen=True)
class InProcessCourier(Courier):
    """Brings the simulated carrier's webhooks straight to the functions."""

    service: Service | None = None

    def send(self, webhook: Webhook) -> Delivery:
        assert self.service is not None
        parts = urlsplit(webhook.url)
        if parts.hostname != HOST:
            return Delivery(webhook, 200, "application/xml", _SOMEBODY_ELSES_DOCUMENT)
        url = parts._replace(fragment="").geturl()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self.signature != "absent":
            tokens = self.tokens if self.signature == "valid" else ("not-the-token",)
            headers |= signature_headers(webhook.method, url, webhook.params, tokens=tokens)
        form = urlencode(webhook.params)
        is_get = webhook.method == "GET"
        response = self.service.request(
            webhook.method,
            f"{parts.path}?{form}" if is_get else parts.path,
            headers=headers,
            body=b"" if is_get else form.encode(),
        )
        content_type = dict(response.headers).get("content-type", "")
        return Delivery(webhook, response.status, content_type, response.body)


@dataclass
class Outside:
    """What the service calls: the carrier's Call API, and a customer at /taken or /broken."""

    credentials: Credentials
    callbacks: list[str] = field(default_factory=list)
    call_orders: list[dict[str, Any]] = field(default_factory=list)
    call_api_status: int = 201
    broken_status: int = 503

    def __post_init__(self) -> None:
        self.live_calls = LiveCalls(
            self.credentials.carrier_auth_id, self.credentials.carrier_auth_token
        )
        handler = type("Handler", (_OutsideHandler,), {"outside": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _OutsideHandler(BaseHTTPRequestHandler):
    outside: ClassVar[Outside]

    def do_GET(self) -> None:
        if self.path.startswith("/v1/"):
            parts = urlsplit(self.path)
            status, _ = self.outside.live_calls.answer(
                parts.path,
                authorization=self.headers.get("Authorization", ""),
                status=parse_qs(parts.query).get("status", [""])[0],
            )
            self._end(status)
        else:
            self._take(urlsplit(self.path).query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path.startswith("/v1/"):
            self.outside.call_orders.append(json.loads(body))
            self._end(self.outside.call_api_status)
        else:
            self._take(body)

    def _take(self, form: str) -> None:
        self.outside.callbacks.append(form)
        self._end(self.outside.broken_status if self.path.startswith("/broken") else 204)

    def _end(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: this is not the service's log."""
