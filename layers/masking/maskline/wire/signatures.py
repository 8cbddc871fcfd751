"""The V3 signature of the carrier's webhooks, which our own callbacks carry too.

Written from the published algorithm; its vectors and the official SDK are the tests' oracles. It
differs from the Python SDK on purpose where that reads a percent-encoded query as Latin-1: here,
as in the other SDKs, it is UTF-8.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit, urlunsplit

Pairs = Iterable[tuple[str, str]]


def v3_text(method: str, url: str, form: Pairs = ()) -> str:
    """Build the text to sign, without the nonce. `form` holds a POST's decoded pairs; a GET's are
    in `url`.

    Raises ValueError for a URL that cannot be taken apart.
    """
    parts = urlsplit(url)
    bare = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    query = _sorted(parse_qsl(parts.query, keep_blank_values=True))
    text = f"{bare}?{_joined(query)}" if query else bare
    fields = _sorted(form)
    if method == "GET" or not fields:
        return text
    body = "".join(f"{name}{value}" for name, value in fields)
    return f"{text}.{body}" if query else f"{text}?{body}"


def v3_signature(text: str, *, nonce: str, token: str) -> str:
    """The base64 signature of `text` under an auth token."""
    digest = hmac.digest(token.encode(), f"{text}.{nonce}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode("ascii")


def _joined(pairs: Pairs) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def _sorted(pairs: Pairs) -> list[tuple[str, str]]:
    """By name, and repeated values among themselves; code points sort as UTF-8 bytes do."""
    return sorted(pairs)
