"""The account, numbers and carrier that a fresh local stack starts with.

Everything goes in by the doors that an operator and a customer use.
"""

import base64
import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from local.new_account import draw_id, draw_token
from local.runtime import Runtime

US_NUMBERS = tuple(f"+1202555011{digit}" for digit in range(6))
GB_NUMBERS = tuple(f"+44207946011{digit}" for digit in range(4))


@dataclass(frozen=True)
class Credentials:
    """Fresh for every start, and worth nothing anywhere else."""

    auth_id: str = field(default_factory=lambda: draw_id("MA"))
    auth_token: str = field(default_factory=draw_token)
    subaccount_id: str = field(default_factory=lambda: draw_id("SA"))
    subaccount_token: str = field(default_factory=draw_token)
    carrier_auth_id: str = field(default_factory=lambda: draw_id("MA"))
    carrier_auth_token: str = field(default_factory=draw_token)


class SeedError(Exception):
    """The service refused what a fresh stack is to start with."""


def provision(runtime: Runtime, credentials: Credentials) -> None:
    """Create the account, its subaccount and its carrier by the operator's function."""
    account = {
        "auth_id": credentials.auth_id,
        "auth_tokens": [credentials.auth_token],
        "default_strategy": "shared",
    }
    subaccount = {
        "auth_id": credentials.subaccount_id,
        "auth_tokens": [credentials.subaccount_token],
    }
    carrier = {
        "carrier": "plivo",
        "auth_id": credentials.carrier_auth_id,
        "auth_tokens": [credentials.carrier_auth_token],
    }
    event = {"account": account, "subaccounts": [subaccount], "carriers": [carrier]}
    runtime.invoke_by_folder("provision_account", event)


def add_numbers(api: str, credentials: Credentials) -> None:
    """Put the seeded numbers into the account's pool by the public API."""
    numbers = ",".join(number.removeprefix("+") for number in US_NUMBERS + GB_NUMBERS)
    body = {"numbers": numbers, "carrier": "plivo"}
    request = urllib.request.Request(
        f"{api}/v1/Account/{credentials.auth_id}/Number/",
        data=json.dumps(body).encode(),
        headers=_headers(credentials),
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
    except OSError as error:
        raise SeedError(f"adding the numbers failed: {error}") from error


def _headers(credentials: Credentials) -> dict[str, str]:
    pair = f"{credentials.auth_id}:{credentials.auth_token}".encode()
    return {
        "Authorization": f"Basic {base64.b64encode(pair).decode()}",
        "Content-Type": "application/json",
    }


def information(api: str, credentials: Credentials) -> dict[str, Any]:
    """Build the answer of GET /local/info."""
    return {
        "api": api,
        "auth_id": credentials.auth_id,
        "auth_token": credentials.auth_token,
        "subaccount": {
            "auth_id": credentials.subaccount_id,
            "auth_token": credentials.subaccount_token,
        },
        "numbers": [*US_NUMBERS, *GB_NUMBERS],
        "carriers": {
            "plivo": {
                "auth_id": credentials.carrier_auth_id,
                "auth_token": credentials.carrier_auth_token,
                "answer_url": f"{api}/carriers/plivo/answer",
                "hangup_url": f"{api}/carriers/plivo/hangup",
                "calls_url": f"{api}/local/carriers/plivo/calls",
            }
        },
    }
