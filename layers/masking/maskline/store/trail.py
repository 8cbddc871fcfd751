"""The audit trail in the table: its entries, written with what they tell of, and read back."""

import heapq
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from maskline.config import settings
from maskline.domain.accounts import Origin
from maskline.domain.trail import Entry
from maskline.store import keys, table
from maskline.store.table import Record
from maskline.store.trail_codes import ITEM, with_code

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


def walk(after: int, until: int) -> Iterator[Record]:
    """Every entry's item later than `after` and no later than `until`, in order."""
    strands = (_strand(shard, after, until) for shard in keys.ALL_SHARDS)
    return heapq.merge(*strands, key=itemgetter("SK"))


def _strand(shard: int, after: int, until: int) -> Iterator[Record]:
    bounds = {
        ":low": keys.created_order(after + 1, ""),
        ":high": keys.created_order(until + 1, ""),
    }
    for day in range((after + 1) // keys.DAY_MS, until // keys.DAY_MS + 1):
        yield from table.query(
            "PK = :partition AND SK BETWEEN :low AND :high",
            {":partition": keys.audit_partition(day, shard), **bounds},
        )


def entry_from_record(record: Record) -> Entry:
    """The inverse of what is written."""
    at, account_id, entry_id = record["SK"].split("#", 2)
    credential = record.get("credential", "")
    return Entry(
        account_id=account_id,
        entry_id=entry_id,
        at=int(at),
        action=record["action"],
        origin=Origin(
            request_id=record.get("ordered_by", entry_id),
            at=int(at),
            source_ip=record.get("source_ip", ""),
            credential=credential,
            credential_of=record.get("credential_of", account_id if credential else ""),
        ),
        subaccount_id=record.get("subaccount_id", ""),
        function=record.get("function", ""),
        sessions=tuple(record.get("sessions", ())),
        fields=tuple(record.get("fields", ())),
        expires_at=record.get("expires_at"),
    )
