"""The routes of a virtual number: found by an index of keys, and read consistently."""

from collections.abc import Iterator
from itertools import islice

from maskline.store import keys, table
from maskline.store.table import Record

# As many items as one read takes.
_BATCH = 100


def read_routes(shard: str, ends_from: int) -> Iterator[Record]:
    """The routes of a shard that end at an instant or later, by the index, which may lag."""
    entries = table.query(
        "number_shard = :shard AND expires_at >= :from",
        {":shard": shard, ":from": ends_from},
        IndexName=keys.ROUTES_BY_NUMBER,
    )
    while batch := list(islice(entries, _BATCH)):
        found = table.get_each([{"PK": entry["PK"], "SK": entry["SK"]} for entry in batch])
        yield from (route for route in found if route)
