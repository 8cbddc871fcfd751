"""The carrier's outgoing requests: signed, form-encoded, tried as often as documented."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit, urlunsplit

from local.phone.plivo.signing import signature_headers

Kind = Literal[
    "answer",
    "redirect",
    "digits",
    "dial",
    "confirm",
    "action",
    "hangup",
    "fallback",
    "recording",
    "ring",
]
Signature = Literal["valid", "wrong", "absent"]

_DEFAULT_RETRIES = 1
_DEFAULT_RETRY_ON = "ct,rt"
_DEFAULT_READ_SECONDS = 40.0


@dataclass(frozen=True)
class Webhook:
    """`url` as the XML or the application gives it, with its query and fragment."""

    kind: Kind
    method: str
    url: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Delivery:
    """A webhook that was sent, and its answer. `status` 0: nothing answered."""

    webhook: Webhook
    status: int
    content_type: str = ""
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


@dataclass(frozen=True)
class Courier:
    """Sends webhooks. `tokens` are the account's valid auth tokens."""

    tokens: tuple[str, ...]
    signature: Signature = "valid"

    def send(self, webhook: Webhook) -> Delivery:
        rules = _Rules.of(webhook.url)
        for _ in range(rules.retries):
            delivery = self._send_once(webhook, read_seconds=rules.read_seconds)
            if not rules.retry(delivery):
                return delivery
        return self._send_once(webhook, read_seconds=rules.read_seconds)

    def _send_once(self, webhook: Webhook, *, read_seconds: float) -> Delivery:
        try:
            return _exchange(webhook, self._prepare(webhook), read_seconds)
        except (OSError, http.client.HTTPException):
            return Delivery(webhook, status=0)

    def _prepare(self, webhook: Webhook) -> "_Request":
        parts = urlsplit(webhook.url)._replace(fragment="")
        headers = self._signature(webhook, urlunsplit(parts))
        if webhook.method == "GET":
            return _Request(_with_query(parts, webhook.params), headers, None)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return _Request(parts, headers, urlencode(webhook.params))

    def _signature(self, webhook: Webhook, url: str) -> dict[str, str]:
        if self.signature == "absent":
            return {}
        tokens = self.tokens if self.signature == "valid" else ("not-the-token",)
        return signature_headers(webhook.method, url, webhook.params, tokens=tokens)


@dataclass(frozen=True)
class _Rules:
    """The time limits and retries that the URL's fragment asks for."""

    retries: int
    retry_on: frozenset[str]
    read_seconds: float

    @classmethod
    def of(cls, url: str) -> "_Rules":
        given = {name: values[-1] for name, values in parse_qs(urlsplit(url).fragment).items()}
        return cls(
            retries=int(given.get("rc", _DEFAULT_RETRIES)),
            retry_on=frozenset(given.get("rp", _DEFAULT_RETRY_ON).split(",")),
            read_seconds=int(given.get("rt", _DEFAULT_READ_SECONDS * 1000)) / 1000,
        )

    def retry(self, delivery: Delivery) -> bool:
        if delivery.status == 0:
            return bool(self.retry_on & {"ct", "rt", "all"})
        if delivery.status < 400:
            return False
        return bool(self.retry_on & {f"{delivery.status // 100}xx", "all"})


def _with_query(parts: SplitResult, params: Mapping[str, str]) -> SplitResult:
    query = "&".join(filter(None, (parts.query, urlencode(params))))
    return parts._replace(query=query)


@dataclass(frozen=True)
class _Request:
    url: SplitResult
    headers: dict[str, str]
    body: str | None

    @property
    def target(self) -> str:
        path = self.url.path or "/"
        return f"{path}?{self.url.query}" if self.url.query else path


def _exchange(webhook: Webhook, request: _Request, read_seconds: float) -> Delivery:
    secure = request.url.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(request.url.hostname or "", request.url.port, timeout=read_seconds)
    try:
        connection.request(webhook.method, request.target, request.body, request.headers)
        answer = connection.getresponse()
        content_type = answer.headers.get("Content-Type", "")
        return Delivery(webhook, answer.status, content_type, answer.read())
    finally:
        connection.close()
