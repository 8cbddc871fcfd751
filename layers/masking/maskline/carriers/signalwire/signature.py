"""Is a webhook really from the carrier?

It signs in three ways: the URL and the sorted parameters in base64, as this family does, or the URL
and the body as they are, in hexadecimal digits. No page says which of them comes with a form.
"""

import hmac
from collections.abc import Iterable, Iterator

from maskline.carriers.request import CarrierRequest
from maskline.carriers.signing import is_among
from maskline.carriers.twiml.signature import form_signatures, spellings

_SIGNATURES = ("x-signalwire-signature", "x-twilio-signature")
_SHA256_SIGNATURE = "x-signalwire-sha256-signature"


def verify(request: CarrierRequest, signing_keys: Iterable[str]) -> bool:
    """Tell if one of the keys signed the body. Anything missing or odd is a plain no.

    The stronger signature goes before the others.
    """
    keys = [key for key in signing_keys if key]
    if request.method != "POST" or not request.body:
        return False
    if given := request.headers.get(_SHA256_SIGNATURE, ""):
        return is_among([given.strip()], _body_signatures(request, keys, "sha256"))
    expected = [*_body_signatures(request, keys, "sha1")]
    if request.form:
        # Of what is no form this would leave the body unsigned.
        expected += form_signatures(request, keys, "sha1")
    return is_among([request.headers.get(name, "").strip() for name in _SIGNATURES], expected)


def _body_signatures(
    request: CarrierRequest, keys: Iterable[str], algorithm: str
) -> Iterator[bytes]:
    for key in keys:
        for url in spellings(request.url):
            text = url.encode(errors="replace") + request.body
            yield hmac.digest(key.encode(), text, algorithm).hex().encode()
