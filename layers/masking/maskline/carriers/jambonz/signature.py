"""Is a webhook really from the account's jambonz?

Source: jambonz-python-sdk, verify_signature; jambonz-feature-server, base-requestor.js. A webhook
that is tried again keeps its signature for some 45 seconds.
"""

import hashlib
import hmac
from collections.abc import Iterable

from maskline.carriers.request import CarrierRequest
from maskline.carriers.signing import is_among, is_fresh

_HEADER = "jambonz-signature"


def verify(request: CarrierRequest, secrets: Iterable[str]) -> bool:
    """Tell if one of the secrets signed the body lately. Anything missing or odd is a plain no."""
    parts = [part.strip() for part in request.headers.get(_HEADER, "").split(",")]
    instants = [part.removeprefix("t=") for part in parts if part.startswith("t=")]
    given = [part.removeprefix("v1=") for part in parts if part.startswith("v1=")]
    if len(instants) != 1 or not is_fresh(instants[0]):
        return False
    text = instants[0].encode() + b"." + request.body
    expected = (
        hmac.new(secret.encode(), text, hashlib.sha256).hexdigest().encode()
        for secret in secrets
        if secret
    )
    return is_among(given, expected)
