"""The number pool. Every change bumps the account's pool version, which keys the cached pool."""

from dataclasses import dataclass
from functools import cache

from maskline.domain.accounts import Account
from maskline.domain.allocation.replacement import ReplacementOrder
from maskline.domain.numbers.pool import NumberHealth, VirtualNumber, as_carriers_are
from maskline.domain.phone_numbers import E164
from maskline.domain.trail import Entry
from maskline.store import keys, table, trail
from maskline.store.numbers import replacement_orders
from maskline.store.numbers.records import number_fields, number_from_record
from maskline.store.numbers.routes import read_routes
from maskline.store.readable import each_readable
from maskline.store.table import Record


@dataclass(slots=True)
class _CachedPool:
    version: int
    numbers: list[VirtualNumber]


@cache
def _pools() -> dict[str, _CachedPool]:
    """The cached pools by main account."""
    return {}


def get_pool(account: Account) -> list[VirtualNumber]:
    """All numbers of a main account, at least as new as `account`.

    Requests read the account anyway, to authenticate; its pool version says whether the copy in
    this warm function still holds: a retired number gets no session once its retirement was
    answered. Those of an unhealthy carrier are unhealthy here, whatever they are themselves.
    """
    cached = _pools().get(account.account_id)
    if cached is None or cached.version != account.pool_version:
        stored = list_numbers(account.account_id)
        found = as_carriers_are(stored, account.unhealthy_carriers)
        cached = _CachedPool(account.pool_version, found)
        _pools()[account.account_id] = cached
    return cached.numbers


def list_numbers(account_id: str) -> list[VirtualNumber]:
    """All numbers of a main account that can be read, strongly consistent."""
    records = table.query(
        "PK = :pk AND begins_with(SK, :numbers)",
        {":pk": keys.account(account_id)["PK"], ":numbers": "NUMBER#"},
    )
    return list(each_readable(number_from_record, records))


def get_number(virtual_number: E164) -> VirtualNumber | None:
    """A number of any account."""
    record = table.get(keys.number(virtual_number))
    return number_from_record(record) if record else None


def add_number(number: VirtualNumber) -> None:
    """Store a new number. Raises table.ConditionFailedError if the deployment has it already."""
    absent = "attribute_not_exists(PK)"
    _transact(number.account_id, [table.put_action(record, absent) for record in _records(number)])


@dataclass(frozen=True, slots=True)
class GivenOrder:
    """An order to replace a number in its sessions, with its audit entry."""

    order: ReplacementOrder
    entry: Entry


def save_number(
    number: VirtualNumber, *, before: VirtualNumber, given: GivenOrder | None = None
) -> None:
    """Replace a number, and give or withdraw the order to replace it in its sessions.

    Raises table.ConditionFailedError if the account has it no more, or if its status or health is
    not as it was read `before`.
    """
    condition = (
        "account_id = :account AND number_status = :status AND retired_at = :retired_at"
        " AND number_health = :health"
    )
    values: Record = {
        "account": number.account_id,
        "status": before.status,
        "retired_at": before.retired_at,
        "health": before.health,
    }
    actions = [table.put_action(record, condition, **values) for record in _records(number)]
    if given:
        actions += [
            replacement_orders.give_action(given.order),
            trail.entry_action(given.entry),
        ]
    elif number.health is NumberHealth.HEALTHY:
        actions.append(replacement_orders.withdraw_action(number.number))
    _transact(number.account_id, actions)


def save_carrier_health(
    account: Account, carrier: str, unhealthy: list[str], *, given: GivenOrder | None
) -> None:
    """Replace an account's unhealthy carriers, and give or withdraw the order to leave a carrier.

    Raises table.ConditionFailedError if the pool is not as the account says.
    """
    change = table.update_action(
        keys.account(account.account_id),
        "SET unhealthy_carriers = :unhealthy, pool_version = pool_version + :one",
        "pool_version = :version",
        unhealthy=unhealthy,
        version=account.pool_version,
        one=1,
    )
    if given is None:
        withdrawn = replacement_orders.withdraw_carrier_action(account.account_id, carrier)
        table.transact([withdrawn, change])
        return
    order = replacement_orders.give_action(given.order)
    table.transact([order, trail.entry_action(given.entry), change])


def remove_number(number: VirtualNumber) -> None:
    """Delete a number. Raises table.ConditionFailedError unless it is retired as it was read."""
    condition = "account_id = :account AND retired_at = :retired_at"
    values: Record = {"account": number.account_id, "retired_at": number.retired_at}
    actions = [
        table.delete_action(key, condition, **values)
        for key in _keys(number.number, number.account_id)
    ]
    actions.append(replacement_orders.withdraw_action(number.number))
    _transact(number.account_id, actions)


def has_routes(virtual_number: E164, *, ends_from: int) -> bool:
    """Tell if a session that uses the number, or used it, ends at an instant or later.

    The index tells where to look and may lag by moments; what is there is read consistently.
    """
    shards = (
        name(virtual_number, shard)
        for name in (keys.number_shard, keys.former_number_shard)
        for shard in keys.ALL_SHARDS
    )
    return any(
        route["expires_at"] >= ends_from
        for shard in shards
        for route in read_routes(shard, ends_from)
    )


def _keys(virtual_number: E164, account_id: str) -> list[keys.Key]:
    return [keys.number(virtual_number), keys.pool_number(account_id, virtual_number)]


def _records(number: VirtualNumber) -> list[Record]:
    kinds = zip(_keys(number.number, number.account_id), ("number", "pool_number"), strict=True)
    return [{**key, "item": item, **number_fields(number)} for key, item in kinds]


def _transact(account_id: str, actions: list[table.Item]) -> None:
    bump = table.update_action(
        keys.account(account_id),
        "SET pool_version = pool_version + :one",
        "attribute_exists(PK)",
        one=1,
    )
    table.transact([*actions, bump])
