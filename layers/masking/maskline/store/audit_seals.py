"""The chain of seals over the audit trail, in a partition of its own."""

from collections.abc import Iterator

from maskline.domain.audit_seals import Seal
from maskline.store import keys, table
from maskline.store.audit_codes import CODE, SEAL, is_genuine, with_code
from maskline.store.table import Record


def read_last() -> tuple[Seal, bytes] | None:
    """The last seal and its code, strongly consistent; None before the first."""
    found = table.query_page(
        "PK = :seals", {":seals": keys.audit_seals()}, ScanIndexForward=False, Limit=1
    )
    return next(((_seal_from(record), record[CODE]) for record in found.records), None)


def put(seal: Seal) -> bytes:
    """Write a seal; its code. Raises table.ConditionFailedError if there is one of its number."""
    record = with_code(_record(seal), SEAL)
    table.put(record, "attribute_not_exists(PK)")
    return bytes(record[CODE])


def walk() -> Iterator[tuple[Seal, bytes, bool]]:
    """Every seal in order, its code, and whether it is as it was written."""
    for record in table.query("PK = :seals", {":seals": keys.audit_seals()}):
        yield _seal_from(record), record[CODE], is_genuine(record, SEAL)


def _record(seal: Seal) -> Record:
    return {
        **keys.audit_seal(seal.number),
        "item": "seal",
        "after": seal.after,
        "until": seal.until,
        "entries": seal.count,
        "digest": seal.digest,
        "whole_until": seal.whole_until,
        "ttl": seal.ttl,
        "previous_code": seal.previous_code,
        "previous_ttl": seal.previous_ttl,
    }


def _seal_from(record: Record) -> Seal:
    return Seal(
        number=int(record["SK"]),
        after=record["after"],
        until=record["until"],
        count=record["entries"],
        digest=record["digest"],
        whole_until=record["whole_until"],
        ttl=record["ttl"],
        previous_code=record["previous_code"],
        previous_ttl=record["previous_ttl"],
    )
