"""What tests look into: items of the table, opened and with what a key or a default says."""

from typing import Any

from maskline.domain.calls.events import SessionEvent
from maskline.store import keys
from maskline.store.sealing.seal import seal_of
from maskline.store.sessions.outbox import event_from_record, events_in

Record = dict[str, Any]

_NOBODY = {"first_party": "", "second_party": "", "last_outsider": ""}


def named(record: Record) -> Record:
    """An item of a session or conversation with the ids that stand in its key."""
    session_uuid, call_uuid = keys.session_and_call(record)
    if record.get("item") not in {"session", "interaction"}:
        return record
    return record | {"session_uuid": session_uuid} | ({"call_uuid": call_uuid} if call_uuid else {})


def opened(record: Record) -> Record:
    """An item as it was before its fields were sealed. Credentials stay sealed."""
    record = named(record)
    if "account_id" not in record or record["item"] in {"account", "carrier"}:
        return record
    seal = seal_of(record)
    plain = {
        name: seal.open(name, value) if isinstance(value, bytes) else value
        for name, value in record.items()
    }
    if record["item"] == "session":
        number = {"second_virtual_number": record["first_virtual_number"]}
        plain = _NOBODY | number | plain
    if "outbox" in record:
        plain["outbox"] = [_event(event, record) for event in events_in(record)]
    return plain


def _event(event: Record, session: Record) -> SessionEvent:
    return event_from_record(event, session["account_id"], session["session_uuid"])
