"""A front before the service that loses answers: the request is carried out, and nobody is told."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.e2e.wire import exchange

# What becomes of an answer: a status that replaces it, or seconds that it is late.
Loss = int | float


class LossyFront:
    """`lose_next` decides what becomes of the next answers; later ones pass untouched."""

    def __init__(self, url: str, service_url: str) -> None:
        self.url = url
        self.service_url = service_url
        self.statuses: list[int] = []
        self._losses: deque[Loss] = deque()

    def lose_next(self, *losses: Loss) -> None:
        self._losses.extend(losses)

    def pass_on(self, handler: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        length = int(handler.headers.get("Content-Length") or 0)
        answer = exchange(
            handler.command,
            f"{self.service_url}{handler.path}",
            body=handler.rfile.read(length) or None,
            headers={name: value for name, value in handler.headers.items() if name != "Host"},
        )
        self.statuses.append(answer.status)
        loss = self._losses.popleft() if self._losses else 0.0
        if isinstance(loss, int):
            return loss, b'{"error": "lost on the way"}'
        time.sleep(loss)
        return answer.status, answer.body


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    front: LossyFront

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has given up is what this is about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        status, body = self.server.front.pass_on(self)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # Names that the standard library looks up.
    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing: the output belongs to pytest."""


@contextmanager
def running_lossy_front(service_url: str) -> Iterator[LossyFront]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        server.front = LossyFront(url, service_url)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.front
        finally:
            server.shutdown()
            thread.join()
