"""The signature of a form under its URL, as more than one carrier of the family makes it."""

import base64
import hmac
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from maskline.carriers.request import CarrierRequest

_PORTS = {"https": ":443", "http": ":80"}


def form_signatures(
    request: CarrierRequest, secrets: Iterable[str], algorithm: str
) -> Iterator[bytes]:
    """Yield the signatures that make a form genuine: in base64, over the URL and the parameters.

    Carriers write the standard port of a URL or leave it out, and sign it as they do.
    """
    # Of a name that comes twice each value counts once.
    signed = "".join(name + value for name, value in sorted(set(request.form)))
    for secret in filter(None, secrets):
        for url in spellings(request.url):
            text = (url + signed).encode(errors="replace")
            yield base64.b64encode(hmac.digest(secret.encode(), text, algorithm))


def spellings(url: str) -> set[str]:
    """Return a URL as it is, and with the standard port of its scheme written or left out."""
    scheme, host = urlsplit(url)[:2]
    port = _PORTS.get(scheme, "")
    other = host.removesuffix(port) if host.endswith(port) else host + port
    is_other_port = ":" in other.removesuffix(port)
    return {url} if is_other_port else {url, url.replace(host, other, 1)}
