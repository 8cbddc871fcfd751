"""What tests look into: items of the table with their sealed fields opened."""

from typing import Any

from maskline.store.event_records import event_from_record
from maskline.store.sealing import seal_of

Record = dict[str, Any]


def opened(record: Record) -> Record:
    """An item as it was before its fields were sealed. Credentials stay sealed."""
    if "account_id" not in record or record["item"] in {"account", "carrier"}:
        return record
    seal = seal_of(record)
    plain = {
        name: seal.open(name, value) if isinstance(value, bytes) else value
        for name, value in record.items()
    }
    if "outbox" in record:
        plain["outbox"] = [_event(event, record) for event in record["outbox"]]
    return plain


def _event(event: Record, session: Record) -> Record:
    owner = (session["account_id"], session["session_uuid"])
    return event_from_record(event, *owner).to_record()
