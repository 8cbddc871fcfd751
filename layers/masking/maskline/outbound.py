"""One outgoing HTTP request under a hard limit of wall-clock time.

The standard library's client rather than a pooling one: it is told which address to connect to
while TLS and the Host header keep the name, it follows no redirects, and its socket is at hand to
cut off a server that answers drop by drop, against which no read time-out helps.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

Resolver = Callable[[str, int], Sequence[str]]

_CONNECT_SECONDS = 3.0
_ADDRESSES_TRIED = 3
# The status decides. Some of the body is taken so that a server does not see its answer cut off.
_BODY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`url` is ASCII, http or https, without credentials; a body is sent with its length."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What is read of an answer; `retry_after` is the header as it came, or ""."""

    status: int
    retry_after: str = ""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system resolver orders them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def send(
    request: HttpRequest,
    *,
    seconds: float,
    resolver: Resolver = resolve,
    trust: ssl.SSLContext | None = None,
) -> HttpAnswer:
    """Resolve, connect, send and read the answer's head, all of it within `seconds`.

    Raises TimeoutError, any other OSError, or what `resolver` raises.
    """
    exchange = _Exchange(request, seconds, resolver, trust)
    threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbound")
    try:
        return threads.submit(exchange.run).result(seconds)
    except TimeoutError:
        # Taken before the cut: a head that ends with it reads like one that is complete.
        answer = exchange.answer
        exchange.abort()
        if answer:
            return answer
        raise
    finally:
        threads.shutdown(wait=False)


class _Exchange:
    """Runs in a thread of its own and is aborted from another."""

    def __init__(
        self,
        request: HttpRequest,
        seconds: float,
        resolver: Resolver,
        trust: ssl.SSLContext | None,
    ) -> None:
        self.answer: HttpAnswer | None = None
        self._request = request
        self._seconds = seconds
        self._resolver = resolver
        self._trust = trust
        self._parts = urlsplit(request.url)
        self._host = self._parts.hostname or ""
        self._is_tls = self._parts.scheme == "https"
        self._port = self._parts.port or (443 if self._is_tls else 80)
        self._socket: socket.socket | None = None
        self._is_aborted = False

    def run(self) -> HttpAnswer:
        connection = http.client.HTTPConnection(self._host, self._port)
        connection.sock = self._connect()
        try:
            return self._exchange(connection)
        except http.client.HTTPException as error:
            raise ConnectionError(type(error).__name__) from error
        finally:
            connection.close()

    def abort(self) -> None:
        """End the run, wherever it is. Not `SSLSocket.shutdown`: that is not for another thread."""
        self._is_aborted = True
        if self._socket:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _exchange(self, connection: http.client.HTTPConnection) -> HttpAnswer:
        query = f"?{self._parts.query}" if self._parts.query else ""
        connection.request(
            self._request.method,
            f"{self._parts.path or '/'}{query}",
            self._request.body,
            {"Host": self._parts.netloc, "Connection": "close", **self._request.headers},
        )
        with connection.getresponse() as response:
            self.answer = HttpAnswer(response.status, response.headers.get("Retry-After", ""))
            with suppress(OSError, http.client.HTTPException):
                response.read(_BODY_BYTES)
        return self.answer

    def _connect(self) -> socket.socket:
        plain = self._adopted(self._first_reachable())
        plain.settimeout(self._seconds)
        if not self._is_tls:
            return plain
        tls = (self._trust or _public_trust()).wrap_socket(
            plain, server_hostname=self._host, do_handshake_on_connect=False
        )
        self._adopted(tls)
        try:
            tls.do_handshake()
        except OSError:
            tls.close()
            raise
        return tls

    def _first_reachable(self) -> socket.socket:
        failure = OSError("no address")
        for address in self._resolver(self._host, self._port)[:_ADDRESSES_TRIED]:
            try:
                return socket.create_connection(
                    (address, self._port), min(_CONNECT_SECONDS, self._seconds)
                )
            except OSError as error:
                failure = error
        raise failure

    def _adopted(self, connected: socket.socket) -> socket.socket:
        """Show the socket to `abort`, or end it if `abort` came first."""
        self._socket = connected
        if self._is_aborted:
            connected.close()
            raise TimeoutError
        return connected


@cache
def _public_trust() -> ssl.SSLContext:
    return ssl.create_default_context()
