"""The audit trail read back, in order."""

import heapq
from collections.abc import Iterator
from operator import itemgetter

from maskline.domain.accounts import Origin
from maskline.domain.audit import Entry
from maskline.store import keys, table
from maskline.store.table import Record


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
