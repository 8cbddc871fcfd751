"""Is a webhook really from the carrier?"""

from collections.abc import Iterable

from maskline.carriers.request import CarrierRequest
from maskline.carriers.signing import is_among
from maskline.wire.signatures import v3_signature, v3_text

# One is made with the token of the (sub)account that owns the call, the other with the main
# account's; each may list several while tokens are rotated.
_SIGNATURE_HEADERS = ("x-plivo-signature-v3", "x-plivo-signature-ma-v3")
_NONCE_HEADER = "x-plivo-signature-v3-nonce"


def verify(request: CarrierRequest, auth_tokens: Iterable[str]) -> bool:
    """Tell if one of the tokens signed the request. Anything missing or odd is a plain no."""
    listed = ",".join(request.headers.get(name, "") for name in _SIGNATURE_HEADERS)
    nonce = request.headers.get(_NONCE_HEADER, "")
    if not nonce:
        return False
    try:
        text = v3_text(request.method, request.url, request.form)
        expected = [v3_signature(text, nonce=nonce, token=token) for token in auth_tokens if token]
    except ValueError:
        return False
    return is_among(map(str.strip, listed.split(",")), map(str.encode, expected))
