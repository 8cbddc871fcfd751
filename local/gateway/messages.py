"""A request and an answer over HTTP, as the local stack's front takes and gives them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HttpRequest:
    """`target` as on the request line; header names as sent."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str = "127.0.0.1"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def values(self, header: str) -> list[str]:
        """All values of a header; its name in lower case."""
        return [value for name, value in self.headers if name.lower() == header]


@dataclass(frozen=True)
class HttpResponse:
    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    @classmethod
    def json(cls, status: int, content: Any) -> "HttpResponse":
        body = json.dumps(content).encode()
        return cls(status, (("content-type", "application/json"),), body)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


FORBIDDEN = HttpResponse.json(403, {"message": "Forbidden"})
NOT_FOUND = HttpResponse.json(404, {"message": "Not Found"})
TOO_LARGE = HttpResponse.json(413, {"message": "Request Entity Too Large"})
