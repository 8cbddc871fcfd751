"""Codes by which an item of the audit trail is known as ours, in its place and unaltered.

HMAC-SHA256 over everything else in the item, its key included, under a key derived from the
deployment's secret: an item can be removed, but neither changed nor moved nor made up.
"""

import hashlib
import hmac
import json

from maskline.secrets import subkey
from maskline.store.table import Record

CODE = "code"
# Labels of the keys that the codes are made with.
ENTRY, SEAL = "audit-entry", "audit-seal"


def with_code(record: Record, purpose: str) -> Record:
    """The record with its code."""
    return record | {CODE: _code(record, purpose)}


def is_genuine(record: Record, purpose: str) -> bool:
    """Whether the record is as it was written, and where."""
    expected = _code({name: record[name] for name in record if name != CODE}, purpose)
    given = record.get(CODE)
    return isinstance(given, bytes) and hmac.compare_digest(given, expected)


def _code(record: Record, purpose: str) -> bytes:
    text = json.dumps(record, sort_keys=True, default=repr)
    return hmac.digest(subkey(purpose), text.encode(), hashlib.sha256)
