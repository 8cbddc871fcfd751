"""The documents for a call that we answered, with the URLs under which the carrier comes back."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from maskline.carriers.plivo.follow_up import RETRIES, TOKEN_BYTES, follow_up, url_safe
from maskline.carriers.plivo.responses import Response, document
from maskline.domain.call_plan import CallPlan, CollectPin
from maskline.domain.errors import ForgedWebhookError
from maskline.secrets import subkey

_ATTEMPT = re.compile(r"0|[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """A call and the session that its URLs name; `pin_attempt` counts PINs asked for, from 0."""

    session_uuid: str
    call_uuid: str
    pin_attempt: int = 0


def call_document(plan: CallPlan, call: AnsweredCall, *, base_url: str) -> Response:
    """The document that carries out a plan on a call. `base_url` is ours, without a slash."""
    if isinstance(plan, CollectPin):
        return document(plan, pin_url=pin_url(base_url, call))
    if not call.session_uuid:
        return document(plan)
    urls = follow_up(
        base_url,
        key=subkey("follow-up"),
        session_uuid=call.session_uuid,
        call_uuid=call.call_uuid,
    )
    return document(plan, urls)


def pin_url(base_url: str, call: AnsweredCall) -> str:
    """Where the digits of one attempt go."""
    path = f"{call.session_uuid}/{call.call_uuid}/{call.pin_attempt}/{_pin_token(call)}{RETRIES}"
    return f"{base_url}/carriers/plivo/pin/{path}"


def require_own_pin_url(path: Mapping[str, str]) -> AnsweredCall:
    """The attempt that a URL is about. Raises ForgedWebhookError unless we made it."""
    if not _ATTEMPT.fullmatch(path["attempt"]):
        raise ForgedWebhookError("not an attempt of ours")
    call = AnsweredCall(path["session_uuid"], path["call_uuid"], int(path["attempt"]))
    given = path["token"].encode(errors="replace")
    if not hmac.compare_digest(given, _pin_token(call).encode()):
        raise ForgedWebhookError("not a PIN URL of ours")
    return call


def _pin_token(call: AnsweredCall) -> str:
    """Under a key of its own: no other follow-up URL can be turned into an attempt."""
    text = f"{call.session_uuid}/{call.call_uuid}/{call.pin_attempt}"
    digest = hmac.digest(subkey("pin-follow-up"), text.encode(), hashlib.sha256)
    return url_safe(digest[:TOKEN_BYTES])
