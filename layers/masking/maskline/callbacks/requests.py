"""The signed HTTP request that carries a callback.

Two signatures, either of which is enough for a receiver:

- Plivo's V3, over the URL and all parameters. X-Plivo-Signature-V3 is made with the token of the
  account or subaccount that owns the session, X-Plivo-Signature-Ma-V3 with the main account's.
- Standard Webhooks: `webhook-signature` over `webhook-id.webhook-timestamp.body`, keyed with the
  bytes of the owner's token (its libraries take "whsec_" + base64 of them). A GET has no body, so
  that this one covers only id and time: check V3 for the parameters.

While a token is rotated each header lists a signature for every valid token.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from maskline.callbacks.messages import CallbackMessage
from maskline.callbacks.payload import fields_of
from maskline.outbound import HttpRequest
from maskline.signatures import v3_signature, v3_text

USER_AGENT = "Maskline/1.0"


@dataclass(frozen=True, slots=True)
class SigningTokens:
    """Valid auth tokens of the session's owner and of the main account, often the same."""

    owner: tuple[str, ...]
    main: tuple[str, ...]


def build_request(
    message: CallbackMessage, *, url: str, tokens: SigningTokens, now: int
) -> HttpRequest:
    """The request as it goes out at that instant, to the message's URL in its checked form."""
    fields = fields_of(message)
    encoded = urlencode(fields, quote_via=quote)
    if message.callback_method == "GET":
        request = HttpRequest("GET", _with_query(url, encoded), {})
        text = v3_text("GET", request.url)
    else:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        request = HttpRequest("POST", url, form, encoded.encode("ascii"))
        text = v3_text("POST", url, fields)
    return replace(
        request,
        headers={
            "User-Agent": USER_AGENT,
            **request.headers,
            **_v3_headers(text, tokens),
            **_standard_headers(f"msg_{message.key}", request.body or b"", now, tokens.owner),
        },
    )


def _with_query(url: str, added: str) -> str:
    """Our parameters after the customer's own."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, added)))
    return urlunsplit(parts._replace(query=query))


def _v3_headers(text: str, tokens: SigningTokens) -> dict[str, str]:
    nonce = str(secrets.randbelow(10**20)).zfill(20)

    def listed(signing: tuple[str, ...]) -> str:
        return ",".join(v3_signature(text, nonce=nonce, token=token) for token in signing)

    return {
        "X-Plivo-Signature-V3": listed(tokens.owner),
        "X-Plivo-Signature-Ma-V3": listed(tokens.main),
        "X-Plivo-Signature-V3-Nonce": nonce,
    }


def _standard_headers(
    message_id: str, body: bytes, now: int, tokens: tuple[str, ...]
) -> dict[str, str]:
    timestamp = now // 1000
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_mac(signed, token)}" for token in tokens),
    }


def _mac(signed: bytes, token: str) -> str:
    return base64.b64encode(hmac.digest(token.encode(), signed, hashlib.sha256)).decode("ascii")
