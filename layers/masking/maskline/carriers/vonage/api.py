"""Vonage's own API: what we ask it, and where it keeps what."""

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from maskline import clock
from maskline.carriers import rest
from maskline.carriers.rest import Answer, Question
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.phone_numbers import digits

# The names of the secrets that open the API; the first value of each does.
APPLICATION_ID, PRIVATE_KEY, API_SECRET = "application_id", "private_key", "api_secret"
# The longest that the carrier rings and connects a call that it is asked to place.
MOST_RING_SECONDS = 120
MOST_CALL_SECONDS = 86_400
_TOKEN_SECONDS = 300
_FINAL = {"completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered"}


def application_urls(urls: CallUrls) -> Mapping[str, str]:
    """Return our URLs by the names of an application's webhooks."""
    answer_url = urls.to(Step.ANSWER)
    return {
        "answer_url": answer_url,
        "fallback_answer_url": answer_url,
        "event_url": urls.to(Step.HANGUP),
    }


def call_url(account: CarrierAccount, call_uuid: str) -> str:
    """Return where the carrier keeps the record of a call."""
    return f"{account.api_url}/v1/calls/{quote(call_uuid, safe='')}"


def is_call_alive(account: CarrierAccount, call_uuid: str) -> bool | None:
    """Tell if a call is on; None if the carrier does not say.

    A call is known in the carrier's region where it runs, and nowhere else while it lasts.
    """
    found = _found(_ask(account, "GET", call_uuid, seconds=rest.SECONDS_WHILE_SOMEBODY_WAITS))
    status = found.get("status") if found else None
    return status not in _FINAL if isinstance(status, str) else None


def end_call(account: CarrierAccount, call_uuid: str) -> None:
    """Hang up. Source: the Voice API, "Modify an in-progress call"."""
    _ask(account, "PUT", call_uuid, rest.json_body({"action": "hangup"}))


def call_record(account: CarrierAccount, leg_uuid: str) -> Mapping[str, Any] | None:
    """Return the record of a leg, None if there is none (yet)."""
    return _found(_ask(account, "GET", leg_uuid))


def place_call(account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
    """Ask the carrier to call somebody."""
    body = rest.json_body(_call_parameters(call, urls))
    url = f"{account.api_url}/v1/calls"
    return rest.place(Question("POST", url, _bearer(account), "application/json", body))


def _call_parameters(call: OutboundCall, urls: CallUrls) -> dict[str, Any]:
    return {
        "to": [{"type": "phone", "number": digits(call.callee)}],
        "from": {"type": "phone", "number": digits(call.caller_id)},
        "answer_url": [urls.to(Step.FIRST_ANSWER)],
        "answer_method": "POST",
        "event_url": [urls.to(Step.FIRST_HANGUP)],
        "event_method": "POST",
        "ringing_timer": min(call.ring_timeout_seconds, MOST_RING_SECONDS),
        "length_timer": min(call.time_limit_seconds, MOST_CALL_SECONDS),
    }


def _ask(
    account: CarrierAccount,
    method: str,
    call_uuid: str,
    body: bytes | None = None,
    **options: float,
) -> Answer | None:
    content_type = "application/json" if body else ""
    question = Question(method, call_url(account, call_uuid), _bearer(account), content_type, body)
    return rest.ask(question, **options)


def _found(answer: Answer | None) -> dict[str, Any] | None:
    return answer.content if answer is not None and answer.is_ok else None


def _bearer(account: CarrierAccount) -> str:
    """Return the header that opens the application's calls. Of a key that is none, it opens none.

    Source: the SDK's `vonage_jwt.JwtClient`.
    """
    # A caller hears nothing while a function loads it, and few requests need it.
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    now = clock.world_ms() // 1000
    claims = {
        "application_id": account.secrets[APPLICATION_ID][0],
        "iat": now,
        "exp": now + _TOKEN_SECONDS,
        "jti": str(uuid.uuid4()),
    }
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
    try:
        pem = account.secrets[PRIVATE_KEY][0].encode()
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        return rest.bearer("")
    if not isinstance(key, rsa.RSAPrivateKey):
        return rest.bearer("")
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return rest.bearer(f"{signed}.{_base64(signature)}")


def _part(content: Mapping[str, Any]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
