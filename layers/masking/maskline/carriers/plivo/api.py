"""Plivo's own API: what we ask it, and where it keeps what."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from maskline.carriers import rest
from maskline.carriers.plivo.xml import retried
from maskline.carriers.rest import Question
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.phone_numbers import digits

# The name of the one secret: the first value opens the API, webhooks may be signed with any.
AUTH = "auth_token"


def call_url(account: CarrierAccount, call_uuid: str) -> str:
    """Return where the carrier keeps the record of a call."""
    return f"{account_url(account)}/Call/{quote(call_uuid, safe='')}"


def recording_url(account: CarrierAccount, recording_uuid: str) -> str:
    """Return where the carrier keeps the record of a recording."""
    return f"{account_url(account)}/Recording/{quote(recording_uuid, safe='')}/"


def account_url(account: CarrierAccount) -> str:
    return f"{account.api_url}/v1/Account/{account.auth_id}"


def is_call_alive(account: CarrierAccount, call_uuid: str) -> bool | None:
    """Tell if there is such a live call; None if the carrier does not say."""
    url = f"{call_url(account, call_uuid)}/?status=live"
    answer = rest.ask(
        Question("GET", url, basic(account)), seconds=rest.SECONDS_WHILE_SOMEBODY_WAITS
    )
    if answer is None:
        return None
    return True if answer.is_ok else False if answer.status == 404 else None


def end_call(account: CarrierAccount, call_uuid: str) -> None:
    """Hang up. Source: the Voice API's call object, DELETE /v1/Account/{id}/Call/{uuid}/."""
    rest.ask(Question("DELETE", f"{call_url(account, call_uuid)}/", basic(account)))


def call_record(account: CarrierAccount, leg_uuid: str) -> Mapping[str, Any] | None:
    """Return the record of a leg that is over, None if there is none (yet).

    Source: the Voice API, "Retrieve a call": total_amount, bill_duration, call_duration,
    call_state, hangup_cause_name, hangup_cause_code.
    """
    answer = rest.ask(Question("GET", f"{call_url(account, leg_uuid)}/", basic(account)))
    return answer.content if answer is not None and answer.is_ok else None


def place_call(account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
    """Ask the carrier to call somebody."""
    body = rest.json_body(_call_parameters(call, urls))
    url = f"{account_url(account)}/Call/"
    return rest.place(Question("POST", url, basic(account), "application/json", body))


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


def basic(account: CarrierAccount) -> str:
    return rest.basic(account.auth_id, account.secrets[AUTH][0])
