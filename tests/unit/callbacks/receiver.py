"""A small HTTP(S) server that behaves as badly as a test wants, and remembers what it was sent."""

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
            connection.settimeout(5)
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


def dripping(connection: socket.socket) -> None:
    """Answers without end, a byte at a time: no read ever times out."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def dripping_body(connection: socket.socket) -> None:
    """A proper head, and a body without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def flooding(connection: socket.socket) -> None:
    """A body of gigabytes, as fast as it is taken."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def dripping_handshake(connection: socket.socket) -> None:
    """For a receiver without HTTP: the head of a TLS record, and the rest of it drop by drop."""
    connection.sendall(b"\x16\x03\x03\x40\x00")
    while True:
        connection.sendall(b"\x00")
        time.sleep(0.02)


def garbage(connection: socket.socket) -> None:
    """Not HTTP."""
    connection.sendall(b"\x00\xff\r\n\r\n")


def hanging_up(connection: socket.socket) -> None:
    """Takes the request and closes."""
    connection.shutdown(socket.SHUT_RDWR)
