"""The table of the carriers that a fresh local stack has."""

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from local.stack import carriers, seed
from local.stack.seed import Credentials, information
from maskline.carriers import DEFAULT

# By the carriers' own names, as GET /local/info has promised them.
NAMES = {
    "plivo": {"auth_id", "auth_token"},
    "twilio": {"account_sid", "auth_token"},
    "telnyx": {"public_key", "private_key", "account_sid", "api_key", "application_sid"},
    "signalwire": {"project_id", "signing_key", "api_token"},
    "vonage": {"api_key", "signature_secret", "application_id", "api_secret", "private_key"},
    "jambonz": {"account_sid", "webhook_secret", "api_key"},
}
ROWS = {row.name: row for row in carriers._TABLE}


@pytest.fixture
def _all_carriers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers, "NAMES", tuple(NAMES))
    monkeypatch.setattr(carriers, "DIALECTS", NAMES)


def test_every_number_is_of_one_carrier_and_the_default_is_first() -> None:
    numbers = [number for row in carriers._TABLE for number in row.rented]

    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"\+1202555\d{4}|\+442079460\d{3}", number) for number in numbers)
    assert next(iter(ROWS)) == DEFAULT


def test_each_carrier_but_the_default_has_a_number_for_an_import() -> None:
    assert [len(row.further) for row in carriers._TABLE] == [0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("name", NAMES)
def test_credentials_have_the_carriers_own_names_and_are_drawn(name: str) -> None:
    first, second = ROWS[name].draw(), ROWS[name].draw()

    assert first.keys() == NAMES[name]
    # A key of two thousand bits takes long: one will do for a process.
    assert {key for key in first if first[key] == second[key]} <= {"private_key"}


def test_keys_are_what_they_are_called() -> None:
    pair, pem = ROWS["telnyx"].draw(), ROWS["vonage"].draw()["private_key"]

    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(pair["private_key"]))
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(pair["public_key"]))
    public.verify(private.sign(b"text"), b"text")
    assert isinstance(load_pem_private_key(pem.encode(), None), RSAPrivateKey)


@pytest.mark.usefixtures("_all_carriers")
def test_the_info_tells_of_every_carrier_that_has_an_adapter() -> None:
    urls = {
        "twilio": {
            "StatusCallback": "http://h/event/hangup/MA1/t",
            "VoiceUrl": "http://h/call/answer/t",
        }
    }

    info: dict[str, Any] = information("http://h", Credentials(), urls)

    assert info["carriers"].keys() == NAMES.keys()
    assert info["numbers"][:10] == [*carriers.US_NUMBERS, *carriers.GB_NUMBERS]
    assert len(info["numbers"]) == 10 + 5 * 3
    twilio = info["carriers"]["twilio"]
    assert NAMES["twilio"] <= twilio.keys()
    assert (twilio["answer_url"], twilio["status_url"]) == (
        "http://h/call/answer/t",
        "http://h/event/hangup/MA1/t",
    )
    assert twilio["api_url"] == "http://h/local/carriers/twilio"
    assert twilio["numbers"] == ["+12025550116", "+12025550117", "+442079460114"]


def test_only_carriers_with_an_adapter_and_a_dialect_are_seeded() -> None:
    ready = set(carriers.NAMES) & carriers.DIALECTS.keys()

    assert {row.name for row in carriers.seeded()} == ready
    assert seed.Credentials().carriers.keys() == ready - {DEFAULT}
