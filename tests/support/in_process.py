"""The service in this process, event by event, with the world around it on a loopback port.

with Service(engine) as service:
    answer = service.request("POST", "/v1/Account/MA.../Masking/Session/", ...)
    service.carry_on()          # streams and queues have nothing left to do
    service.advance(3600)       # an hour later, nothing has run yet
"""

import functools
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from local.aws.deployment import Deployment
from local.aws.engine import Engine
from local.aws.runtime import HandlerError, Runtime
from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.calls import KeptCalls
from local.phone.api.front import CARRIERS, CarrierApi, carrier_api
from local.phone.api.placing import Placing
from local.phone.api.reading import params_of
from local.phone.carrier_call import Carrier
from local.phone.dialect import RefusedOrderError
from local.phone.dialects import DIALECTS
from local.phone.webhooks import Courier, Delivery, Webhook
from local.stack.seed import Credentials
from local.stack.shifted_clock import ShiftedClock
from maskline.carriers import DEFAULT
from tests.support.driver import BASE_URL, HOST, Driver

_FAILURES_ENOUGH = 5
_SOMEBODY_ELSES_DOCUMENT = b"<Response><Speak>Hello.</Speak></Response>"
# Clients and thread pools: costly to make, and nothing of them shows in a request.
_KEPT_WARM = {"maskline.aws", "maskline.store.table", "maskline.wire.outbound"}


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
    for cached in _caches_of_reads(len(sys.modules)):
        cached.cache_clear()


@functools.cache
def _caches_of_reads(_modules: int) -> list[Any]:
    """Return the layer's functions that keep what they read, by how many modules there are."""
    return [
        value
        for name, module in list(sys.modules.items())
        if name.startswith("maskline.") and name not in _KEPT_WARM
        for value in list(vars(module).values())
        if isinstance(value, functools._lru_cache_wrapper)
    ]


def _write_failure(error: BaseException | None) -> None:
    """Lambda's runtime logs the message and traceback of what leaves a handler."""
    if error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        sys.stdout.write(f"[ERROR] {type(error).__name__}: {error}\nTraceback:\n{frames}")


class Service(Driver):
    """The service with a customer and a carrier outside, under a clock that a test moves on."""

    def __init__(self, engine: Engine, credentials: Credentials | None = None) -> None:
        self._clock = ShiftedClock()
        super().__init__(engine, credentials or Credentials(), self._clock.now_ms)
        self.runtime: LambdaRuntime = LambdaRuntime(engine.deployment)
        self.exchanges: list[Exchange] = []
        self.outside = Outside(self.credentials)

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
        self.connect()
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

    def _answered(self, request: HttpRequest) -> HttpResponse:
        response = super()._answered(request)
        self.exchanges.append(Exchange(request, response))
        return response


@dataclass(frozen=True)
class InProcessCourier(Courier):
    """Brings a simulated carrier's webhooks straight to the functions.

    `elsewhere` is what somebody else's URL answers: content type and document.
    """

    service: Service | None = None
    elsewhere: tuple[str, bytes] = ("application/xml", _SOMEBODY_ELSES_DOCUMENT)

    def send(self, webhook: Webhook) -> Delivery:
        assert self.service is not None
        request = self.prepared(webhook)
        if urlsplit(request.url).hostname != HOST:
            return Delivery(webhook, 200, *self.elsewhere)
        response = self.service.request(
            webhook.method, request.target, headers=request.headers, body=request.body
        )
        content_type = dict(response.headers).get("content-type", "")
        return Delivery(webhook, response.status, content_type, response.body)


def _nobody() -> Carrier:
    raise AssertionError("nobody is called")


@dataclass
class Outside:
    """What the service calls: the carriers' APIs, and a customer at /taken or /broken.

    `call_orders` are the orders to place calls, by the names of whichever carrier's API; they are
    answered with `call_api_status`, and nobody is called.
    """

    credentials: Credentials
    callbacks: list[str] = field(default_factory=list)
    call_orders: list[dict[str, Any]] = field(default_factory=list)
    call_api_status: int = 201
    broken_status: int = 503

    def __post_init__(self) -> None:
        self.live_calls = KeptCalls()
        handler = type("Handler", (_OutsideHandler,), {"outside": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def api_url(self, name: str) -> str:
        """Where a carrier's API is: the default one's is at the root."""
        return self.url if name == DEFAULT else f"{self.url}{carrier_api(name)}"

    def asked(self, name: str, path: str, request: HttpRequest) -> HttpResponse:
        """Answer a request to a carrier's API."""
        dialect, params = DIALECTS[name], params_of(request)
        with suppress(RefusedOrderError):
            dialect.order(params)
            self.call_orders.append(params)
            return HttpResponse(self.call_api_status)
        account = {**self.credentials.at(name), "api_url": self.api_url(name)}
        placing = Placing(_nobody, print)
        return CarrierApi(dialect, account, placing, self.live_calls).answer(path, request)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _OutsideHandler(BaseHTTPRequestHandler):
    outside: ClassVar[Outside]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = HttpRequest(self.command, self.path, self.headers.items(), body)
        name, _, path = request.path.removeprefix(f"{CARRIERS}/").partition("/")
        if request.path.startswith(f"{CARRIERS}/"):
            self._end(self.outside.asked(name, f"/{path}", request))
            return
        if request.path.startswith("/v1/"):
            self._end(self.outside.asked(DEFAULT, request.path, request))
            return
        self.outside.callbacks.append(body.decode() or request.query)
        is_broken = request.path.startswith("/broken")
        self._end(HttpResponse(self.outside.broken_status if is_broken else 204))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815 (as it is looked up)

    def _end(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        for header in response.headers:
            self.send_header(*header)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, *_: Any) -> None:
        """Nothing: this is not the service's log."""
