"""The tokens that open an application's API there. Source: the SDK's `vonage_jwt.JwtClient`."""

import base64
import json
import uuid

from maskline import clock

_SECONDS = 300


def application_token(application_id: str, private_key: str) -> str:
    """Return a token for the application; "", which opens nothing, for a key that is none."""
    # A caller hears nothing while a function loads it, and few requests need it.
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        return ""
    if not isinstance(key, rsa.RSAPrivateKey):
        return ""
    now = clock.world_ms() // 1000
    claims = {
        "application_id": application_id,
        "iat": now,
        "exp": now + _SECONDS,
        "jti": str(uuid.uuid4()),
    }
    signed = b".".join(map(_json, ({"alg": "RS256", "typ": "JWT"}, claims)))
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return b".".join((signed, unpadded(signature))).decode("ascii")


def unpadded(content: bytes) -> bytes:
    """Return base64 as tokens have it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _json(content: object) -> bytes:
    return unpadded(json.dumps(content).encode())
