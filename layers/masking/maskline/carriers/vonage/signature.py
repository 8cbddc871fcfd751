"""Is a webhook really from the carrier? It carries a token, signed for the request's content.

Sources: Vonage's "Signed webhooks" and its support article on the payload hash. Read by hand: a
library would be loaded while a caller listens, and would have to be told all of this anyway.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

from maskline.carriers.request import CarrierRequest
from maskline.carriers.signing import is_among, is_fresh
from maskline.carriers.vonage.tokens import unpadded

_MOST_CHARACTERS = 4096


def verify(request: CarrierRequest, api_key: str, secrets: Iterable[str]) -> bool:
    """Tell if one of the secrets signed this very request just now. Anything odd is a plain no."""
    try:
        claims = _claims(request.headers.get("authorization", ""), secrets)
        return (
            claims is not None
            and claims.get("api_key") == api_key
            and _is_fresh(claims.get("iat"))
            and _is_of(request, claims.get("payload_hash"))
        )
    except (ValueError, RecursionError):
        return False


def _claims(authorization: str, secrets: Iterable[str]) -> dict[str, Any] | None:
    """Return what a token says, None unless it is signed as webhooks are and as nothing else is."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or len(token) > _MOST_CHARACTERS:
        return None
    signed, _, given = token.strip().rpartition(".")
    head, _, claims = signed.partition(".")
    if not is_among([given], [_signature(signed, secret) for secret in secrets if secret]):
        return None
    return _object(claims) if _object(head).get("alg") == "HS256" else None


def _signature(signed: str, secret: str) -> bytes:
    return unpadded(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))


def _object(part: str) -> dict[str, Any]:
    content = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content if isinstance(content, dict) else {}


def _is_fresh(issued_at: object) -> bool:
    """The token has no end of its own."""
    return isinstance(issued_at, int) and is_fresh(str(issued_at))


def _is_of(request: CarrierRequest, payload_hash: object) -> bool:
    """Tell if a hash is that of the body as it came, or written compactly as the carrier does."""
    if not isinstance(payload_hash, str):
        return False
    given = [payload_hash]
    if request.method == "GET":
        return is_among(given, [_hash(_compact(dict(request.query)))])
    return is_among(given, [_hash(request.body)]) or is_among(
        given, [_hash(_compact(json.loads(request.body)))]
    )


def _compact(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
