"""Questions to Plivo's own API."""

import base64
from urllib.parse import quote

from maskline.config import settings
from maskline.domain.accounts import CarrierAccount

_ANSWER_SECONDS = 1.5


def call_resource_url(auth_id: str, call_uuid: str) -> str:
    """Where the carrier keeps the record of a call."""
    return f"{settings().plivo_api_url}/v1/Account/{auth_id}/Call/{quote(call_uuid, safe='')}"


def recording_resource_url(auth_id: str, recording_uuid: str) -> str:
    """Where the carrier keeps the record of a recording."""
    recording = quote(recording_uuid, safe="")
    return f"{settings().plivo_api_url}/v1/Account/{auth_id}/Recording/{recording}/"


def is_call_alive(
    carrier_account: CarrierAccount, call_uuid: str, timeout_seconds: float = _ANSWER_SECONDS
) -> bool:
    """False only if the carrier says that there is no such live call.

    Not knowing counts as alive: a second caller who hears "busy" once too often does less harm than
    two conversations in a session. Somebody waits for this: one attempt, bounded in time.
    """
    # Few answers come here, and ssl has no place in the cold start of the others.
    from maskline import outbound

    url = f"{call_resource_url(carrier_account.auth_id, call_uuid)}/?status=live"
    request = outbound.HttpRequest("GET", url, {"Authorization": _basic(carrier_account)})
    try:
        return outbound.send(request, seconds=timeout_seconds).status != 404
    except OSError:
        return True


def _basic(carrier_account: CarrierAccount) -> str:
    credentials = f"{carrier_account.auth_id}:{carrier_account.auth_tokens[0]}"
    return f"Basic {base64.b64encode(credentials.encode()).decode('ascii')}"
