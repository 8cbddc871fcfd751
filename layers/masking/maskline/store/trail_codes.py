"""Codes by which an entry of the audit trail is known as ours, in its place and unaltered.

HMAC-SHA256 over everything else in the item, its key included, under a key derived from the
deployment's secret: an item can be removed, but neither changed nor moved nor made up. So the log
is told of each entry that was written. A function adds to the log, and takes nothing from it.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from maskline.deployment_keys import subkey
from maskline.observability import always
from maskline.store.codec import decode

ITEM = "audit"
CODE = "code"
LINE = "audit_entry"


def with_code(record: dict[str, Any]) -> dict[str, Any]:
    """The record of an entry with its code."""
    return record | {CODE: _code(record)}


def is_genuine(record: Mapping[str, Any]) -> bool:
    """Tell if the record is as it was written, and where."""
    expected = _code({name: record[name] for name in record if name != CODE})
    given = record.get(CODE)
    return isinstance(given, bytes) and hmac.compare_digest(given, expected)


def tell_log(written: Iterable[dict[str, Any]]) -> None:
    """Log a line for each entry among the items that have just been written, at any `LogLevel`.

    It says until when the entry is kept, since nobody can ask an entry that is gone.
    """
    for item in written:
        if item.get("item") == {"S": ITEM}:
            entry = decode(item)
            always.info(
                "audit entry written",
                event=LINE,
                partition=entry["PK"],
                place=entry["SK"],
                code=entry[CODE].hex(),
                kept_until=entry["ttl"],
            )


def _code(record: Mapping[str, Any]) -> bytes:
    text = json.dumps(record, sort_keys=True, default=repr)
    return hmac.digest(subkey("audit-entry"), text.encode(), hashlib.sha256)
