"""What no carrier has at a path: each simulated carrier says so, whoever asks."""

import base64

import pytest

from local.gateway.messages import HttpRequest
from local.phone.api.front import CarrierApi
from local.phone.api.placing import Placing
from local.phone.api.rented import Rented
from local.phone.carrier_call import Carrier
from local.phone.dialects import DIALECTS
from local.stack.carriers import seeded

SECRETS = {
    "plivo": "auth_token",
    "twilio": "auth_token",
    "telnyx": "api_key",
    "signalwire": "api_token",
    "vonage": "api_secret",
    "jambonz": "api_key",
}
BEARERS = {"telnyx", "jambonz"}
DRAWN = {row.name: row.draw() for row in seeded()}
BEGINNINGS = (
    "/2010-04-01/Accounts",
    "/api/laml/2010-04-01/Accounts",
    "/v1/Account",
    "/v1/Accounts",
    "/v2/texml/Accounts",
    "/v2",
    "/nothing",
    "",
)


def nobody() -> Carrier:
    raise AssertionError("nobody is to be called")


def api_of(name: str) -> CarrierApi:
    account = {**DRAWN[name], "api_url": "http://h"}
    return CarrierApi(DIALECTS[name], account, Placing(nobody, lambda _: None), rented=Rented())


def authorization(name: str) -> str:
    account, secret = DRAWN[name][DIALECTS[name].account_name], DRAWN[name][SECRETS[name]]
    if name in BEARERS:
        return f"Bearer {secret}"
    return f"Basic {base64.b64encode(f'{account}:{secret}'.encode()).decode()}"


def paths_of(name: str) -> list[str]:
    account = DRAWN[name][DIALECTS[name].account_name]
    ends = ("", "/", f"/{account}", f"/{account}/", f"/{account}/Nothing", "/a/b/c/d/e")
    return [f"{beginning}{end}" or "/" for beginning in BEGINNINGS for end in ends]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_an_unknown_path_is_answered(name: str, method: str) -> None:
    api = api_of(name)
    for shown in (authorization(name), "Basic bm9ib2R5Og==", ""):
        headers = [("Authorization", shown)] if shown else []
        told = {
            path: api.answer(path, HttpRequest(method, path, headers, b"")).status
            for path in paths_of(name)
        }
        assert {path: status for path, status in told.items() if status not in (401, 404)} == {}


@pytest.mark.parametrize("name", DIALECTS)
def test_the_account_itself_is_told_that_there_is_nothing(name: str) -> None:
    """Else the path of somebody who proves nothing would answer for all."""
    headers = [("Authorization", authorization(name))]
    told = {
        api_of(name).answer(path, HttpRequest("GET", path, headers, b"")).status
        for path in paths_of(name)
    }

    assert 404 in told
