"""The carrier's outgoing requests: encoded, signed, tried as often as it documents."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

if TYPE_CHECKING:
    from local.phone.dialect import Dialect

# confirm: what the callee hears first; action: dialling is over; dial: of the dialled leg; hangup:
# the caller's leg is over; ring: of a call that the carrier places; status: else of a caller's leg.
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
    "status",
]
Signature = Literal["valid", "wrong", "absent"]


@dataclass(frozen=True)
class Webhook:
    """`url` as the document or the application gives it, with its query and fragment."""

    kind: Kind
    method: str
    url: str
    params: Mapping[str, Any]
    is_json: bool = False


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
class Request:
    """A webhook as it goes out: `url` with what a GET adds to it, and without a fragment.

    `account` is the courier's, for the signature.
    """

    webhook: Webhook
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    account: Mapping[str, str] = field(default_factory=dict)

    @property
    def plain_url(self) -> str:
        """The URL as the application gave it, without its fragment."""
        return urlsplit(self.webhook.url)._replace(fragment="").geturl()

    @property
    def target(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


@dataclass(frozen=True)
class Rules:
    """The time that an answer is waited for, and the failures that are tried again.

    `retry_on`: ct and rt (nothing answered), 4xx, 5xx, single statuses, or all.
    """

    retries: int
    retry_on: frozenset[str]
    read_seconds: float

    @classmethod
    def of_fragment(cls, url: str, *, retries: int, retry_on: str, read_seconds: float) -> "Rules":
        """Return what the URL's fragment asks for (rc, rp, rt), and else the carrier's own."""
        given = {name: values[-1] for name, values in parse_qs(urlsplit(url).fragment).items()}
        return cls(
            retries=int(given.get("rc", retries)),
            retry_on=frozenset(given.get("rp", retry_on).split(",")),
            read_seconds=int(given.get("rt", read_seconds * 1000)) / 1000,
        )

    def retry(self, delivery: Delivery) -> bool:
        if delivery.status == 0:
            return bool(self.retry_on & {"ct", "rt", "all"})
        if delivery.status < 400:
            return False
        exact, family = str(delivery.status), f"{delivery.status // 100}xx"
        return bool(self.retry_on & {exact, family, "all"})


@dataclass(frozen=True)
class Courier:
    """Sends webhooks. `tokens` are the secrets of which any makes a valid signature now.

    `account` holds the account's ids, by the carrier's names, for a signature that tells of them.
    """

    dialect: "Dialect"
    tokens: tuple[str, ...]
    signature: Signature = "valid"
    account: Mapping[str, str] = field(default_factory=dict)

    def send(self, webhook: Webhook) -> Delivery:
        rules = self.dialect.rules(webhook)
        for _ in range(rules.retries):
            delivery = self._send_once(webhook, read_seconds=rules.read_seconds)
            if not rules.retry(delivery):
                return delivery
        return self._send_once(webhook, read_seconds=rules.read_seconds)

    def prepared(self, webhook: Webhook) -> Request:
        """The request, signed as this courier does."""
        plain = replace(_encoded(webhook), account=self.account)
        valid = self.tokens if self.signature == "valid" else (self.dialect.wrong_secret,)
        secrets = () if self.signature == "absent" else valid
        signed = self.dialect.signature(plain, secrets) if secrets else {}
        return replace(plain, headers={**plain.headers, **signed})

    def _send_once(self, webhook: Webhook, *, read_seconds: float) -> Delivery:
        try:
            return _exchange(self.prepared(webhook), read_seconds)
        except (OSError, http.client.HTTPException):
            return Delivery(webhook, status=0)


def _encoded(webhook: Webhook) -> Request:
    parts = urlsplit(webhook.url)._replace(fragment="")
    if webhook.method == "GET":
        query = "&".join(filter(None, (parts.query, urlencode(webhook.params))))
        return Request(webhook, parts._replace(query=query).geturl())
    if webhook.is_json:
        text, kind = json.dumps(webhook.params, separators=(",", ":")), "application/json"
    else:
        text, kind = urlencode(webhook.params), "application/x-www-form-urlencoded"
    return Request(webhook, parts.geturl(), text.encode(), {"Content-Type": kind})


def _exchange(request: Request, read_seconds: float) -> Delivery:
    parts = urlsplit(request.url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=read_seconds)
    webhook = request.webhook
    body = None if webhook.method == "GET" else request.body
    try:
        connection.request(webhook.method, request.target, body, dict(request.headers))
        answer = connection.getresponse()
        content_type = answer.headers.get("Content-Type", "")
        return Delivery(webhook, answer.status, content_type, answer.read())
    finally:
        connection.close()
