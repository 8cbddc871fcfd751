"""Events as they stand in a session's outbox, and go through the queue: numbers sealed."""

from collections.abc import Iterable, Mapping
from typing import Any

from maskline.domain.events import SessionEvent
from maskline.store import keys
from maskline.store.sealing import ItemSeal, seal_for
from maskline.store.table import Record

_NUMBERS = ("from", "to")


def outbox(account_id: str, session_uuid: str, told: Iterable[SessionEvent]) -> list[Record]:
    """The events to tell, as they are written with the session."""
    seal = _seal(account_id, session_uuid)
    return [_sealed(event, seal) for event in told]


def event_from_record(
    record: Mapping[str, Any], account_id: str, session_uuid: str
) -> SessionEvent:
    """An event out of an outbox. Raises sealing.SealBrokenError."""
    seal = _seal(account_id, session_uuid)
    opened = {name: seal.open(_field(record, name), record[name]) for name in _NUMBERS}
    return SessionEvent.from_record({**record, **opened})


def _sealed(event: SessionEvent, seal: ItemSeal) -> Record:
    record = event.to_record()
    return record | {name: seal.seal(_field(record, name), record[name]) for name in _NUMBERS}


def _seal(account_id: str, session_uuid: str) -> ItemSeal:
    return seal_for(account_id, keys.session(session_uuid))


def _field(record: Mapping[str, Any], name: str) -> str:
    """Binds a number to its event: the session's others are in the same item."""
    return f"outbox/{record['name']}/{record['at']}/{name}"
