"""Is a webhook really from the account's jambonz?

Source: jambonz-python-sdk, verify_signature; jambonz-feature-server, base-requestor.js.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

from maskline import clock
from maskline.carriers.request import CarrierRequest

# The name of the secret, any of whose values may sign.
NAME = "webhook_secret"

_HEADER = "jambonz-signature"
_SECONDS = re.compile(r"[0-9]{1,12}")
# That of jambonz's own SDK. A webhook that is tried again keeps its signature for some 45 seconds.
_FRESH_SECONDS = 300


def verify(request: CarrierRequest, secrets: Iterable[str]) -> bool:
    """Tell if one of the secrets signed the body lately. Anything missing or odd is a plain no."""
    parts = [part.strip() for part in request.headers.get(_HEADER, "").split(",")]
    instants = [part.removeprefix("t=") for part in parts if part.startswith("t=")]
    given = [
        part.removeprefix("v1=").encode(errors="replace") for part in parts if part[:3] == "v1="
    ]
    if len(instants) != 1 or not given or not _is_fresh(instants[0]):
        return False
    text = instants[0].encode() + b"." + request.body
    expected = [
        hmac.new(secret.encode(), text, hashlib.sha256).hexdigest().encode()
        for secret in secrets
        if secret
    ]
    return any(hmac.compare_digest(one, other) for one in expected for other in given)


def _is_fresh(instant: str) -> bool:
    if not _SECONDS.fullmatch(instant):
        return False
    return abs(clock.world_ms() // 1000 - int(instant)) <= _FRESH_SECONDS
