"""Plivo's own API: what we ask it, and where it keeps what."""

import base64
import json
import socket
import time
from urllib.parse import quote

from maskline.carriers.plivo.xml import retried
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.phone_numbers import digits

# The name of the one secret: the first value opens the API, webhooks may be signed with any.
AUTH = "auth_token"
_ANSWER_SECONDS = 1.5
_PLACING_SECONDS = 10.0
# Between attempts to reach the carrier at all.
_PAUSES_SECONDS = (0.5, 1.0, 0.0)


def call_url(account: CarrierAccount, call_uuid: str) -> str:
    """Return where the carrier keeps the record of a call."""
    return f"{_account_url(account)}/Call/{quote(call_uuid, safe='')}"


def recording_url(account: CarrierAccount, recording_uuid: str) -> str:
    """Return where the carrier keeps the record of a recording."""
    return f"{_account_url(account)}/Recording/{quote(recording_uuid, safe='')}/"


def _account_url(account: CarrierAccount) -> str:
    return f"{account.api_url}/v1/Account/{account.auth_id}"


def is_call_alive(
    account: CarrierAccount, call_uuid: str, timeout_seconds: float = _ANSWER_SECONDS
) -> bool:
    """False only if the carrier says that there is no such live call.

    Not knowing counts as alive: a second caller who hears "busy" once too often does less harm than
    two conversations in a session. Somebody waits for this: one attempt, bounded in time.
    """
    # Few answers come here, and ssl has no place in the cold start of the others.
    from maskline.wire import outbound

    url = f"{call_url(account, call_uuid)}/?status=live"
    request = outbound.HttpRequest("GET", url, {"Authorization": _basic(account)})
    try:
        return outbound.send(request, seconds=timeout_seconds).status != 404
    except OSError:
        return True


def place_call(account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
    """Ask the carrier to call somebody, again only while no request has left us.

    What was sent and has no clear answer may ring: nobody's phone is to ring twice.
    """
    from maskline.wire import outbound

    request = outbound.HttpRequest(
        "POST",
        f"{_account_url(account)}/Call/",
        {"Authorization": _basic(account), "Content-Type": "application/json"},
        json.dumps(_call_parameters(call, urls)).encode(),
    )
    for pause in _PAUSES_SECONDS:
        try:
            return _placement(outbound.send(request, seconds=_PLACING_SECONDS).status)
        except (ConnectionRefusedError, socket.gaierror):
            time.sleep(pause)
        except OSError:
            return Placement.UNKNOWN
    return Placement.UNREACHABLE


def _placement(status: int) -> Placement:
    if 200 <= status < 300:
        return Placement.ACCEPTED
    return Placement.REFUSED if 400 <= status < 500 else Placement.UNKNOWN


def _call_parameters(call: OutboundCall, urls: CallUrls) -> dict[str, str | int]:
    return {
        "from": digits(call.caller_id),
        "to": digits(call.callee),
        "answer_url": retried(urls.to(Step.FIRST_ANSWER)),
        "answer_method": "POST",
        "ring_url": retried(urls.to(Step.FIRST_RING)),
        "ring_method": "POST",
        "hangup_url": retried(urls.to(Step.FIRST_HANGUP)),
        "hangup_method": "POST",
        "ring_timeout": call.ring_timeout_seconds,
        "time_limit": call.time_limit_seconds,
    }


def _basic(account: CarrierAccount) -> str:
    credentials = f"{account.auth_id}:{account.secrets[AUTH][0]}"
    return f"Basic {base64.b64encode(credentials.encode()).decode('ascii')}"
