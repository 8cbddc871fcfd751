"""V3 signatures, as the carrier's own SDK makes them to check what it gets."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from plivo.utils import signature_v3


def sign(base: str, *, token: str, nonce: str) -> str:
    """The base64 signature of a request's `signed_text`."""
    signature: bytes = signature_v3.get_signature_v3(token.encode(), base, nonce)
    return signature.decode()


def signed_text(method: str, url: str, params: Mapping[str, Any]) -> str:
    """The text under the signature, without the nonce.

    `url` without a fragment; values of `params` not URL-encoded.
    """
    is_get = method.upper() == "GET"
    build = signature_v3.construct_get_url if is_get else signature_v3.construct_post_url
    text: bytes = build(url, dict(params))
    return text.decode()


def signature_headers(
    method: str, url: str, params: Mapping[str, Any], *, tokens: Iterable[str]
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
