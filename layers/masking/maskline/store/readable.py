"""Reading many items, of which one that cannot be read costs nobody the others."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from maskline.domain.stored import UNREADABLE
from maskline.observability import log_failure
from maskline.store import keys
from maskline.store.table import Record

T = TypeVar("T")

_NAMES = ("item", "account_id", "session_uuid", "call_uuid")


def each_readable(read: Callable[[Record], T], records: Iterable[Record]) -> Iterator[T]:
    """Read the items in their order, and pass over those that `read` cannot read.

    Each of these is logged, and an alarm counts that. A table or key out of reach is no fault of
    an item, and is raised.
    """
    for record in records:
        try:
            found = read(record)
        except UNREADABLE as error:
            log_failure("an item cannot be read", error, event="item_unreadable", **_names(record))
        else:
            yield found


def _names(record: Record) -> Record:
    """Return the names that a log line may have of an item: a session's are its keys."""
    session_uuid, call_uuid = keys.session_and_call(record)
    by_key = {"session_uuid": session_uuid, "call_uuid": call_uuid} if session_uuid else {}
    return {name: record[name] for name in _NAMES if name in record} | by_key
