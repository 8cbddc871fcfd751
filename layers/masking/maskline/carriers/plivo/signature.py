"""Is a webhook really from the carrier?"""

import hmac
from collections.abc import Iterable

from maskline.carriers.request import CarrierRequest
from maskline.wire.signatures import v3_signature, v3_text

# One is made with the token of the (sub)account that owns the call, the other with the main
# account's; each may list several while tokens are rotated.
_SIGNATURE_HEADERS = ("x-plivo-signature-v3", "x-plivo-signature-ma-v3")
_NONCE_HEADER = "x-plivo-signature-v3-nonce"


def verify(request: CarrierRequest, auth_tokens: Iterable[str]) -> bool:
    """Tell if one of the tokens signed the request. Anything missing or odd is a plain no."""
    given = _given_signatures(request)
    nonce = request.headers.get(_NONCE_HEADER, "")
    if not given or not nonce:
        return False
    try:
        text = v3_text(request.method, request.url, request.form)
        expected = [v3_signature(text, nonce=nonce, token=token) for token in auth_tokens if token]
    except ValueError:
        return False
    return any(hmac.compare_digest(one.encode(), other) for one in expected for other in given)


def _given_signatures(request: CarrierRequest) -> list[bytes]:
    listed = ",".join(request.headers.get(name, "") for name in _SIGNATURE_HEADERS)
    # Bytes, since compare_digest refuses text beyond ASCII, and a forger may send any.
    parts = (part.strip().encode(errors="replace") for part in listed.split(","))
    return [part for part in parts if part]
