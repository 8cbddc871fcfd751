"""The signature of jambonz's webhooks, as its feature server makes it."""

import hashlib
import hmac
import time
from collections.abc import Sequence


def signature_header(body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The header of a signed webhook. Of several secrets each has a v1 of its own."""
    instant = int(time.time())
    signatures = [
        f"v1={hmac.new(secret.encode(), b'%d.' % instant + body, hashlib.sha256).hexdigest()}"
        for secret in secrets
    ]
    return {"Jambonz-Signature": ",".join([f"t={instant}", *signatures])}
