"""A read of sessions that is not written down does not happen."""

from functools import partial

from maskline.domain.trail import Entry
from maskline.services.retrying import until_written
from maskline.store import trail


def note_read(entry: Entry) -> None:
    """Write the entry of a read before it is answered. Raises ContentionError if that fails."""
    until_written(partial(trail.put_entry, entry))
