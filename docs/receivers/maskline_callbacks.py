"""Check that a callback is Maskline's, by both of its signatures. Wants Python 3.11 or later.

plivo==4.63.0 checks the first signature, standardwebhooks==1.1.0 the second. Before 1.1.0,
standardwebhooks always parses the body as JSON, and fails on a form.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from plivo.exceptions import PlivoRestError
from plivo.utils import validate_v3_signature
from standardwebhooks import Webhook, WebhookVerificationError

# That of the account or subaccount that owns the sessions.
AUTH_TOKEN = os.environ["AUTH_TOKEN"]
# The sessions' `callback_url` up to its query, as Maskline has it. Do not ask your framework for
# the URL: behind a proxy that ends TLS it says http, and often another host.
CALLBACK_URL = os.environ["CALLBACK_URL"]


class ForgedError(Exception):
    """Not from Maskline, or altered, or more than five minutes old."""


class Callback(NamedTuple):
    """`id` is the same in each attempt to deliver an event."""

    id: str
    fields: dict[str, str]


def verified(method: str, query: str, headers: Mapping[str, str], body: bytes) -> Callback:
    """Return a callback. `query` and `body` are as they came, names of headers in lower case."""
    url = f"{CALLBACK_URL}?{query}" if query else CALLBACK_URL
    try:
        fields = dict(
            parse_qsl(body.decode() if method == "POST" else query, keep_blank_values=True)
        )
        is_ours = validate_v3_signature(
            method,
            url,
            headers.get("x-plivo-signature-v3-nonce", ""),
            AUTH_TOKEN,
            headers.get("x-plivo-signature-v3", ""),
            fields if method == "POST" else {},
        )
        # A GET has no body: of it this signature covers id and time alone, V3 all the rest.
        Webhook(AUTH_TOKEN.encode()).verify(body, dict(headers), json_parse=False)
    except (PlivoRestError, WebhookVerificationError, ValueError) as error:
        raise ForgedError from error
    if not is_ours:
        raise ForgedError
    return Callback(headers["webhook-id"], fields)
