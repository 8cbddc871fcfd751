"""Vonage's webhooks as its webhook reference shows them, for the tests of this folder."""

import json
from typing import Any

from maskline.carriers.adapter import Message
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import Step
from maskline.carriers.vonage import CARRIER
from maskline.domain.accounts import CarrierAccount
from tests.support import builders

CALLER_UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
CALLEE_UUID = "63f61863-4a51-4f6b-86e1-46edebcf9356"
CONVERSATION = "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
RECORDING_UUID = "bbbbbbbb-aaaa-cccc-dddd-0123456789ab"
RECORDING_URL = "https://api.nexmo.com/v1/files/bbbbbbbb-aaaa-cccc-dddd-0123456789ac"
ACCOUNT = CarrierAccount(
    "vonage",
    builders.MAIN_ID,
    "abcd1234",
    {
        "signature_secret": ("a-signature-secret-of-a-test-only",),
        "application_id": ("78d335fa-323d-0114-9c3d-d6f0d48968cf",),
        "private_key": ("no key",),
        "api_secret": ("a-secret",),
    },
    "https://api.nexmo.com",
)
# What "completed" adds.
FIGURES = {
    "start_time": "2020-01-01T12:00:00.000Z",
    "end_time": "2020-01-01T12:00:02.000Z",
    "duration": "2",
    "rate": "0.00450000",
    "price": "0.00015000",
    "network": "GB-FIXED",
}
UNANSWERED = {"start_time": None, "duration": "0", "rate": "0.00450000", "price": "0.00000000"}


def answer(**changes: Any) -> dict[str, Any]:
    default = {
        "from": "12025550100",
        "to": "442079460000",
        "endpoint_type": "phone",
        "uuid": CALLER_UUID,
        "conversation_uuid": CONVERSATION,
        "region_url": "https://api-us-3.vonage.com",
    }
    return _with(default, changes)


def event(status: str, direction: str = "outbound", **changes: Any) -> dict[str, Any]:
    """What is said of a leg: the one that we called, or the caller's."""
    is_callee = direction == "outbound"
    default = {
        "from": "442079460000" if is_callee else "12025550100",
        "to": "12025550101" if is_callee else "442079460000",
        "uuid": CALLEE_UUID if is_callee else CALLER_UUID,
        "conversation_uuid": CONVERSATION,
        "status": status,
        "direction": direction,
        "timestamp": "2020-01-01T12:00:00.000Z",
    }
    return _with(default, changes)


def recording(**changes: Any) -> dict[str, Any]:
    default = {
        "start_time": "2020-01-01T12:00:00Z",
        "recording_url": RECORDING_URL,
        "size": 12345,
        "recording_uuid": RECORDING_UUID,
        "end_time": "2020-01-01T12:01:00Z",
        "conversation_uuid": CONVERSATION,
        "timestamp": "2020-01-01T14:00:00.000Z",
    }
    return _with(default, changes)


def _with(default: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A change to ... leaves the field out."""
    return {name: value for name, value in (default | changes).items() if value is not ...}


def read(step: Step, content: object) -> Message:
    headers = {"content-type": "application/json"}
    body = json.dumps(content).encode()
    request = CarrierRequest("POST", "https://m.example/", "https://m.example", headers, body=body)
    return CARRIER.read(step, request, ACCOUNT)
