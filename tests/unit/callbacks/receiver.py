"""A small HTTP(S) server that behaves as badly as a test wants, and remembers what it was sent."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

Behaviour = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Received:
    """One request; header names are lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)


class Receiver:
    """Listens on loopback until closed; with `tls` it speaks https."""

    def __init__(
        self, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None, speaks_http: bool = True
    ) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.names_asked_for: list[str | None] = []
        self._behaviour = behaviour
        self._tls = tls
        self._speaks_http = speaks_http
        if tls:
            tls.sni_callback = lambda _socket, name, _context: self.names_asked_for.append(name)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        # A close alone leaves a thread that waits in accept() listening.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            connection.settimeout(60)
            if self._tls is None:
                self._answer(connection)
                return
            with self._tls.wrap_socket(connection, server_side=True) as secured:
                self._answer(secured)

    def _answer(self, connection: socket.socket) -> None:
        if not self._speaks_http:
            self._behaviour(connection)
            return
        with connection.makefile("rb") as stream:
            line = stream.readline().decode().strip()
            if not line:
                return
            headers: dict[str, str] = {}
            while header := stream.readline().decode().strip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
        self.requests.append(Received(line, headers, body))
        self._behaviour(connection)


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """A proper answer; header names are given with underscores for dashes."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *lines, "", ""])

    def answer(connection: socket.socket) -> None:
        connection.sendall(head.encode() + body)

    return answer


def silent(connection: socket.socket) -> None:
    """Takes the request and never says a word."""
    connection.recv(1)


class AwayThenSlow:
    """Refuses so many requests, and takes so many seconds to answer each one after them."""

    def __init__(self, *, times: int, seconds: float) -> None:
        self._left = times
        self._seconds = seconds

    def __call__(self, connection: socket.socket) -> None:
        self._left -= 1
        if self._left >= 0:
            answering(503)(connection)
        else:
            time.sleep(self._seconds)
            answering(200)(connection)


class Dripping:
    """Says `head`, then drop after drop: no read ever times out.

    It ends at last, so that who waits for the end finds it. `given` counts the drops.
    """

    DROPS = 3000

    def __init__(self, head: bytes, *, drop: bytes = b"x") -> None:
        self.given = 0
        self._head = head
        self._drop = drop

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self._head)
        while self.given < self.DROPS:
            connection.sendall(self._drop)
            self.given += 1
            time.sleep(0.02)
        connection.sendall(b"\r\n\r\n")

    @property
    def was_cut_off(self) -> bool:
        """Whether the other side left when less than half was said."""
        return self.given < self.DROPS / 2


def dripping_headers() -> Dripping:
    """A header line that goes on and on."""
    return Dripping(b"HTTP/1.1 200 OK\r\nX: ")


def dripping_body() -> Dripping:
    """A proper head, and more body than we care to read."""
    return Dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")


def dripping_interim_answers() -> Dripping:
    """Wait, wait, wait: an HTTP client skips as many of these as it gets."""
    return Dripping(b"", drop=b"HTTP/1.1 100 Continue\r\n\r\n")


def dripping_handshake() -> Dripping:
    """For a receiver without HTTP: the head of a TLS record, and the rest of it drop by drop."""
    return Dripping(b"\x16\x03\x03\x40\x00", drop=b"\x00")


class Flooding:
    """Sends as fast as it is taken, up to a gigabyte. `given` counts bytes."""

    BYTES = 2**30

    def __init__(self, head: bytes, *, filling: bytes = b"x" * 65536) -> None:
        self.given = 0
        self._head = head
        self._filling = filling

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self._head)
        while self.given < self.BYTES:
            connection.sendall(self._filling)
            self.given += len(self._filling)


def flooding_body() -> Flooding:
    return Flooding(b"HTTP/1.1 200 OK\r\n\r\n")


def flooding_gzip() -> Flooding:
    """Zeros by the gigabyte, a thousandth of that on the wire."""
    squeezed = gzip.compress(bytes(64 * 2**20))
    return Flooding(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", filling=squeezed)


def flooding_header() -> Flooding:
    """One header that does not end."""
    return Flooding(b"HTTP/1.1 200 OK\r\nX: ")


def flooding_headers() -> Flooding:
    """One header after the other."""
    return Flooding(b"HTTP/1.1 200 OK\r\n", filling=b"X-Again: x\r\n" * 5000)


def flooding_status_line() -> Flooding:
    return Flooding(b"HTTP/1.1 200 ")


def garbage(connection: socket.socket) -> None:
    """Not HTTP."""
    connection.sendall(b"\x00\xff\r\n\r\n")


def broken_headers(connection: socket.socket) -> None:
    """A status, and headers of which no two readers think alike."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nno colon\r\nX: y\r\n\r\n")


def hanging_up(connection: socket.socket) -> None:
    """Takes the request and closes."""
    connection.shutdown(socket.SHUT_RDWR)
