"""Is a webhook really from the carrier?"""

from collections.abc import Iterable

from maskline.carriers.request import CarrierRequest
from maskline.carriers.signing import is_among
from maskline.carriers.twiml.signature import form_signatures

_SIGNATURE = "x-twilio-signature"
# Names the algorithm of a signature that is made with a SharedKey instead of the auth token. It is
# not signed, and only chooses among what we would accept.
_SETTINGS = "x-twilio-webhooks-signature-settings"
_ALGORITHMS = {"": "sha1", "HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


def verify(request: CarrierRequest, secrets: Iterable[str]) -> bool:
    """Tell if one of the secrets signed the form. Anything missing or odd is a plain no."""
    given = request.headers.get(_SIGNATURE, "")
    algorithm = _ALGORITHMS.get(_named(request.headers.get(_SETTINGS, "")))
    if request.method != "POST" or not request.form or not given or algorithm is None:
        return False
    return is_among([given.strip()], form_signatures(request, secrets, algorithm))


def _named(settings: str) -> str:
    """The algorithm that a header names, such as "key=...,algorithm=HMAC_SHA256"."""
    parts = (part.partition("=") for part in settings.split(","))
    named = (value.strip() for name, _, value in parts if name.strip() == "algorithm")
    return next(filter(None, named), "").upper()
