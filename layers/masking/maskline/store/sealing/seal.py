"""Sealed fields: what names a person is never written as it is.

AES-256-GCM under a key of the item's own, derived from the account's data key and the item's key;
the field's name is authenticated with it. So a value opens only in the field, item and account that
it was sealed for, and no key seals more than a session's few values, whatever the traffic. The
empty string, "nobody", is no secret and stays empty. Lengths tell nothing else: of a number they
would hint at its country.

    data key's id (2 bytes) | nonce (12) | text, padded with zeros to a multiple of 16 | tag (16)
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from maskline.deployment_keys import subkey
from maskline.store.keys import Key
from maskline.store.sealing import keyrings
from maskline.store.table import Record

_ID_BYTES = 2
_NONCE_BYTES = 12
_HEAD_BYTES = _ID_BYTES + _NONCE_BYTES
_BLOCK_BYTES = 16
_CREDENTIALS_KEY_ID = 0


class SealBrokenError(ValueError):
    """A sealed value was changed or moved here from elsewhere, or its key is gone."""


@dataclass(frozen=True, slots=True)
class _DataKeys:
    """The source of the keys: the one to seal with, and that of an id."""

    newest: Callable[[], tuple[int, bytes]]
    of_id: Callable[[int], bytes]


class ItemSeal:
    """Seals and opens the fields of one item. Keys are fetched when first needed."""

    def __init__(self, data_keys: _DataKeys, key: Key) -> None:
        self._data_keys = data_keys
        self._item = _framed(key["PK"], key["SK"])
        self._ciphers: dict[int, AESGCM] = {}
        self._newest: int | None = None

    def seal(self, field: str, text: str) -> bytes:
        """`text` as it is stored."""
        if not text:
            return b""
        if self._newest is None:
            self._newest, data_key = self._data_keys.newest()
            self._ciphers[self._newest] = self._cipher(data_key)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, _padded(text), field.encode())
        return self._newest.to_bytes(_ID_BYTES) + nonce + sealed

    def open(self, field: str, sealed: bytes) -> str:
        """The inverse of `seal`. Raises SealBrokenError."""
        if not sealed:
            return ""
        nonce, text = sealed[_ID_BYTES:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        try:
            cipher = self._cipher_of(int.from_bytes(sealed[:_ID_BYTES]))
            return cipher.decrypt(nonce, text, field.encode()).rstrip(b"\0").decode()
        except (InvalidTag, ValueError, keyrings.UnknownKeyError) as error:
            raise SealBrokenError(field) from error

    def _cipher_of(self, key_id: int) -> AESGCM:
        if key_id not in self._ciphers:
            self._ciphers[key_id] = self._cipher(self._data_keys.of_id(key_id))
        return self._ciphers[key_id]

    def _cipher(self, data_key: bytes) -> AESGCM:
        return AESGCM(hmac.digest(data_key, self._item, hashlib.sha256))


def seal_for(account_id: str, key: Key) -> ItemSeal:
    """The seal of an item that belongs to a main account."""
    data_keys = _DataKeys(
        lambda: keyrings.newest_key(account_id), lambda key_id: keyrings.key(account_id, key_id)
    )
    return ItemSeal(data_keys, key)


def seal_of(record: Record) -> ItemSeal:
    """The seal of an item that was read, and says whose it is."""
    return seal_for(record["account_id"], record)


def credentials_seal(key: Key) -> ItemSeal:
    """The seal of an item with credentials: under the deployment's secret, like the hashed keys.

    Who asks is known before whose keyring could be fetched, and a webhook may be of any account.
    """
    return ItemSeal(_DataKeys(_credentials_key, _credentials_key_of), key)


def _credentials_key() -> tuple[int, bytes]:
    return _CREDENTIALS_KEY_ID, subkey("credentials")


def _credentials_key_of(key_id: int) -> bytes:
    if key_id != _CREDENTIALS_KEY_ID:
        raise keyrings.UnknownKeyError("credentials have one key")
    return subkey("credentials")


def _padded(text: str) -> bytes:
    encoded = text.encode()
    return encoded + bytes(-len(encoded) % _BLOCK_BYTES)


def _framed(*parts: str) -> bytes:
    """Parts that cannot run into each other: ids of a carrier are in some keys."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(2) + part for part in encoded)
