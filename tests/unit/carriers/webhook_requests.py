"""Webhooks as the carrier sends them, for the tests of this folder."""

import json
from pathlib import Path
from typing import Any

from maskline.carriers.request import CarrierRequest

TOKEN = "EXAMPLEauthtokenEXAMPLEauthtokenEXAMPLEtok"
BASE_URL = "https://maskline.example.com"
CALL_UUID = "11111111-2222-4333-8444-555555555501"
CALLEE_UUID = "11111111-2222-4333-8444-555555555502"
RECORDING_UUID = "11111111-2222-4333-8444-555555555503"
EVENTS = Path(__file__).parents[3] / "events"


def webhook(method: str = "POST", **params: str) -> CarrierRequest:
    """A webhook with these parameters, in the body or the query as the method has it."""
    pairs = tuple(params.items())
    is_post = method == "POST"
    return CarrierRequest(
        method=method,
        url=f"{BASE_URL}/carriers/plivo/call/answer",
        base_url=BASE_URL,
        headers={},
        query=() if is_post else pairs,
        form=pairs if is_post else (),
    )


def load_event(name: str) -> dict[str, Any]:
    """One file of events/."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event
