"""What a customer checks of a callback: one signature by Plivo's SDK, the other by hand."""

import base64
import hashlib
import hmac

from plivo.utils import validate_v3_signature

from tests.e2e.customer import Received


def is_v3_signed(request: Received, token: str, *, header: str = "x-plivo-signature-v3") -> bool:
    """Whether the official SDK takes the request for one signed with that token."""
    params = request.fields if request.method == "POST" else {}
    return bool(
        validate_v3_signature(
            request.method,
            request.url,
            request.headers["x-plivo-signature-v3-nonce"],
            token,
            request.headers[header],
            params,
        )
    )


def is_standard_signed(request: Received, token: str) -> bool:
    """Standard Webhooks 1.0: "v1," and base64 of HMAC-SHA256 over "id.timestamp.body"."""
    signed = ".".join(request.headers[f"webhook-{part}"] for part in ("id", "timestamp"))
    digest = hmac.new(token.encode(), signed.encode() + b"." + request.body, hashlib.sha256)
    expected = f"v1,{base64.b64encode(digest.digest()).decode()}"
    return expected in request.headers["webhook-signature"].split(" ")
