"""The account, numbers and carrier that a fresh local stack starts with.

Everything goes in by the doors that an operator and a customer use.
"""

from dataclasses import dataclass, field
from typing import Any

from local.aws.runtime import Runtime
from local.phone.plivo.front import CARRIER_API
from maskline.carriers import DEFAULT
from tools.operator.new_account import draw_id, draw_token
from tools.smoke.client import Client

US_NUMBERS = tuple(f"+1202555011{digit}" for digit in range(6))
GB_NUMBERS = tuple(f"+44207946011{digit}" for digit in range(4))


@dataclass(frozen=True)
class Credentials:
    """Drawn, unless they are given, and worth nothing anywhere else."""

    auth_id: str = field(default_factory=lambda: draw_id("MA"))
    auth_token: str = field(default_factory=draw_token)
    subaccount_id: str = field(default_factory=lambda: draw_id("SA"))
    subaccount_token: str = field(default_factory=draw_token)
    carrier_auth_id: str = field(default_factory=lambda: draw_id("MA"))
    carrier_auth_token: str = field(default_factory=draw_token)


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
    client = Client(api, credentials.auth_id, credentials.auth_token)
    answer = client.send("POST", "/Number/", body)
    assert answer.status < 300, answer.content


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
                "recordings_url": f"{api}{CARRIER_API}/recordings",
            }
        },
    }
