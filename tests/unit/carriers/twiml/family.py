"""The carriers that speak TwiML, with an account and a webhook of each."""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from nacl.signing import SigningKey
from twilio.request_validator import RequestValidator

from maskline import clock
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from tests.support import builders

NAMES = ("signalwire", "telnyx", "twilio")
BASE_URL = "https://maskline.example.com"
CALLS = {
    "twilio": ("CA" + "0" * 31 + "1", "CA" + "0" * 31 + "2"),
    "telnyx": ("v3:" + "aB-_" * 13 + "1", "v3:" + "aB-_" * 13 + "2"),
    "signalwire": (builders.CALL_UUID, builders.CALLEE_UUID),
}
ACCOUNTS = {
    "twilio": "AC" + "0" * 32,
    "telnyx": "22222222-2222-4333-8444-555555555500",
    "signalwire": "33333333-2222-4333-8444-555555555500",
}
APPLICATION = "1293384261075731499"
TELNYX_KEY = SigningKey(b"maskline-example-signing-key-000")
SECRETS = {
    "twilio": {"auth_token": ("EXAMPLEauthtokenEXAMPLEauthtoken", "EXAMPLEolderEXAMPLEolder")},
    "telnyx": {
        "public_key": (base64.b64encode(bytes(TELNYX_KEY.verify_key)).decode(),),
        "api_key": ("KEYexample",),
        "application_sid": (APPLICATION,),
    },
    "signalwire": {"signing_key": ("PSKexampleSigningKeyExample",), "api_token": ("PTexample",)},
}
API_URLS = {
    "twilio": "https://api.twilio.com",
    "telnyx": "https://api.telnyx.com",
    "signalwire": "https://example.signalwire.com",
}
Params = Mapping[str, str]


def account(name: str, **changes: object) -> CarrierAccount:
    known = builders.carrier_account(
        carrier=name, auth_id=ACCOUNTS[name], secrets=SECRETS[name], api_url=API_URLS[name]
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def urls(name: str) -> CallUrls:
    return CallUrls(BASE_URL, name, builders.MAIN_ID, builders.SESSION_UUID, CALLS[name][0], 1)


def request(
    name: str, step: Step, params: Params, *, query: str = "", headers: Params | None = None
) -> CarrierRequest:
    """A webhook at a URL of ours, as the HTTP API hands it over."""
    path = urls(name).to(step).removeprefix(BASE_URL)
    event = {
        "requestContext": {"domainName": "maskline.example.com", "http": {"method": "POST"}},
        "headers": {"content-type": "application/x-www-form-urlencoded", **(headers or {})},
        "rawPath": path,
        "rawQueryString": query,
        "isBase64Encoded": True,
        "body": base64.b64encode(urlencode(params).encode()).decode(),
    }
    return CarrierRequest.from_event(event)


def signed(name: str, unsigned: CarrierRequest) -> CarrierRequest:
    """The request with the carrier's signature, by code that is not ours."""
    return replace(unsigned, headers={**unsigned.headers, **_SIGNERS[name](unsigned)})


def _twilio(unsigned: CarrierRequest) -> dict[str, str]:
    validator = RequestValidator(SECRETS["twilio"]["auth_token"][0])
    return {"x-twilio-signature": validator.compute_signature(unsigned.url, dict(unsigned.form))}


def _telnyx(unsigned: CarrierRequest) -> dict[str, str]:
    timestamp = str(clock.world_ms() // 1000)
    signature = TELNYX_KEY.sign(timestamp.encode() + b"|" + unsigned.body).signature
    return {
        "telnyx-timestamp": timestamp,
        "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
    }


def _signalwire(unsigned: CarrierRequest) -> dict[str, str]:
    text = unsigned.url.encode() + b"".join(
        (name + value).encode() for name, value in sorted(unsigned.form)
    )
    key = SECRETS["signalwire"]["signing_key"][0].encode()
    return {"x-signalwire-signature": base64.b64encode(hmac.digest(key, text, "sha1")).decode()}


_SIGNERS: dict[str, Callable[[CarrierRequest], dict[str, str]]] = {
    "twilio": _twilio,
    "telnyx": _telnyx,
    "signalwire": _signalwire,
}
