"""Webhooks as jambonz-feature-server makes them: CallInfo.toJSON() in snake case, and more."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from typing import Any

from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from tests.support import builders

BASE_URL = "https://maskline.example.com"
SECRET, OLD_SECRET = "EXAMPLEwebhooksecretEXAMPLE", "EXAMPLEoldwebhooksecretEXAMPLE"
ACCOUNT_SID = "9a1d3c5e-0000-4000-8000-000000000001"
CALL_SID = "9a1d3c5e-0000-4000-8000-0000000000aa"
LEG_SID = "9a1d3c5e-0000-4000-8000-0000000000bb"
URLS = CallUrls(BASE_URL, "jambonz", builders.MAIN_ID, builders.SESSION_UUID, CALL_SID, 1)
# The words in which jambonz speaks of a leg's way, with the SIP status that it has each for.
SIP_REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    503: "Service Unavailable",
    603: "Decline",
}


def account(**changes: Any) -> CarrierAccount:
    secrets = {"webhook_secret": (SECRET,), "api_key": ("EXAMPLE-api-key",)}
    known = {
        "carrier": "jambonz",
        "auth_id": ACCOUNT_SID,
        "secrets": secrets,
        "api_url": "https://jambonz.example.com",
    }
    return builders.carrier_account(**known | changes)


def of_caller(status: str, sip_status: int, **more: Any) -> dict[str, Any]:
    """A status of the leg of the person who dialled the virtual number."""
    return {
        "call_sid": CALL_SID,
        "direction": "inbound",
        "from": "+12025550101",
        "to": "+12025550110",
        "call_id": "f6c3b0aa-example",
        "sbc_callid": "f6c3b0ab-example",
        "sip_status": sip_status,
        "sip_reason": SIP_REASONS[sip_status],
        "call_status": status,
        "account_sid": ACCOUNT_SID,
        "trace_id": "b5c2d1",
        "application_sid": "9a1d3c5e-0000-4000-8000-0000000000cc",
        "fs_sip_address": "10.0.0.5:5060",
        "originating_sip_ip": "192.0.2.10",
        "originating_sip_trunk_name": "trunk",
        **more,
    }


def of_callee(status: str, sip_status: int, **more: Any) -> dict[str, Any]:
    """A status of the leg that a dial made."""
    own = {
        "call_sid": LEG_SID,
        "parent_call_sid": CALL_SID,
        "direction": "outbound",
        "from": "+12025550110",
        "to": "+12025550102",
        "caller_id": "+12025550110",
    }
    told = of_caller(status, sip_status) | own | more
    return {name: value for name, value in told.items() if not name.startswith("originating")}


def of_placed(status: str, sip_status: int, **more: Any) -> dict[str, Any]:
    """A status of a leg that was ordered over the API."""
    own = {"direction": "outbound", "from": "+12025550110", "to": "+12025550101"}
    told = of_caller(status, sip_status) | own | more
    return {name: value for name, value in told.items() if not name.startswith("originating")}


def new_call(**changes: Any) -> dict[str, Any]:
    """The first webhook of a call: with the whole INVITE in it, and less of the call's words."""
    invite = {
        "headers": {
            "from": '"Ann" <sip:+12025550101@192.0.2.10>;tag=1',
            "to": "<sip:+12025550110@example.com>",
            "p-asserted-identity": "<sip:+12025550101@192.0.2.10>",
        },
        "body": "v=0\r\n",
        "method": "INVITE",
        "uri": "sip:+12025550110@example.com",
        "type": "request",
    }
    more = {"sip": invite, "caller_name": "Ann", "service_provider_sid": ACCOUNT_SID}
    return of_caller("trying", 100) | more | changes


def dial_over(status: str | None, sip_status: int | None, **caller: Any) -> dict[str, Any]:
    """The actionHook of a dial: the caller's leg as it is, and the results as far as there are."""
    told = {
        "dial_call_status": status,
        "dial_sip_status": sip_status,
        "dial_call_sid": LEG_SID,
        "dial_sbc_callid": "f6c3b0ac-example",
    }
    results = {name: value for name, value in told.items() if value is not None}
    return of_caller("trying", 100) | (results if status else {}) | caller


def signature(body: bytes, secrets: Sequence[str] = (SECRET,), at: float | None = None) -> str:
    """The header as the feature server writes it; several secrets as it would in a rotation."""
    instant = int(time.time() if at is None else at)
    made = [
        hmac.new(secret.encode(), f"{instant}.".encode() + body, hashlib.sha256).hexdigest()
        for secret in secrets
    ]
    return ",".join([f"t={instant}", *(f"v1={one}" for one in made)])


def webhook(step: Step, body: dict[str, Any], urls: CallUrls = URLS) -> CarrierRequest:
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {"content-type": "application/json", "jambonz-signature": signature(content)}
    return CarrierRequest("POST", urls.to(step), BASE_URL, headers, body=content)
