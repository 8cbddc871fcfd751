"""The account, numbers and carrier that a fresh local stack starts with.

Everything goes in by the doors that an operator and a customer use.
"""

import base64
import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from local.aws.runtime import Runtime
from local.phone.plivo.front import CARRIER_API
from maskline.carriers import DEFAULT
from tools.operator.new_account import draw_id, draw_token

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


Urls = dict[str, dict[str, str]]
"""By carrier, what its application is to be told, by the carrier's names."""


def provision(runtime: Runtime, credentials: Credentials, api_url: str) -> Urls:
    """Create the account, its subaccount and its carrier by the operator's function.

    `api_url` is the simulated carrier's API. Return the URLs for the carrier's application.
    """
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
        "carrier": DEFAULT,
        "auth_id": credentials.carrier_auth_id,
        "secrets": {"auth_token": [credentials.carrier_auth_token]},
        "api_url": api_url,
    }
    event = {"account": account, "subaccounts": [subaccount], "carriers": [carrier]}
    urls: Urls = runtime.invoke_by_folder("provision_account", event)["carriers"]
    return urls


def add_numbers(api: str, credentials: Credentials) -> None:
    """Put the seeded numbers into the account's pool by the public API."""
    numbers = ",".join(number.removeprefix("+") for number in US_NUMBERS + GB_NUMBERS)
    body = {"numbers": numbers, "carrier": DEFAULT}
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


def information(api: str, credentials: Credentials, urls: Urls) -> dict[str, Any]:
    """Return the answer of GET /local/info."""
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
            DEFAULT: {
                "auth_id": credentials.carrier_auth_id,
                "auth_token": credentials.carrier_auth_token,
                **urls.get(DEFAULT, {}),
                "api_url": f"{api}{CARRIER_API}",
                "calls_url": f"{api}{CARRIER_API}/calls",
            }
        },
    }
