"""Open orders to replace a number in its sessions, and the sessions that they are about."""

from collections.abc import Iterator

from maskline.domain.allocation.replacement import ReplacementOrder, WalkedTo
from maskline.domain.phone_numbers import E164
from maskline.store import keys, table
from maskline.store.numbers.routes import read_routes
from maskline.store.readable import each_readable
from maskline.store.table import Record

_STILL_THIS_ORDER = "ordered_at = :ordered_at"


def give_action(order: ReplacementOrder) -> table.Item:
    """The transaction's part that gives an order, in place of an earlier one for the number."""
    return table.put_action(_record(order))


def withdraw_action(virtual_number: E164) -> table.Item:
    """The transaction's part that withdraws a number's order, if there is one."""
    return table.delete_action(keys.replacement_order(virtual_number), "")


def list_orders() -> list[ReplacementOrder]:
    """All open orders that can be read, strongly consistent."""
    records = table.query("PK = :orders", {":orders": keys.replacement_orders()})
    return list(each_readable(_order_from, records))


def move_place(order: ReplacementOrder, place: WalkedTo) -> None:
    """Remember where the next run goes on. Raises table.ConditionFailedError if it is withdrawn."""
    table.transact(
        [
            table.update_action(
                keys.replacement_order(order.number),
                "SET place_shard = :shard, place_expires_at = :expires_at",
                _STILL_THIS_ORDER,
                shard=place.shard,
                expires_at=place.expires_at,
                ordered_at=order.ordered_at,
            )
        ]
    )


def close(order: ReplacementOrder) -> None:
    """Remove a fulfilled order. Raises table.ConditionFailedError if it was given anew."""
    key = keys.replacement_order(order.number)
    table.transact([table.delete_action(key, _STILL_THIS_ORDER, ordered_at=order.ordered_at)])


def walk_sessions(
    virtual_number: E164, start: WalkedTo, now: int
) -> Iterator[tuple[WalkedTo, str]]:
    """The live sessions that are on a number, by uuid, from a place to the last; the index may lag.

    A session comes once for each of its routes there.
    """
    for shard in range(start.shard, keys.SHARDS):
        from_ = start.expires_at if shard == start.shard else 0
        for route in read_routes(keys.number_shard(virtual_number, shard), max(from_, now + 1)):
            yield WalkedTo(shard, route["expires_at"]), route["session_uuid"]


def _record(order: ReplacementOrder) -> Record:
    return {
        **keys.replacement_order(order.number),
        "item": "replacement",
        "number": order.number,
        "account_id": order.account_id,
        "ordered_at": order.ordered_at,
        "request_id": order.request_id,
        "grace_seconds": order.grace_seconds,
        "place_shard": order.place.shard,
        "place_expires_at": order.place.expires_at,
    }


def _order_from(record: Record) -> ReplacementOrder:
    return ReplacementOrder(
        number=E164(record["number"]),
        account_id=record["account_id"],
        ordered_at=record["ordered_at"],
        request_id=record["request_id"],
        grace_seconds=record["grace_seconds"],
        place=WalkedTo(record["place_shard"], record["place_expires_at"]),
    )
