"""Is a webhook really from the carrier, and about the call that its URL names?"""

import base64
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from maskline.carriers.request import CarrierRequest
from maskline.carriers.signing import is_fresh
from maskline.carriers.urls import Step, read_requested
from maskline.domain.errors import ForgedWebhookError

_SIGNATURE = "telnyx-signature-ed25519"
_TIMESTAMP = "telnyx-timestamp"


def verify(request: CarrierRequest, public_keys: Iterable[str]) -> bool:
    """Tell if the owner of one of the keys signed the body, now and about this call.

    Anything missing or odd is a plain no.
    """
    signature = _bytes(request.headers.get(_SIGNATURE, ""))
    timestamp = request.headers.get(_TIMESTAMP, "")
    if not _is_form(request) or not signature or not is_fresh(timestamp):
        return False
    signed = timestamp.encode() + b"|" + request.body
    is_signed = any(_is_signed_by(_bytes(key), signature, signed) for key in public_keys)
    return is_signed and _is_of_its_call(request)


def _is_form(request: CarrierRequest) -> bool:
    """Tell if a form was posted: the same key signs JSON texts, which may hold what a form does."""
    return request.method == "POST" and request.body[:1] not in (b"", b"{", b"[")


def _is_signed_by(key: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_of_its_call(request: CarrierRequest) -> bool:
    """The URL is not signed: what was signed for one call is not to pass for another's.

    No page says which leg a recording is of.
    """
    try:
        step, urls = read_requested(request.base_url, "telnyx", request.url)
    except ForgedWebhookError:
        return False
    named = (request.param("CallSid"), request.param("ParentCallSid"))
    return not urls.call_uuid or step is Step.RECORDING or urls.call_uuid in named


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode(), validate=True)
    except ValueError:
        return b""
