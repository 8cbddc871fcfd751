"""A customer's web server: keeps what it is sent, and answers as it is told."""

import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    """One request. Header names are lower case; `at` is in seconds of the monotonic clock."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def fields(self) -> dict[str, str]:
        text = self.body.decode() if self.method == "POST" else urlsplit(self.url).query
        return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))

    @property
    def event(self) -> str:
        return self.fields["EventName"]

    @property
    def sequence(self) -> int:
        return int(self.fields["SequenceNumber"])


@dataclass(frozen=True)
class Reply:
    """What a request is answered with; not before `gate` opens, if there is one."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    gate: threading.Event | None = None


class Mailbox:
    """One URL of the customer's, whatever is appended to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.usual_reply = Reply()
        self._replies: deque[Reply] = deque()
        self._received: list[Received] = []
        self._changed = threading.Condition()

    def reply_next(self, *replies: Reply) -> None:
        """Answer the next requests with these; the usual reply comes after them."""
        self._replies.extend(replies)

    @property
    def received(self) -> list[Received]:
        with self._changed:
            return list(self._received)

    @property
    def events(self) -> list[str]:
        return [request.event for request in self.received]

    def wait_for(self, count: int, *, within: float = 15.0) -> list[Received]:
        """The first `count` requests, once they are there."""
        with self._changed:
            is_complete = self._changed.wait_for(lambda: len(self._received) >= count, within)
            assert is_complete, f"{len(self._received)} of {count} callbacks after {within} s"
            return self._received[:count]

    def expect_no_more(self, count: int, *, seconds: float = 1.0) -> list[Received]:
        """The requests, which must be `count` in the end and for some time after."""
        self.wait_for(count)
        time.sleep(seconds)
        received = self.received
        assert len(received) == count, [request.event for request in received[count:]]
        return received

    def take(self, request: Received) -> Reply:
        with self._changed:
            self._received.append(request)
            reply = self._replies.popleft() if self._replies else self.usual_reply
            self._changed.notify_all()
        return reply


class Customer:
    """The server of all mailboxes."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._mailboxes: dict[str, Mailbox] = {}

    def mailbox(self) -> Mailbox:
        name = uuid.uuid4().hex
        self._mailboxes[name] = Mailbox(f"{self._origin}/{name}")
        return self._mailboxes[name]

    def take(self, handler: BaseHTTPRequestHandler) -> Reply:
        name = urlsplit(handler.path).path.split("/")[1]
        length = int(handler.headers.get("Content-Length") or 0)
        request = Received(
            method=handler.command,
            url=f"{self._origin}{handler.path}",
            headers={key.lower(): value for key, value in handler.headers.items()},
            body=handler.rfile.read(length),
            at=time.monotonic(),
        )
        mailbox = self._mailboxes.get(name)
        return mailbox.take(request) if mailbox else Reply(404)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    customer: Customer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever waited for a slow reply may have gone."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        reply = self.server.customer.take(self)
        if reply.gate is not None:
            reply.gate.wait(30)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    # Names that the standard library looks up.
    do_GET = do_POST = do_PUT = do_HEAD = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing: the output belongs to pytest."""


@contextmanager
def running_customer() -> Iterator[Customer]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.customer = Customer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.customer
        finally:
            server.shutdown()
            thread.join()
