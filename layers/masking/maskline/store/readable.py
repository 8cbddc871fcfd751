"""Reading many items, of which one that cannot be read costs nobody the others."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from maskline.domain.stored import UNREADABLE
from maskline.observability import log_failure
from maskline.store.table import Record

T = TypeVar("T")

_NAMES = ("item", "account_id", "session_uuid", "call_uuid")


def each_readable(read: Callable[[Record], T], records: Iterable[Record]) -> Iterator[T]:
    """What `read` makes of the items, in their order, without those of which it makes nothing."""
    for record in records:
        found = read_safely(read, record)
        if found is not None:
            yield found


def read_safely(read: Callable[[Record], T], record: Record) -> T | None:
    """What `read` makes of an item; None, with a log line that an alarm counts, if it cannot.

    A table or key out of reach is no fault of the item, and is raised.
    """
    try:
        return read(record)
    except UNREADABLE as error:
        named = {name: record[name] for name in _NAMES if name in record}
        log_failure("an item cannot be read", error, event="item_unreadable", **named)
        return None
