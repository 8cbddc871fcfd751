"""Accounts of the tests' own, set up the way an operator and a customer do it."""

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from local.phone.simulator import CarrierSimulator
from local.stack.carriers import by_role
from tests.e2e.people import virtual_number
from tests.e2e.service import Service
from tests.e2e.wire import Client

# The people are of both, while an account's numbers may be of one.
BOTH_COUNTRIES: dict[str, Any] = {"destination_countries": ["GB", "US"]}


@dataclass(frozen=True)
class Account:
    """`numbers` are E.164, in pool order."""

    client: Client
    carrier: CarrierSimulator
    numbers: tuple[str, ...]
    subaccount: Client

    @property
    def token(self) -> str:
        return self.client.auth_token


def seeded_account(info: dict[str, Any]) -> Account:
    """The account that a fresh local stack starts with."""
    sub = info["subaccount"]
    return Account(
        client=Client(info["api"], info["auth_id"], info["auth_token"]),
        carrier=CarrierSimulator.of(info),
        numbers=tuple(info["numbers"]),
        subaccount=Client(info["api"], sub["auth_id"], sub["auth_token"]),
    )


def provision_account(
    service: Service, *, strategy: str = "shared", limits: dict[str, Any] = BOTH_COUNTRIES
) -> Account:
    """A further account with a subaccount and a carrier of its own, and no numbers yet."""
    main, sub, carrier = _credentials("MA"), _credentials("SA"), _credentials("MA")
    here, [token] = service.info()["carriers"]["plivo"], carrier["auth_tokens"]
    at_carrier = {
        "carrier": "plivo",
        "auth_id": carrier["auth_id"],
        "secrets": {"auth_token": [token]},
        "api_url": here["api_url"],
    }
    answer = service.invoke(
        "provision_account",
        {
            "account": {**main, "default_strategy": strategy, "limits": limits},
            "subaccounts": [sub],
            "carriers": [at_carrier],
        },
    )
    plivo = {**here, **answer["carriers"]["plivo"], "auth_id": carrier["auth_id"]}
    plivo |= {"auth_token": token, **by_role(answer["carriers"]["plivo"])}
    return Account(
        client=Client(service.url, main["auth_id"], main["auth_tokens"][0]),
        carrier=CarrierSimulator.of({"carriers": {"plivo": plivo}}),
        numbers=(),
        subaccount=Client(service.url, sub["auth_id"], sub["auth_tokens"][0]),
    )


def _credentials(prefix: str) -> dict[str, Any]:
    auth_id = prefix + uuid.uuid4().hex[:18].upper()
    return {"auth_id": auth_id, "auth_tokens": [secrets.token_urlsafe(30)]}


def add_numbers(client: Client, count: int, **attributes: Any) -> tuple[str, ...]:
    """New numbers in a pool, E.164."""
    numbers = tuple(virtual_number() for _ in range(count))
    listed = ",".join(number.removeprefix("+") for number in numbers)
    answer = client.send("POST", "/Number/", {"numbers": listed, "carrier": "plivo", **attributes})
    assert answer.status < 300, answer.text
    return numbers
