"""The expiry index: what somebody has to look after from an instant on."""

from collections.abc import Callable, Iterable
from functools import partial

from maskline.store import keys, table

SessionAndCall = tuple[str, str]


def list_due(
    shard_name: Callable[[int], str], now: int, shards: Iterable[int]
) -> list[SessionAndCall]:
    """(session, call) that are due now under that name of the shards; all of these at once.

    Call is "" for what is the session's own.
    """
    found = table.in_parallel(*(partial(_list_shard, shard_name(shard), now) for shard in shards))
    return [place for of_shard in found for place in of_shard]


def _list_shard(shard: str, now: int) -> list[SessionAndCall]:
    records = table.query(
        "expiry_shard = :shard AND expires_at <= :now",
        {":shard": shard, ":now": now},
        IndexName=keys.SESSIONS_BY_EXPIRY,
    )
    return [keys.session_and_call(record) for record in records]
