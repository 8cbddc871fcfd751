"""What live sessions have to say to strangers on a number, from the index that holds just that."""

from functools import partial
from itertools import islice

from maskline.domain.greetings import Greeting
from maskline.domain.phone_numbers import E164
from maskline.store import keys, table
from maskline.store.route_records import greeting_from_record

# Per shard: enough to find the newest among sessions of like length, few enough for one page.
_GREETINGS_READ = 25


def read_greetings(virtual_number: E164, now: int) -> list[Greeting]:
    """What live sessions, those that live longest, say to strangers. The index may lag."""
    shards = table.in_parallel(
        *(partial(_shard_greetings, virtual_number, shard, now) for shard in range(keys.SHARDS))
    )
    return [greeting for shard in shards for greeting in shard]


def _shard_greetings(virtual_number: E164, shard: int, now: int) -> list[Greeting]:
    records = table.query(
        "greeting_shard = :shard AND expires_at > :now",
        {":shard": keys.number_shard(virtual_number, shard), ":now": now},
        IndexName=keys.GREETINGS_BY_NUMBER,
        ScanIndexForward=False,
        Limit=_GREETINGS_READ,
    )
    return [greeting_from_record(record) for record in islice(records, _GREETINGS_READ)]
