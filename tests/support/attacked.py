"""A service with two accounts and one session each, for those who attack it."""

import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.aws.engine import Engine
from local.gateway.messages import HttpResponse
from tests.support.carriers import application_urls
from tests.support.in_process import BASE_URL, Service
from tests.support.observation import ApiCall, recorded_api_calls
from tests.support.scenario import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    POOL,
    STRANGER,
    SUBACCOUNT_NUMBER,
    Scenario,
    basic,
    parties,
)

STRANGERS_NUMBER = "+12025550139"


@dataclass(frozen=True)
class Answered:
    """An answer, and what it took of AWS."""

    response: HttpResponse
    calls: tuple[str, ...]


@dataclass(frozen=True)
class Attacked:
    """`victim` is the scenario's account; `stranger` another one's id and token.

    `strangers_carrier_token` is what the stranger's carrier signs with.

    `calls` are ids of the victim's calls, both legs of a connected one among them.
    """

    day: Scenario
    stranger: tuple[str, str]
    strangers_carrier_token: str
    strangers_session: str
    subaccounts_session: str
    calls: tuple[str, ...]

    @property
    def service(self) -> Service:
        return self.day.service

    @property
    def victim(self) -> tuple[str, str]:
        known = self.service.credentials
        return known.auth_id, known.auth_token

    @property
    def subaccount(self) -> tuple[str, str]:
        known = self.service.credentials
        return known.subaccount_id, known.subaccount_token

    def webhook_path(self, end: str = "answer_url", account: tuple[str, str] | None = None) -> str:
        """Where the carrier of an account, by default the victim's, asks or reports."""
        account_id, _ = account or self.victim
        return urlsplit(application_urls(BASE_URL, account_id)[end]).path

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Any request, and the operations of AWS that it led to."""
        with recorded_api_calls() as calls:
            response = self.service.request(method, path, headers=headers, body=body)
            return Answered(response, tuple(sorted(map(_named, calls))))


def _named(call: ApiCall) -> str:
    return f"{call.service}:{call.operation}"


@contextmanager
def attacked(engine: Engine) -> Iterator[Attacked]:
    """The service, freshly made."""
    engine.set_environment(dict(engine.environment))
    engine.reset()
    with Service(engine) as service:
        day = Scenario(service)
        day.provision()
        day.api("POST", "Number/", {"numbers": ",".join(POOL)}, expected=202)
        owned = {"numbers": SUBACCOUNT_NUMBER, "subaccount": service.credentials.subaccount_id}
        day.api("POST", "Number/", owned, expected=202)
        day.create("call", ALICE, BOB)
        of_sub = day.api(
            "POST", "Masking/Session", parties(CAROL, DAVE), as_subaccount=True, expected=201
        )
        stranger, carrier_token, session = _stranger(service)
        yield Attacked(day, stranger, carrier_token, session, of_sub["session_uuid"], _calls(day))


def _calls(day: Scenario) -> tuple[str, ...]:
    """One that is connected, one that finds the line busy, one that leads nowhere."""
    number = day.virtual_number("call")
    talking = day.ring(ALICE, number).answer()
    others = [day.ring(caller, number) for caller in (BOB, STRANGER)]
    talking.hangup()
    legs = (talking.call_uuid, talking.legs[0].uuid)
    return (*legs, *(call.call_uuid for call in others))


def _stranger(service: Service) -> tuple[tuple[str, str], str, str]:
    """Another account, its carrier's token and a session of its own, on a number of its own."""
    main, carrier = _credentials(), _credentials()
    account = {"auth_id": main[0], "auth_tokens": [main[1]]}
    secrets_there = {"auth_token": [carrier[1]]}
    at_carrier = {"carrier": "plivo", "auth_id": carrier[0], "secrets": secrets_there}
    service.invoke("provision_account", {"account": account, "carriers": [at_carrier]})
    _post(service, main, "Number/", {"numbers": STRANGERS_NUMBER})
    created = _post(service, main, "Masking/Session/", parties(CAROL, BOB))
    return main, carrier[1], str(created["session_uuid"])


def _credentials() -> tuple[str, str]:
    return f"MA{uuid.uuid4().hex[:18].upper()}", secrets.token_urlsafe(30)


def _post(service: Service, account: tuple[str, str], path: str, body: dict[str, Any]) -> Any:
    response = service.request(
        "POST",
        f"/v1/Account/{account[0]}/{path}",
        headers=basic(*account),
        body=json.dumps(body).encode(),
    )
    assert response.status < 300, response.text
    return json.loads(response.body)
