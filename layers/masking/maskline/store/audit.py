"""The audit trail in the table: an item for each entry, by which it is known who did what."""

from typing import Any

from maskline.config import settings
from maskline.domain.audit import Entry
from maskline.store import keys, table
from maskline.store.audit_codes import ITEM, with_code
from maskline.store.table import Record

_DAY_SECONDS = 86_400


def entry_action(entry: Entry) -> table.Item:
    """The part of a transaction that says who made it. Written again it is the same item."""
    return table.put_action(_record(entry))


def put_entry(entry: Entry) -> None:
    """Write what a read of sessions is known by. Raises table.ConflictError."""
    table.put(_record(entry))


def _record(entry: Entry) -> Record:
    """Without what is not there, or said already: one that names twenty sessions is about a KB."""
    origin = entry.origin
    described: dict[str, Any] = {
        "action": entry.action,
        "subaccount_id": entry.subaccount_id,
        "function": entry.function,
        "ordered_by": origin.request_id if entry.function else "",
        "source_ip": origin.source_ip,
        "credential": origin.credential,
        "credential_of": "" if origin.credential_of == entry.account_id else origin.credential_of,
        "sessions": list(entry.sessions),
        "fields": list(entry.fields),
        "expires_at": entry.expires_at,
    }
    record = {
        **keys.audit_entry(entry.account_id, entry.at, entry.entry_id),
        "item": ITEM,
        **{name: value for name, value in described.items() if value},
        "ttl": entry.at // 1000 + settings().audit_retention_days * _DAY_SECONDS,
    }
    return with_code(record)
