"""V3 signatures, as the carrier makes them.

Written from the published algorithm and apart from the layer's verifier on purpose: one mistake
shared by both sides would go unseen.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit, urlunsplit

Pairs = list[tuple[str, str]]


def sign(base: str, *, token: str, nonce: str) -> str:
    """The base64 signature of a request's `signed_text`."""
    digest = hmac.new(token.encode(), f"{base}.{nonce}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signed_text(method: str, url: str, params: Mapping[str, str]) -> str:
    """The text under the signature, without the nonce.

    `url` without a fragment; values of `params` not URL-encoded.
    """
    bare, query = _split_query(url)
    if method.upper() == "GET":
        merged = _joined([*query, *params.items()])
        return f"{bare}?{merged}" if merged else bare
    text = f"{bare}?{_joined(query)}" if query else bare
    if not params:
        return text
    body = "".join(f"{name}{value}" for name, value in _sorted(params.items()))
    return f"{text}.{body}" if query else f"{text}?{body}"


def signature_headers(
    method: str, url: str, params: Mapping[str, str], *, tokens: Iterable[str]
) -> dict[str, str]:
    """The headers of a signed webhook; several tokens give a comma-separated list."""
    nonce = str(secrets.randbelow(10**20)).zfill(20)
    base = signed_text(method, url, params)
    signatures = ",".join(sign(base, token=token, nonce=nonce) for token in tokens)
    return {
        "X-Plivo-Signature-V3": signatures,
        "X-Plivo-Signature-Ma-V3": signatures,
        "X-Plivo-Signature-V3-Nonce": nonce,
    }


def _split_query(url: str) -> tuple[str, Pairs]:
    parts = urlsplit(url)
    bare = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    return bare, parse_qsl(parts.query, keep_blank_values=True)


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in _sorted(pairs))


def _sorted(pairs: Iterable[tuple[str, str]]) -> Pairs:
    return sorted(pairs, key=lambda pair: (pair[0].encode(), pair[1].encode()))
