"""The carriers of a fresh local stack: their numbers, and how their credentials are drawn."""

import base64
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from local.phone.dialects import DIALECTS
from maskline.carriers import NAMES
from tools.operator.new_account import draw_id, draw_token

Drawn = dict[str, str]
US_NUMBERS = tuple(f"+1202555011{digit}" for digit in range(6))
GB_NUMBERS = tuple(f"+44207946011{digit}" for digit in range(4))


@dataclass(frozen=True)
class SeededCarrier:
    """`draw` draws the account's ids and secrets, by the carrier's own names.

    `numbers` are in the pool from the start; `further` ones are rented too, for an import.
    """

    name: str
    numbers: tuple[str, ...]
    draw: Callable[[], Drawn]
    further: tuple[str, ...] = ()

    @property
    def rented(self) -> tuple[str, ...]:
        return (*self.numbers, *self.further)


def seeded() -> tuple[SeededCarrier, ...]:
    """Return those for which there are an adapter and a dialect; the default one first."""
    return tuple(row for row in _TABLE if row.name in NAMES and row.name in DIALECTS)


def draw_missing(known: Mapping[str, Mapping[str, str]]) -> dict[str, Drawn]:
    """Return what is known of each carrier's account, with what is missing drawn."""
    return {row.name: {**row.draw(), **known.get(row.name, {})} for row in seeded()}


def by_role(urls: Mapping[str, str]) -> dict[str, str]:
    """Name the URLs of a carrier's application by what they are for, whatever it calls them."""
    roles = {"answer_url": "/call/answer/", "status_url": "/event/hangup/"}
    return {
        role: next((url for url in urls.values() if path in url), "")
        for role, path in roles.items()
    }


def _plivo() -> Drawn:
    return {"auth_id": draw_id("MA"), "auth_token": draw_token()}


def _twilio() -> Drawn:
    return {"account_sid": f"AC{secrets.token_hex(16)}", "auth_token": secrets.token_hex(16)}


def _telnyx() -> Drawn:
    key = Ed25519PrivateKey.generate()
    return {
        "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "private_key": base64.b64encode(key.private_bytes_raw()).decode(),
        "account_sid": str(uuid.uuid4()),
        "api_key": f"KEY{draw_token()}",
        "application_sid": str(secrets.randbelow(10**18) + 10**18),
    }


def _signalwire() -> Drawn:
    return {
        "project_id": str(uuid.uuid4()),
        "signing_key": f"PSK{draw_token()}",
        "api_token": f"PT{secrets.token_hex(24)}",
    }


def _vonage() -> Drawn:
    return {
        "api_key": secrets.token_hex(4),
        "signature_secret": draw_token(),
        "application_id": str(uuid.uuid4()),
        "api_secret": draw_token(),
        "private_key": _rsa_key(),
    }


@cache
def _rsa_key() -> str:
    """Draw one for all accounts of a process: it takes long."""
    key = generate_private_key(public_exponent=65_537, key_size=2048)
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


def _jambonz() -> Drawn:
    return {
        "account_sid": str(uuid.uuid4()),
        "webhook_secret": f"wh_secret_{draw_token()}",
        "api_key": str(uuid.uuid4()),
    }


def _numbers(first: int, british: int) -> tuple[str, ...]:
    """Two American numbers, and one British."""
    return f"+12025550{first}", f"+12025550{first + 1}", f"+442079460{british}"


_TABLE = (
    SeededCarrier("plivo", (*US_NUMBERS, *GB_NUMBERS), _plivo),
    SeededCarrier("twilio", _numbers(116, 114), _twilio, ("+442079460160",)),
    SeededCarrier("telnyx", _numbers(118, 115), _telnyx, ("+442079460161",)),
    SeededCarrier("signalwire", _numbers(170, 116), _signalwire, ("+442079460162",)),
    SeededCarrier("vonage", _numbers(172, 117), _vonage, ("+442079460163",)),
    SeededCarrier("jambonz", _numbers(174, 118), _jambonz, ("+442079460164",)),
)
