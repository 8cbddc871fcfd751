"""The accounts' data keys, under which everything that names a person is stored (see sealing.py).

An account's item carries its keyring: each data key wrapped by the deployment's KMS key, and never
in the clear. A function has a key unwrapped once and keeps it while the ring names it. What is
written is sealed under the newest key that the function knows of: requests of the API learn of a
new one with the account that they read anyway, all others within minutes.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from maskline import aws, clock
from maskline.config import settings
from maskline.domain.stored import known
from maskline.store import keys, table

_KEEP_MS = 10 * 60_000
# For as long as anything sealed under a replaced key may turn up: retention, which may have been
# longer when it was sealed, TTL that is late, callbacks that wait in a queue to be replayed.
_KEPT_BEYOND_RETENTION_DAYS = 365
_DAY_MS = 86_400_000


class UnknownKeyError(Exception):
    """The account's keyring has no such key."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored. Ids count up from 1 and are never used again."""

    key_id: int
    wrapped: bytes
    created_at: int


Keyring = tuple[WrappedKey, ...]


@dataclass(slots=True)
class _Held:
    """An account's ring as this function knows it, oldest key first."""

    read_at: int
    ring: Keyring


@cache
def _known() -> dict[str, _Held]:
    """The rings that were read, by account."""
    return {}


@cache
def _unwrapped() -> dict[tuple[str, WrappedKey], bytes]:
    """Data keys, by account and as they are in its ring."""
    return {}


_ONE_AT_A_TIME = threading.Lock()


def newest_key(account_id: str) -> tuple[int, bytes]:
    """The id of the key to seal with, and the key: 32 bytes. Raises UnknownKeyError."""
    held = _held(account_id)
    if not held.ring:
        raise UnknownKeyError("the account has no key")
    newest = held.ring[-1]
    return newest.key_id, _data_key(account_id, newest)


def key(account_id: str, key_id: int) -> bytes:
    """The key of that id, 32 bytes. Raises UnknownKeyError."""
    held = _held(account_id)
    found = _find(held.ring, key_id)
    if found is None:
        # Made since the ring was read: somebody else seals with it already.
        held = _read(account_id)
        found = _find(held.ring, key_id)
    if found is None:
        raise UnknownKeyError("the account has no such key")
    return _data_key(account_id, found)


def learn(account_id: str, record: Mapping[str, Any]) -> None:
    """Take the keyring from an account's item that was read for something else."""
    _remember(account_id, ring_from_record(record))


def new_ring(account_id: str) -> Keyring:
    """The ring of a new account."""
    return (_new_key(account_id, 1),)


def rotated(account_id: str, ring: Keyring) -> Keyring:
    """The ring with a new key to seal with, without those that nothing can need any more."""
    newest = ring[-1].key_id if ring else 0
    return (*_still_needed(ring), _new_key(account_id, newest + 1))


def ring_record(ring: Keyring) -> list[dict[str, Any]]:
    """The attribute `keyring` of an account's item."""
    return [
        {"key_id": one.key_id, "wrapped": one.wrapped, "created_at": one.created_at} for one in ring
    ]


def ring_from_record(record: Mapping[str, Any]) -> Keyring:
    """The ring of an account's item; that of a subaccount, which has none, is empty."""
    return tuple(WrappedKey(**known(WrappedKey, one)) for one in record.get("keyring", []))


def _still_needed(ring: Keyring) -> Keyring:
    kept_days = settings().retention_days + _KEPT_BEYOND_RETENTION_DAYS
    replaced_before = clock.now_ms() - kept_days * _DAY_MS
    successors = (*ring[1:], None)
    return tuple(
        one
        for one, successor in zip(ring, successors, strict=False)
        if successor is None or successor.created_at > replaced_before
    )


def _find(ring: Keyring, key_id: int) -> WrappedKey | None:
    return next((one for one in ring if one.key_id == key_id), None)


def _held(account_id: str) -> _Held:
    held = _known().get(account_id)
    if held is None or not 0 <= clock.now_ms() - held.read_at < _KEEP_MS:
        held = _read(account_id)
    return held


def _read(account_id: str) -> _Held:
    record = table.get(keys.account(account_id))
    return _remember(account_id, ring_from_record(record or {}))


def _remember(account_id: str, ring: Keyring) -> _Held:
    before = _known().get(account_id)
    for gone in set(before.ring if before else ()).difference(ring):
        _unwrapped().pop((account_id, gone), None)
    held = _Held(clock.now_ms(), ring)
    _known()[account_id] = held
    return held


def _data_key(account_id: str, wrapped: WrappedKey) -> bytes:
    known = _unwrapped().get((account_id, wrapped))
    if known is not None:
        return known
    with _ONE_AT_A_TIME:
        if (account_id, wrapped) not in _unwrapped():
            _unwrapped()[account_id, wrapped] = _unwrap(account_id, wrapped)
        return _unwrapped()[account_id, wrapped]


def _unwrap(account_id: str, wrapped: WrappedKey) -> bytes:
    answer = aws.client("kms").decrypt(
        KeyId=settings().wrapping_key_arn,
        CiphertextBlob=wrapped.wrapped,
        EncryptionContext=encryption_context(account_id),
    )
    return bytes(answer["Plaintext"])


def _new_key(account_id: str, key_id: int) -> WrappedKey:
    """Have KMS make a key that is wrapped at once: we do not get to see it."""
    answer = aws.client("kms").generate_data_key_without_plaintext(
        KeyId=settings().wrapping_key_arn,
        KeySpec="AES_256",
        EncryptionContext=encryption_context(account_id),
    )
    return WrappedKey(key_id, bytes(answer["CiphertextBlob"]), clock.now_ms())


def encryption_context(account_id: str) -> dict[str, str]:
    """KMS unwraps a key only for the account that it was made for."""
    return {"account_id": account_id}
