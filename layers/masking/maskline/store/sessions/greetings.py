"""Read the greetings of live sessions on a number, from the index that holds just them."""

from functools import partial

from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.greeting import Greeting
from maskline.store import keys, table
from maskline.store.readable import each_readable
from maskline.store.sessions.route_records import greeting_from_record

# Per shard: enough to find the newest among sessions of like length, few enough for one page.
_GREETINGS_READ = 25
_LIVE = "greeting_shard = :shard AND expires_at > :now"


def read_greetings(account_id: str, virtual_number: E164, now: int) -> list[Greeting]:
    """Read the greetings of an account on a number, of the live sessions that live longest.

    The index may lag.
    """
    shards = table.in_parallel(
        *(partial(_greetings, shard, now) for shard in _shards(account_id, virtual_number))
    )
    return [greeting for shard in shards for greeting in shard]


def has_greetings(account_id: str, virtual_number: E164, *, now: int) -> bool:
    """Tell if any live session greets strangers there. The index may lag."""
    shards = _shards(account_id, virtual_number)
    return any(table.in_parallel(*(partial(_has_greeting, shard, now) for shard in shards)))


def _has_greeting(shard: str, now: int) -> bool:
    page = table.query_page(
        _LIVE,
        {":shard": shard, ":now": now},
        IndexName=keys.GREETINGS_BY_NUMBER,
        Select="COUNT",
        Limit=1,
    )
    return page.count > 0


def _greetings(shard: str, now: int) -> list[Greeting]:
    page = table.query_page(
        _LIVE,
        {":shard": shard, ":now": now},
        IndexName=keys.GREETINGS_BY_NUMBER,
        ScanIndexForward=False,
        Limit=_GREETINGS_READ,
    )
    return list(each_readable(greeting_from_record, page.records))


def _shards(account_id: str, virtual_number: E164) -> list[str]:
    return [keys.greeting_shard(account_id, virtual_number, shard) for shard in keys.ALL_SHARDS]
