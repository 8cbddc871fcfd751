"""Receipts of erasures: statements that anybody can verify without us.

A JSON Web Signature (RFC 7515, compact) under an Ed25519 key of the deployment (RFC 8037). The
receipt does not hold the number: whoever ordered the erasure has the salt that proves which it is.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from maskline.deployment_keys import subkey
from maskline.domain.erasure import ErasureOrder

_DAY_MS = 86_400_000
# How long a copy of what was erased may last: in the table's stream, in the queues of callbacks
# (two of them, two weeks each) and in the backups from which the table can be restored.
_STREAM_DAYS, _QUEUE_DAYS, _BACKUP_DAYS = 1, 28, 35


def receipt(order: ErasureOrder) -> str | None:
    """The receipt of a completed erasure, the same whenever it is asked for; None before."""
    done = order.completed_at
    if done is None:
        return None
    claims = {
        "erasure_id": order.erasure_id,
        "account": order.account_id,
        "number_commitment": order.commitment,
        "ordered_at_ms": order.ordered_at,
        "erased_at_ms": done,
        "erased": {kind.value: order.erased[kind] for kind in sorted(order.erased)},
        "gone_from_stream_by_ms": done + _STREAM_DAYS * _DAY_MS,
        "gone_from_queues_by_ms": done + _QUEUE_DAYS * _DAY_MS,
        "gone_from_backups_by_ms": done + _BACKUP_DAYS * _DAY_MS,
    }
    return _signed(claims)


def public_key() -> Any:
    """Return the key that verifies receipts, as a JSON Web Key."""
    return {"kty": "OKP", "crv": "Ed25519", "x": _encoded(_key().public_key().public_bytes_raw())}


def _signed(claims: Mapping[str, Any]) -> str:
    header = {"alg": "EdDSA", "typ": "maskline-erasure+jws"}
    text = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{_encoded(_key().sign(text.encode()))}"


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(subkey("erasure-receipts"))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
