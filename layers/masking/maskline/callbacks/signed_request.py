"""The signed HTTP request that carries a callback.

Two signatures, either of which is enough for a receiver:

- Plivo's V3, over the URL and all parameters. X-Plivo-Signature-V3 is made with the token of the
  account or subaccount that owns the session. X-Plivo-Signature-Ma-V3, with the main account's,
  is sent for the main account's own sessions only: a subaccount chooses the words of its URL, and
  the main account's token must not vouch for them.
- Standard Webhooks: `webhook-signature` over `webhook-id.webhook-timestamp.body`, keyed with the
  bytes of the owner's token (its libraries take "whsec_" + base64 of them). A GET has no body, so
  that this one covers only id and time: check V3 for the parameters.

While a token is rotated each header lists a signature for every valid token.

Of the customer's query whatever our callbacks say themselves is left out, under any event and in
any spelling that a receiver could take for it: nobody can put words into our mouth.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import replace
from urllib.parse import quote, unquote_plus, unquote_to_bytes, urlencode, urlsplit, urlunsplit

from maskline.callbacks.messages import CallbackMessage
from maskline.callbacks.payload import NAMES, fields_of
from maskline.domain.sessions.callback_urls import login_of
from maskline.wire.outbound import HttpRequest
from maskline.wire.signatures import v3_signature, v3_text

USER_AGENT = "Maskline/1.0"

_OWN_NAMES = frozenset(name.casefold() for name in NAMES)
# A parameter and what parts it from the one before it: for some receivers a semicolon does, too.
_PARAMETER = re.compile("(?:^|[&;])([^&;]*)")
# Receivers pass over blanks, brackets and a second question mark before a name, and over what
# stands behind it as the mark of a list.
_BLANKS = r"\x00-\x20\s\ufeff"
_NAME = re.compile(rf"[{_BLANKS}?\[\]]*([^{_BLANKS}\[\].]*)")


def build_request(
    message: CallbackMessage, *, url: str, tokens: tuple[str, ...], now: int
) -> HttpRequest:
    """The request as it goes out at that instant, to the message's URL in its checked form.

    `tokens` are the valid ones of the account or subaccount that owns the session.
    """
    url = _without_our_names(url)
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
            **_authorization(login_of(message.callback_url)),
            **request.headers,
            **_v3_headers(text, tokens, is_main=not message.subaccount_id),
            **_standard_headers(f"msg_{message.key}", request.body or b"", now, tokens),
        },
    )


def _authorization(login: str) -> dict[str, str]:
    """A login of a URL as a header, in what its escapes stand for."""
    if not login:
        return {}
    pair = unquote_to_bytes(login if ":" in login else f"{login}:")
    return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def _without_our_names(url: str) -> str:
    """A URL without the parameters of its query that a callback of ours could have."""
    parts = urlsplit(url)
    kept = _PARAMETER.sub(lambda found: "" if _is_ours(found[1]) else found[0], parts.query)
    return urlunsplit(parts._replace(query=kept.lstrip("&;")))


def _is_ours(parameter: str) -> bool:
    found = _NAME.match(unquote_plus(parameter.partition("=")[0]))
    return found is not None and found[1].casefold() in _OWN_NAMES


def _with_query(url: str, added: str) -> str:
    """Our parameters after the customer's own."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, added)))
    return urlunsplit(parts._replace(query=query))


def _v3_headers(text: str, tokens: tuple[str, ...], *, is_main: bool) -> dict[str, str]:
    nonce = str(secrets.randbelow(10**20)).zfill(20)
    listed = ",".join(v3_signature(text, nonce=nonce, token=token) for token in tokens)
    headers = {"X-Plivo-Signature-V3": listed, "X-Plivo-Signature-V3-Nonce": nonce}
    return headers | ({"X-Plivo-Signature-Ma-V3": listed} if is_main else {})


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
