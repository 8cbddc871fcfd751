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
    """The transaction's part that gives an order, in place of an earlier one for the same."""
    return table.put_action(_record(order))


def withdraw_action(virtual_number: E164) -> table.Item:
    """The transaction's part that withdraws a number's order, if there is one."""
    return table.delete_action(keys.replacement_order(virtual_number), "")


def withdraw_carrier_action(account_id: str, carrier: str) -> table.Item:
    """The transaction's part that withdraws a carrier's order, if there is one."""
    return table.delete_action(keys.carrier_order(account_id, carrier), "")


def _key(order: ReplacementOrder) -> keys.Key:
    if order.carrier:
        return keys.carrier_order(order.account_id, order.carrier)
    return keys.replacement_order(order.number)


def list_orders() -> list[ReplacementOrder]:
    """All open orders that can be read, strongly consistent."""
    records = table.query("PK = :orders", {":orders": keys.replacement_orders()})
    return list(each_readable(_order_from, records))


def move_place(order: ReplacementOrder, place: WalkedTo) -> None:
    """Remember where the next run goes on. Raises table.ConditionFailedError if it is withdrawn."""
    table.transact(
        [
            table.update_action(
                _key(order),
                "SET place_shard = :shard, place_expires_at = :expires_at, place_number = :number",
                _STILL_THIS_ORDER,
                number=place.number,
                shard=place.shard,
                expires_at=place.expires_at,
                ordered_at=order.ordered_at,
            )
        ]
    )


def close(order: ReplacementOrder) -> None:
    """Remove a fulfilled order. Raises table.ConditionFailedError if it was given anew."""
    condition = _STILL_THIS_ORDER
    table.transact([table.delete_action(_key(order), condition, ordered_at=order.ordered_at)])


def walk_sessions(
    virtual_number: E164, start: WalkedTo, now: int
) -> Iterator[tuple[WalkedTo, str]]:
    """The live sessions that are on a number, by uuid, from a place to the last; the index may lag.

    A session comes once for each of its routes there.
    """
    for shard in range(start.shard, keys.SHARDS):
        from_ = start.expires_at if shard == start.shard else 0
        for route in read_routes(keys.number_shard(virtual_number, shard), max(from_, now + 1)):
            place = WalkedTo(shard, route["expires_at"], start.number)
            yield place, route["session_uuid"]


def sessions_in(virtual_number: E164, shard: int, now: int) -> Iterator[str]:
    """The live sessions of a shard that are on a number, as `walk_sessions`."""
    routes = read_routes(keys.number_shard(virtual_number, shard), now + 1)
    return (route["session_uuid"] for route in routes)


def _record(order: ReplacementOrder) -> Record:
    return {
        **_key(order),
        "item": "replacement",
        # An earlier release is to pass over a carrier's: it would take it for carried out.
        **({"carrier": order.carrier} if order.carrier else {"number": order.number}),
        "account_id": order.account_id,
        "ordered_at": order.ordered_at,
        "request_id": order.request_id,
        "grace_seconds": order.grace_seconds,
        "place_shard": order.place.shard,
        "place_expires_at": order.place.expires_at,
    }


def _order_from(record: Record) -> ReplacementOrder:
    return ReplacementOrder(
        number=E164(record["number"] if "carrier" not in record else ""),
        account_id=record["account_id"],
        ordered_at=record["ordered_at"],
        request_id=record["request_id"],
        grace_seconds=record["grace_seconds"],
        place=WalkedTo(
            record["place_shard"],
            record["place_expires_at"],
            E164(record.get("place_number", "")),
        ),
        carrier=record.get("carrier", ""),
    )
