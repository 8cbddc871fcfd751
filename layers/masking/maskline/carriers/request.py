"""A carrier's webhook as it came over HTTP, before anybody knows what it says."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

Pairs = tuple[tuple[str, str], ...]

# A webhook has some forty parameters.
_MAX_PARAMETERS = 500


class MalformedWebhookError(Exception):
    """The request cannot be read as a webhook. The message names the part, never its content."""


@dataclass(frozen=True, slots=True)
class CarrierRequest:
    """`url` is the one that the carrier requested, under `base_url`. Header names are lower case.

    Parameters keep their order and repetitions: they are signed as they are, and so is the body.
    """

    method: str
    url: str
    base_url: str
    headers: Mapping[str, str]
    query: Pairs = ()
    form: Pairs = ()
    body: bytes = b""

    @classmethod
    def from_event(cls, event: dict[str, Any], *, public_base_url: str = "") -> "CarrierRequest":
        """From an HTTP API event (payload 2.0). Raises MalformedWebhookError.

        `public_base_url` is given where the carrier reaches us through another host.
        """
        context = event["requestContext"]
        headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
        base_url = public_base_url.rstrip("/") or _own_base_url(headers, context["domainName"])
        query = event.get("rawQueryString", "")
        method = context["http"]["method"]
        body = _body(event)
        is_form = method == "POST" and not _is_json(headers)
        return cls(
            method=method,
            url=f"{base_url}{event['rawPath']}{'?' if query else ''}{query}",
            base_url=base_url,
            headers=headers,
            query=_pairs(query, part="query"),
            form=_pairs(_text(body), part="body") if is_form else (),
            body=body,
        )

    def param(self, name: str) -> str:
        """The first value of a webhook parameter, "" if there is none."""
        pairs = self.form if self.method == "POST" else self.query
        return next((value for key, value in pairs if key == name), "")

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises MalformedWebhookError."""
        try:
            content = json.loads(self.body)
        except ValueError as error:
            raise MalformedWebhookError("the body is not JSON") from error
        if not isinstance(content, dict):
            raise MalformedWebhookError("the body is not a JSON object")
        return content


def _own_base_url(headers: Mapping[str, str], domain_name: str) -> str:
    scheme = headers.get("x-forwarded-proto", "https").partition(",")[0].strip()
    return f"{scheme}://{domain_name}"


def _is_json(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _body(event: dict[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode(errors="surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise MalformedWebhookError("the body is not base64") from error


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except ValueError as error:
        raise MalformedWebhookError("the body is not UTF-8 text") from error


def _pairs(text: str, *, part: str) -> Pairs:
    try:
        return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS))
    except ValueError as error:
        raise MalformedWebhookError(f"the {part} has too many parameters") from error
