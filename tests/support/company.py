"""A customer whose numbers are all at one carrier, and people who ring them over it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.aws.engine import Engine
from local.phone.api.front import carrier_api
from local.phone.carrier_call import Carrier
from local.phone.dialects import DIALECTS
from local.phone.simulator import CarrierSimulator
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Signature
from local.stack.carriers import SeededCarrier, by_role, seeded
from local.stack.seed import carrier_order
from tests.support.in_process import InProcessCourier, Service
from tests.support.scenario import basic, content_of

ALICE, BOB, STRANGER = "+12025550120", "+12025550121", "+12025550129"
Json = dict[str, Any]


@dataclass
class Company:
    """`number` is that of the session created last; `elsewhere` is what others' URLs answer."""

    service: Service
    row: SeededCarrier
    urls: dict[str, str]
    number: str = ""
    elsewhere: tuple[str, bytes] = InProcessCourier.elsewhere

    @property
    def name(self) -> str:
        """The carrier's."""
        return self.row.name

    @property
    def credentials(self) -> dict[str, str]:
        """Those of the account at the carrier."""
        return self.service.credentials.at(self.name)

    def api(self, method: str, path: str, body: Json | None = None, *, expected: int = 200) -> Json:
        known = self.service.credentials
        response = self.service.request(
            method,
            f"/v1/Account/{known.auth_id}/{path}",
            headers=basic(known.auth_id, known.auth_token),
            body=json.dumps(body).encode() if body is not None else b"",
        )
        return content_of(response, expected)

    def session(self, **options: Any) -> Json:
        """Create a session of Alice and Bob."""
        body = {"first_party": ALICE, "second_party": BOB, **options}
        made = self.api("POST", "Masking/Session/", body, expected=201)
        self.number = f"+{made['session']['virtual_number']}"
        assert self.number in self.row.numbers
        return made

    def shown(self, session: Json) -> Json:
        found: Json = self.api("GET", f"Masking/Session/{session['session_uuid']}/")["response"]
        return found

    def phone(self, signature: Signature = "valid") -> CarrierSimulator:
        dialect, known = DIALECTS[self.name], self.credentials
        courier = InProcessCourier(
            dialect,
            (known[dialect.signing_name],),
            signature,
            known,
            service=self.service,
            elsewhere=self.elsewhere,
        )
        urls, outside = by_role(self.urls), self.service.outside
        api_url = f"{outside.url}{carrier_api(self.name)}"
        return CarrierSimulator(
            Carrier(
                known[dialect.account_name],
                courier,
                urls["answer_url"],
                urls["status_url"],
                fallback_answer_url=urls["answer_url"],
                calls_url=f"{api_url}/calls",
                recordings_url=f"{api_url}/recordings",
                media=outside.api_url(self.name),
            )
        )

    def ring(self, caller: str = ALICE, *, collects: bool = False) -> SimulatedCall:
        """A call to the number, up to the ringing phone or to its end."""
        return self.phone().place(caller, self.number, collects=collects).start()


@contextmanager
def opened(engine: Engine, name: str) -> Iterator[Company]:
    """Provision a company at a carrier. No function fails while it is open."""
    [row] = [one for one in seeded() if one.name == name]
    with Service(engine) as service:
        known = service.credentials
        account = {
            "auth_id": known.auth_id,
            "auth_tokens": [known.auth_token],
            "limits": {"destination_countries": ["US", "GB"]},
        }
        there = carrier_order(row, known.at(name), service.outside.api_url(name))
        order = {"account": account, "carriers": [there]}
        urls = service.invoke("provision_account", order)["carriers"][name]
        company = Company(service, row, urls)
        numbers = {"numbers": ",".join(row.numbers), "carrier": name}
        company.api("POST", "Number/", numbers, expected=202)
        yield company
        assert service.runtime.failures == []
