"""Values that the tests of the API start from; each test overrides what it is about."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from maskline.config import DeploymentSettings
from maskline.domain.accounts import Account, Client
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session, Settings, Strategy, Terms
from tests.support import builders

EVENTS = Path(__file__).resolve().parents[3] / "events"

MAIN_ID = "MAXXXXXXXXXXXXXXXXXX"
SUB_ID = "SAXXXXXXXXXXXXXXXXXX"
FOREIGN_ID = "MAYYYYYYYYYYYYYYYYYY"
FOREIGN_SUB_ID = "SAYYYYYYYYYYYYYYYYYY"
TOKEN = "EXAMPLEauthtokenEXAMPLEauthtokenEXAMPLEtok"
NEW_TOKEN = "EXAMPLEnewtokenEXAMPLEnewtokenEXAMPLEtoken"

FIRST, SECOND, VIRTUAL = E164("+12025550101"), E164("+12025550102"), E164("+12025550199")
SECOND_VIRTUAL = E164("+442079460199")
UUID = "5a6f1c3e-90ab-4f0e-8d77-1f2e3d4c5b6a"
# 2026-03-02 09:15:00.250 UTC
CREATED_AT = 1_772_442_900_250

MAIN = Account(MAIN_ID, (TOKEN, NEW_TOKEN))
SUB = Account(SUB_ID, (TOKEN,), parent_id=MAIN_ID)
FOREIGN = Account(FOREIGN_ID, (TOKEN,))
FOREIGN_SUB = Account(FOREIGN_SUB_ID, (TOKEN,), parent_id=FOREIGN_ID)
MAIN_CALLER = Client(MAIN, builders.origin())
SUB_CALLER = Client(MAIN, builders.origin(), SUB_ID)

DEPLOYMENT = DeploymentSettings(
    table_name="table",
    deployment_secret_arn="",
    wrapping_key_arn="",
    callback_queue_url="",
    callback_dead_letter_queue_url="",
    unreadable_records_queue_url="",
    call_order_queue_url="",
    session_expiry_default_seconds=3600,
    session_expiry_max_seconds=86_400,
    call_time_limit_default_seconds=3600,
    ring_timeout_default_seconds=120,
    retention_days=90,
    audit_retention_days=400,
    pin_length=6,
    pin_guess_window_seconds=3600,
    pin_slow_after=3,
    pin_caller_lock_after=10,
    pin_guesses_per_day=10,
    creates_per_minute=0,
    calls_per_session=0,
    calls_per_caller_per_hour=0,
    public_base_url="",
    allow_loopback_callbacks=False,
    why_patience_seconds=0.1,
)


def get_account(account_id: str) -> Account | None:
    """The accounts above, as the store would read them."""
    known = (MAIN, SUB, FOREIGN, FOREIGN_SUB)
    return next((account for account in known if account.account_id == account_id), None)


def basic(account_id: str, token: str = TOKEN) -> dict[str, str]:
    """The headers of a request with these credentials."""
    encoded = base64.b64encode(f"{account_id}:{token}".encode()).decode()
    return {"authorization": f"Basic {encoded}"}


def api_event(
    body: str | None = None,
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
    auth_id: str = MAIN_ID,
) -> dict[str, Any]:
    """A REST API's event, for what the handlers read of it."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {
        "httpMethod": "POST",
        "resource": "/Account/{auth_id}/Masking/Session",
        "headers": basic(MAIN_ID) if headers is None else headers,
        "pathParameters": {"auth_id": auth_id},
        "multiValueQueryStringParameters": values or None,
        "requestContext": {"identity": {"sourceIp": "203.0.113.10"}},
        "body": body,
        "isBase64Encoded": False,
    }


def load_event(name: str) -> dict[str, Any]:
    """A file of events/."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def make_session(**changes: Any) -> Session:
    """A fresh shared session of half an hour."""
    session = Session(
        session_uuid=UUID,
        account_id=MAIN_ID,
        subaccount_id="",
        first_party=FIRST,
        second_party=SECOND,
        first_virtual_number=VIRTUAL,
        second_virtual_number=VIRTUAL,
        strategy=Strategy.SHARED,
        carrier="plivo",
        settings=Settings(1800, 3600, 45, "https://app.example/masking/events", "POST"),
        terms=Terms(),
        created_at=CREATED_AT,
        modified_at=CREATED_AT,
        expires_at=CREATED_AT + 1_800_000,
    )
    return replace(session, **changes)
