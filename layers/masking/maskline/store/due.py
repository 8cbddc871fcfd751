"""The expiry index: what somebody has to look after from an instant on."""

from collections.abc import Callable
from functools import partial

from maskline.store import keys, table


def list_due(shard_name: Callable[[int], str], now: int) -> list[str]:
    """Uuids of the sessions that are due now under that name of a shard; all shards at once."""
    shards = table.in_parallel(
        *(partial(_list_shard, shard_name(shard), now) for shard in range(keys.SHARDS))
    )
    return [session_uuid for shard in shards for session_uuid in shard]


def _list_shard(shard: str, now: int) -> list[str]:
    records = table.query(
        "expiry_shard = :shard AND expires_at <= :now",
        {":shard": shard, ":now": now},
        IndexName=keys.SESSIONS_BY_EXPIRY,
    )
    return [record["PK"].removeprefix("SESSION#") for record in records]
