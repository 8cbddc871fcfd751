"""What live sessions have to say to strangers on a number, from the index that holds just that."""

from functools import partial

from maskline.domain.greetings import UNCOUNTED_SESSIONS, Greeting
from maskline.domain.phone_numbers import E164
from maskline.store import keys, table
from maskline.store.route_records import greeting_from_record

# Per shard: enough to find the newest among sessions of like length, few enough for one page.
_GREETINGS_READ = 25
# Per shard: of a thousand sessions, spread by chance, no shard has more.
_GREETINGS_COUNTED = 160
_LIVE = "greeting_shard = :shard AND expires_at > :now"


def read_greetings(virtual_number: E164, now: int) -> list[Greeting]:
    """What live sessions, those that live longest, say to strangers. The index may lag."""
    shards = table.in_parallel(
        *(partial(_shard_greetings, virtual_number, shard, now) for shard in keys.ALL_SHARDS)
    )
    return [greeting for shard in shards for greeting in shard]


def _shard_greetings(virtual_number: E164, shard: int, now: int) -> list[Greeting]:
    page = table.query_page(
        _LIVE,
        _live(virtual_number, shard, now),
        IndexName=keys.GREETINGS_BY_NUMBER,
        ScanIndexForward=False,
        Limit=_GREETINGS_READ,
    )
    return [greeting_from_record(record) for record in page.records]


def counts_of_pin_sessions(virtual_number: E164, now: int) -> list[partial[int]]:
    """The reads, to be made at once, that have so many live sessions with PINs in all."""
    return [partial(_count_pin_sessions, virtual_number, shard, now) for shard in keys.ALL_SHARDS]


def _count_pin_sessions(virtual_number: E164, shard: int, now: int) -> int:
    page = table.query_page(
        _LIVE,
        _live(virtual_number, shard, now) | {":yes": True},
        IndexName=keys.GREETINGS_BY_NUMBER,
        FilterExpression="asks_pin = :yes",
        Select="COUNT",
        Limit=_GREETINGS_COUNTED,
    )
    return page.count if page.last is None else UNCOUNTED_SESSIONS


def _live(virtual_number: E164, shard: int, now: int) -> table.Record:
    return {":shard": keys.number_shard(virtual_number, shard), ":now": now}
