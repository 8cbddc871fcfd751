"""A front before the service that changes answers: a stack that is broken in one place."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.wire import Answer, exchange


@dataclass(frozen=True)
class Asked:
    """A request as the service is to get it, and how it answers: `pass_on()`."""

    method: str
    path: str
    body: bytes
    front_url: str
    pass_on: Callable[[], Answer]


Break = Callable[[Asked], Answer]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    url: str
    service_url: str
    broken: Break


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name != "Host"}

        def pass_on() -> Answer:
            url = f"{self.server.service_url}{self.path}"
            return exchange(self.command, url, body=body or None, headers=headers)

        path = urlsplit(self.path).path
        answer = self.server.broken(Asked(self.command, path, body, self.server.url, pass_on))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("content-type", "text/plain"))
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    # Names that the standard library looks up.
    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing: the output belongs to pytest."""


@contextmanager
def broken_front(service_url: str, broken: Break) -> Iterator[str]:
    """The URL of a front that answers as `broken` says."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        server.service_url, server.broken = service_url, broken
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()
