"""The APIs of the local stack: the template's routes, answered by the real handlers."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.aws.runtime import HandlerError, Runtime
from local.gateway.gateway import Gateway
from local.gateway.invocation import Invocation
from local.gateway.messages import FORBIDDEN, NOT_FOUND, TOO_LARGE, HttpRequest, HttpResponse

LOCAL_PREFIX = "/local/"
OPENAPI_PATH = "/openapi.json"
MAX_BODY_BYTES = 10 * 1024 * 1024
_OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")

Served = Callable[[Invocation, HttpResponse], None]
Local = Callable[[HttpRequest], HttpResponse]


class HttpFront:
    """Binds at once (OSError if the port is taken), serves from `start` to `stop`.

    `on_served` sees every call of a route; `local` answers what is under /local/,
    and the OpenAPI document.
    """

    def __init__(self, port: int, *, on_served: Served, local: Local) -> None:
        self._server = _Server(("127.0.0.1", port), _RequestHandler)
        self._server.answer = self.answer
        self._server.too_large = self._too_large
        self._thread = threading.Thread(target=self._serve, name="http front", daemon=True)
        self._on_served = on_served
        self._local = local
        self._gateway: Gateway | None = None
        self._runtime: Runtime | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self, gateway: Gateway, runtime: Runtime) -> None:
        self._gateway = gateway
        self._runtime = runtime
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def answer(self, request: HttpRequest) -> HttpResponse:
        hosts = request.values("host")
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            return FORBIDDEN
        if request.path.startswith(LOCAL_PREFIX) or request.path == OPENAPI_PATH:
            return self._answer_locally(request)
        if self._gateway is None or self._runtime is None:
            return NOT_FOUND
        invocation = self._gateway.invocation(request)
        if isinstance(invocation, HttpResponse):
            return invocation
        response = answered(invocation, self._runtime)
        self._on_served(invocation, response)
        return response

    def _too_large(self, path: str) -> HttpResponse:
        return self._gateway.too_large(path) if self._gateway else TOO_LARGE

    def _answer_locally(self, request: HttpRequest) -> HttpResponse:
        """Nobody proves here who they are: a page of another site in a browser may not ask."""
        sites = [origin.partition("//")[2] for origin in request.values("origin")]
        return self._local(request) if all(map(self._is_own, sites)) else FORBIDDEN

    def _is_own(self, authority: str) -> bool:
        """Tell if a host and port are ours. API Gateway answers under its own names only, too.

        A name that was made to lead here is not: the page that has it may not read on (DNS
        rebinding).
        """
        port = self._server.server_address[1]
        suffixes = ("", ":80") if port == 80 else (f":{port}",)
        return authority.lower() in {name + suffix for name in _OWN_NAMES for suffix in suffixes}

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.1)


def answered(invocation: Invocation, runtime: Runtime) -> HttpResponse:
    """The answer of the function, or API Gateway's if it raises."""
    try:
        return invocation.response_of(runtime.invoke(invocation.function, invocation.event))
    except HandlerError:
        return invocation.failure


class _Server(ThreadingHTTPServer):
    answer: Callable[[HttpRequest], HttpResponse]
    too_large: Callable[[str], HttpResponse]
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._send(self.server.too_large(self.path))
            return
        request = HttpRequest(
            method=self.command,
            target=self.path,
            headers=self.headers.items(),
            body=self.rfile.read(length),
            source_ip=self.client_address[0],
        )
        self._send(self.server.answer(request))

    def __getattr__(self, name: str) -> Any:
        """Every method there is: the standard library looks for do_GET and the like."""
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _send(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def version_string(self) -> str:
        return "maskline-local"

    def log_message(self, *_: Any) -> None:
        """Nothing: a request line may hold phone numbers."""
