"""The expiry index: what somebody has to look after from an instant on."""

from collections.abc import Callable
from functools import partial

from maskline.store import keys, table

Place = tuple[str, str]


def list_due(shard_name: Callable[[int], str], now: int) -> list[Place]:
    """(session, call) that are due now under that name of a shard; all shards at once.

    Call is "" for what is the session's own.
    """
    shards = table.in_parallel(
        *(partial(_list_shard, shard_name(shard), now) for shard in range(keys.SHARDS))
    )
    return [place for shard in shards for place in shard]


def _list_shard(shard: str, now: int) -> list[Place]:
    records = table.query(
        "expiry_shard = :shard AND expires_at <= :now",
        {":shard": shard, ":now": now},
        IndexName=keys.SESSIONS_BY_EXPIRY,
    )
    return [keys.session_and_call(record) for record in records]
