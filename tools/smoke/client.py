"""The public API as an account's client sends to it: plain HTTP, counted."""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tools.smoke.report import FailedError

_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """`content` is None where the body is no JSON."""

    status: int
    content: Any

    def expect(self, status: int, what: str) -> Any:
        """The content. Raises FailedError for another status."""
        if self.status != status:
            known = self.content if isinstance(self.content, dict) else {}
            said = known.get("error") or known.get("message") or "no reason given"
            raise FailedError(f"{what} was answered {self.status}, not {status}: {said}")
        return self.content


def exchange(
    method: str, url: str, content: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request, neither followed nor repeated. Raises OSError if nothing answers."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_SECONDS)
    body = None if content is None else json.dumps(content)
    typed = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, parts.path, body, {**typed, **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, _json(answer.read()))
    finally:
        connection.close()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


@dataclass
class Client:
    """Paths start behind /v1/Account/{auth_id}."""

    api: str
    auth_id: str
    auth_token: str
    requests: int = 0

    def send(
        self, method: str, path: str, content: Any = None, *, token: str | None = None
    ) -> Answer:
        """`token` is shown instead of the account's own."""
        self.requests += 1
        pair = base64.b64encode(f"{self.auth_id}:{token or self.auth_token}".encode()).decode()
        url = f"{self.api}/v1/Account/{self.auth_id}{path}"
        return exchange(method, url, content, {"Authorization": f"Basic {pair}"})
