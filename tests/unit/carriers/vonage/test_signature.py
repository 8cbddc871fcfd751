"""A webhook is Vonage's if its token says so: by its SDK, and by the rules that it leaves us."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jwt
import pytest
from vonage_jwt import verify_signature

from maskline import clock
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.carriers.vonage import CARRIER
from maskline.domain.accounts import CarrierAccount
from tests.support import builders
from tests.support.known_secret import known_secret

SECRET, OLD = "a-signature-secret-of-a-test-only", "an-older-signature-secret-of-the-test"
API_KEY = "abcd1234"
NOW = 1_700_000_000
BODY = '{"to":"442079460000","from":"12025550100","uuid":"aaaa-bbbb","n":1.50,"é":"€"}'.encode()
ACCOUNT = CarrierAccount(
    "vonage",
    builders.MAIN_ID,
    API_KEY,
    {"signature_secret": (SECRET, OLD)},
    "https://api.nexmo.com",
)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "world_ms", lambda: NOW * 1000 + 999)


def claims(body: bytes = BODY, **changes: Any) -> dict[str, Any]:
    """As in Vonage's documentation of signed webhooks."""
    default = {
        "iat": NOW,
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": API_KEY,
        "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    }
    return {name: value for name, value in (default | changes).items() if value is not None}


def signed(
    content: Mapping[str, Any], secret: str = SECRET, *, alg: str = "HS256", **head: Any
) -> str:
    return jwt.encode(dict(content), secret, algorithm=alg, headers=head)


def request(token: str, body: bytes = BODY, **changes: Any) -> CarrierRequest:
    url = "https://m.example/carriers/vonage/call/answer/MA/token"
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    made = CarrierRequest("POST", url, "https://m.example", headers, body=body)
    return replace(made, **changes)


def is_genuine(token: str, body: bytes = BODY, **changes: Any) -> bool:
    return CARRIER.is_genuine(request(token, body, **changes), ACCOUNT)


def test_what_its_sdk_takes_as_signed_is_genuine() -> None:
    for secret in (SECRET, OLD):
        token = signed(claims(), secret)

        assert verify_signature(token, secret)
        assert is_genuine(token)


def test_another_secret_is_not() -> None:
    token = signed(claims(), "somebody else's secret, which is long")

    assert not verify_signature(token, SECRET)
    assert not is_genuine(token)


def test_a_changed_body_is_not() -> None:
    assert not is_genuine(signed(claims()), BODY.replace(b"0100", b"0101"))
    assert not is_genuine(signed(claims()), b"")
    assert not is_genuine(signed(claims()), b"no json")


def test_a_body_that_came_with_spaces_is_the_one_that_was_hashed_without() -> None:
    """Vonage hashes the compact form of its JSON, in its order and with its own letters."""
    content = {"to": "442079460000", "é": "€", "a": [1, None, True]}
    compact = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    token = signed(claims(compact))

    assert is_genuine(token, compact)
    assert is_genuine(token, json.dumps(content, indent=2).encode())
    assert not is_genuine(token, json.dumps(content, sort_keys=True).encode())


@pytest.mark.parametrize("seconds", [0, 1, 300, -1, -300])
def test_a_fresh_one(seconds: int) -> None:
    assert is_genuine(signed(claims(iat=NOW + seconds)))


@pytest.mark.parametrize("issued", [NOW - 301, NOW + 301, 0, str(NOW), None, True, float(NOW)])
def test_a_stale_one_is_not(issued: Any) -> None:
    content = claims(iat=issued)
    head = {"alg": "HS256", "typ": "JWT"}

    assert not is_genuine(by_hand(head, content))


@pytest.mark.parametrize("api_key", ["ffff0000", "", None, 7])
def test_another_accounts_is_not(api_key: Any) -> None:
    assert not is_genuine(signed(claims(api_key=api_key)))


@pytest.mark.parametrize("payload_hash", [None, "", 7, "0" * 64, "é" * 64])
def test_one_without_the_right_hash_is_not(payload_hash: Any) -> None:
    assert not is_genuine(signed(claims(payload_hash=payload_hash)))


def by_hand(head: object, content: object, secret: str = SECRET) -> str:
    """A token that is signed whatever it says."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (head, content)
    ]
    text = b".".join(parts)
    digest = hmac.digest(secret.encode(), text, hashlib.sha256)
    return (text + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()


def test_the_one_by_hand_is_as_the_sdk_has_it() -> None:
    token = by_hand({"alg": "HS256", "typ": "JWT"}, claims())

    assert verify_signature(token, SECRET)
    assert is_genuine(token)


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "RS256", "HS384", "HS512", "hs256", "", None]
)
def test_no_other_algorithm_is_taken(alg: Any) -> None:
    """Neither one that the token chooses for itself, nor one that takes our secret for a key."""
    assert not is_genuine(by_hand({"alg": alg, "typ": "JWT"}, claims()))


def test_a_token_with_no_signature_is_not() -> None:
    head, content, _ = by_hand({"alg": "none"}, claims()).split(".")

    assert not is_genuine(f"{head}.{content}.")
    assert not is_genuine(f"{head}.{content}")
    assert not is_genuine(jwt.encode(claims(), None, algorithm="none"))


@pytest.mark.parametrize("head", [[], "HS256", 7, None, {}])
def test_an_odd_head_is_not(head: Any) -> None:
    assert not is_genuine(by_hand(head, claims()))


@pytest.mark.parametrize("content", [[], "x", 7, None, {}])
def test_odd_claims_are_not(content: Any) -> None:
    assert not is_genuine(by_hand({"alg": "HS256"}, content))


TOKEN = by_hand({"alg": "HS256", "typ": "JWT"}, claims())


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer .",
        "Bearer ..",
        "Bearer ...",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}.x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}é",
        "Bearer \udcff.\udcff.\udcff",
        "Bearer é.é.é",
        f"Bearer {'x' * 100_000}",
    ],
)
def test_an_odd_header_is_not(header: str) -> None:
    assert not CARRIER.is_genuine(request("", headers={"authorization": header}), ACCOUNT)


def test_the_scheme_is_read_in_any_case() -> None:
    assert CARRIER.is_genuine(request("", headers={"authorization": f"bearer {TOKEN}"}), ACCOUNT)


def test_an_account_without_a_secret_has_no_webhooks() -> None:
    for secrets in ((), ("",)):
        account = replace(ACCOUNT, secrets={"signature_secret": secrets})
        assert not CARRIER.is_genuine(request(by_hand({"alg": "HS256"}, claims(), "")), account)


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "post"])
def test_it_posts(method: str) -> None:
    """By GET, numbers would stand in a URL."""
    query = (("to", "442079460000"),)
    token = signed(claims(b'{"to":"442079460000"}'))

    assert not is_genuine(token, b"", method=method, query=query)
    assert not is_genuine(signed(claims()), method=method)


def test_a_whisper_may_be_fetched_if_all_of_the_query_is_signed() -> None:
    with known_secret():
        urls = CallUrls("https://m.example", "vonage", builders.MAIN_ID, "session-1", "call-1")
        url = urls.to(Step.WHISPER)
    query = (("to", "12025550101"), ("conversation_uuid", "CON-é"))
    content = '{"to":"12025550101","conversation_uuid":"CON-é"}'.encode()
    token = signed(claims(content))
    other = (*query, ("x", "y"))

    assert is_genuine(token, b"", method="GET", url=url, query=query)
    assert not is_genuine(token, b"", method="GET", url=url, query=other)
    assert not is_genuine(token, b"", method="GET", url=url, query=query[::-1])
    assert not is_genuine("", b"", method="GET", url=url, query=query)


def test_only_the_path_makes_a_whisper() -> None:
    query = (("to", "12025550101"), ("x", "/call/whisper/"))
    url = "https://m.example/carriers/vonage/call/answer/MA/token?to=12025550101&x=/call/whisper/"
    token = signed(claims(b'{"to":"12025550101","x":"/call/whisper/"}'))

    assert not is_genuine(token, b"", method="GET", url=url, query=query)


@pytest.mark.parametrize(("uuid", "genuine"), [("call-1", True), ("call-2", False), (None, True)])
def test_digits_of_another_call_are_forged(uuid: str | None, genuine: bool) -> None:
    """The URL is not signed, and whoever is asked for a PIN must not enter it for another."""
    body = json.dumps({"uuid": uuid, "dtmf": {"digits": "4821"}}).encode()
    with known_secret():
        url = CallUrls("https://m.example", "vonage", builders.MAIN_ID, "s-1", "call-1")
        asked = url.to(Step.DIGITS)

        assert is_genuine(signed(claims(body)), body, url=asked) is genuine
        assert not is_genuine(signed(claims(body)), body, url=f"{asked}x")
