"""The account, numbers and carriers that a fresh local stack starts with.

Everything goes in by the doors that an operator and a customer use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from local.aws.runtime import Runtime
from local.phone.api.front import carrier_api
from local.stack.carriers import Drawn, SeededCarrier, by_role, draw_missing, seeded
from maskline.carriers import DEFAULT, carrier
from tools.operator.new_account import draw_id, draw_token
from tools.smoke.client import Client


def _draw_others() -> dict[str, Drawn]:
    return {name: drawn for name, drawn in draw_missing({}).items() if name != DEFAULT}


@dataclass(frozen=True)
class Credentials:
    """Drawn, unless they are given, and worth nothing anywhere else.

    `carrier_auth_id` and `carrier_auth_token` are the default carrier's, `carriers` the others'.
    """

    auth_id: str = field(default_factory=lambda: draw_id("MA"))
    auth_token: str = field(default_factory=draw_token)
    subaccount_id: str = field(default_factory=lambda: draw_id("SA"))
    subaccount_token: str = field(default_factory=draw_token)
    carrier_auth_id: str = field(default_factory=lambda: draw_id("MA"))
    carrier_auth_token: str = field(default_factory=draw_token)
    carriers: dict[str, Drawn] = field(default_factory=_draw_others)

    @classmethod
    def kept(cls, content: Mapping[str, Any]) -> Self:
        """Those that were kept, by whichever version. Raises TypeError for anything else."""
        known = content.get("carriers", {})
        others = {name: drawn for name, drawn in draw_missing(known).items() if name != DEFAULT}
        return cls(**{**content, "carriers": {**known, **others}})

    def at(self, name: str) -> Drawn:
        """The account's ids and secrets at a carrier, by the carrier's own names."""
        if name == DEFAULT:
            return {"auth_id": self.carrier_auth_id, "auth_token": self.carrier_auth_token}
        return self.carriers[name]


Urls = dict[str, dict[str, str]]
"""By carrier, what its application is to be told, by the carrier's names."""


def seed(
    api: str, runtime: Runtime, credentials: Credentials, api_url: Callable[[str], str]
) -> Urls:
    """Set up the account, its pool and its numbers at the carriers; see `provision`."""
    urls = provision(runtime, credentials, api_url)
    _add_numbers(api, credentials)
    _configure_numbers(runtime, credentials)
    return urls


def provision(runtime: Runtime, credentials: Credentials, api_url: Callable[[str], str]) -> Urls:
    """Create the account, its subaccount and its carriers by the operator's function.

    `api_url` gives each simulated carrier's API. Return the URLs for the carriers' applications.
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
    carriers = [carrier_order(row, credentials.at(row.name), api_url(row.name)) for row in seeded()]
    event = {"account": account, "subaccounts": [subaccount], "carriers": carriers}
    urls: Urls = runtime.invoke_by_folder("provision_account", event)["carriers"]
    return urls


def carrier_order(row: SeededCarrier, known: Drawn, api_url: str) -> dict[str, Any]:
    """Return what the operator's function is told of an account at a carrier."""
    adapter = carrier(row.name)
    return {
        "carrier": row.name,
        adapter.account_name: known[adapter.account_name],
        "secrets": {name: [known[name]] for name in adapter.secrets},
        "api_url": api_url,
    }


def _add_numbers(api: str, credentials: Credentials) -> None:
    """Put the seeded numbers into the account's pool by the public API."""
    client = Client(api, credentials.auth_id, credentials.auth_token)
    for row in seeded():
        numbers = ",".join(number.removeprefix("+") for number in row.numbers)
        answer = client.send("POST", "/Number/", {"numbers": numbers, "carrier": row.name})
        assert answer.status < 300, answer.content


def _configure_numbers(runtime: Runtime, credentials: Credentials) -> None:
    """Have the carriers send the webhooks of the pool's numbers here, as an operator does."""
    for row in seeded():
        wanted = {"account": credentials.auth_id, "carrier": row.name, "configure": True}
        answer = runtime.invoke_by_folder("provision_account", {"import": wanted})
        notes = [one["note"] for one in answer["numbers"] if one["note"]]
        assert not notes, notes


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
        "numbers": [number for row in seeded() for number in row.numbers],
        "carriers": {
            row.name: {
                **credentials.at(row.name),
                **urls.get(row.name, {}),
                **by_role(urls.get(row.name, {})),
                "numbers": [*row.numbers],
                "api_url": f"{api}{carrier_api(row.name)}",
                "calls_url": f"{api}{carrier_api(row.name)}/calls",
                "recordings_url": f"{api}{carrier_api(row.name)}/recordings",
            }
            for row in seeded()
        },
    }
