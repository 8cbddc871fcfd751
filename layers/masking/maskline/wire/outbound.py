"""One outgoing HTTP request under a limit of wall-clock time.

A connection of urllib3's rather than its pool: it goes to the address that it is given while TLS
and the Host header keep the name, it sends the target as it was signed, knows no redirect and no
proxy, and logs nothing. Only what urllib3 1.26 and 2 share is used: the Lambda runtime chooses.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

Resolver = Callable[[str, int], Sequence[str]]

_ADDRESSES_TRIED = 3
# The status decides. Some of the body is taken so that a server does not see its answer cut off.
_BODY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`url` is ASCII, http or https, without credentials; a body is sent with its length.

    Of the answer's body at most `most_bytes` are read.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    most_bytes: int = _BODY_BYTES


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The part of an answer that is read; `retry_after` is the header as it came, or ""."""

    status: int
    retry_after: str = ""
    body: bytes = b""


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
    """Resolve, connect, send and read the answer, all of it within `seconds`.

    A body that does not come whole in time is cut off. A slow resolver alone is not, but nothing is
    sent after it. Raises TimeoutError, any other OSError, or what `resolver` raises.
    """
    deadline = time.monotonic() + seconds
    parts = urlsplit(request.url)
    try:
        connection = _connect(parts, resolver, deadline, trust)
        with closing(connection):
            return _exchange(connection, parts, request, deadline)
    except (http.client.HTTPException, HTTPError) as error:
        # urllib3 hides what the system said of a connection that failed.
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise ConnectionError(type(error).__name__) from error


def _connect(
    parts: SplitResult, resolver: Resolver, deadline: float, trust: ssl.SSLContext | None
) -> HTTPConnection:
    """Take the first address that answers. Each has an equal share of the time that is left."""
    host, is_plain = parts.hostname or "", parts.scheme == "http"
    port = parts.port or (80 if is_plain else 443)
    connection_to: Callable[..., HTTPConnection] = HTTPConnection
    if not is_plain:
        context = trust or _public_trust()
        connection_to = partial(HTTPSConnection, server_hostname=host, ssl_context=context)
    addresses = resolver(host, port)[:_ADDRESSES_TRIED]
    failure: Exception = OSError("no address")
    for tried, address in enumerate(addresses):
        share = _seconds_left(deadline) / (len(addresses) - tried)
        connection = connection_to(address, port, timeout=share)
        try:
            connection.connect()
        except (OSError, HTTPError) as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _exchange(
    connection: HTTPConnection, parts: SplitResult, request: HttpRequest, deadline: float
) -> HttpAnswer:
    query = f"?{parts.query}" if parts.query else ""
    headers = {"Host": parts.netloc, "Connection": "close", **request.headers}
    connection.request(request.method, f"{parts.path or '/'}{query}", request.body, headers)
    stream = cast("socket.socket", _Stream(connection.sock, deadline))
    with http.client.HTTPResponse(stream, method=request.method) as response:
        response.begin()
        body = b""
        with suppress(OSError, http.client.HTTPException):
            body = response.read(request.most_bytes)
        return HttpAnswer(response.status, response.headers.get("Retry-After", ""), body)


class _Stream(io.RawIOBase):
    """An answer whose reads share one deadline: a server that drips never lets one time out."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The only thing that an HTTPResponse asks of a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(_seconds_left(self._deadline))
        return self._socket.recv_into(buffer)


def _seconds_left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


@cache
def _public_trust() -> ssl.SSLContext:
    return ssl.create_default_context()
