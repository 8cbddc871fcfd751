"""The number pool. Every change bumps the account's pool version, which keys the cached pool."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from maskline.domain.accounts import Account
from maskline.domain.numbers import NumberStatus, VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.store import keys, table
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
    answered.
    """
    cached = _pools().get(account.account_id)
    if cached is None or cached.version != account.pool_version:
        cached = _CachedPool(account.pool_version, list_numbers(account.account_id))
        _pools()[account.account_id] = cached
    return cached.numbers


def list_numbers(account_id: str) -> list[VirtualNumber]:
    """All numbers of a main account, strongly consistent."""
    records = table.query(
        "PK = :pk AND begins_with(SK, :numbers)",
        {":pk": keys.account(account_id)["PK"], ":numbers": "NUMBER#"},
    )
    return [number_from_record(record) for record in records]


def get_number(virtual_number: E164) -> VirtualNumber | None:
    """A number of any account."""
    record = table.get(keys.number(virtual_number))
    return number_from_record(record) if record else None


def add_number(number: VirtualNumber) -> None:
    """Store a new number. Raises table.ConditionFailedError if the deployment has it already."""
    _change(number, "attribute_not_exists(PK)")


def save_number(number: VirtualNumber) -> None:
    """Replace a number. Raises table.ConditionFailedError if the account has it no more."""
    _change(number, "account_id = :account", account=number.account_id)


def remove_number(number: VirtualNumber) -> None:
    """Delete a number. Raises table.ConditionFailedError unless it is retired."""
    condition = "account_id = :account AND number_status = :retired"
    values = {"account": number.account_id, "retired": NumberStatus.RETIRED}
    actions = [
        table.delete_action(key, condition, **values)
        for key in _keys(number.number, number.account_id)
    ]
    _transact(number.account_id, actions)


def has_live_routes(virtual_number: E164, now: int) -> bool:
    """Whether a live session uses the number; the index may lag by moments."""
    return any(
        True
        for shard in range(keys.SHARDS)
        for _ in table.query(
            "number_shard = :shard AND expires_at > :now",
            {":shard": keys.number_shard(virtual_number, shard), ":now": now},
            IndexName=keys.ROUTES_BY_NUMBER,
            Limit=1,
        )
    )


def _keys(virtual_number: E164, account_id: str) -> list[keys.Key]:
    return [keys.number(virtual_number), keys.pool_number(account_id, virtual_number)]


def _change(number: VirtualNumber, condition: str, **values: Any) -> None:
    fields = _fields(number)
    actions = [
        table.put_action({**key, "item": item, **fields}, condition, **values)
        for key, item in zip(
            _keys(number.number, number.account_id), ("number", "pool_number"), strict=True
        )
    ]
    _transact(number.account_id, actions)


def _transact(account_id: str, actions: list[table.Item]) -> None:
    bump = table.update_action(
        keys.account(account_id),
        "SET pool_version = pool_version + :one",
        "attribute_exists(PK)",
        one=1,
    )
    table.transact([*actions, bump])


def _fields(number: VirtualNumber) -> Record:
    return {
        "number": number.number,
        "account_id": number.account_id,
        "subaccount_id": number.subaccount_id,
        "carrier": number.carrier,
        "country": number.country,
        "added_at": number.added_at,
        "number_status": number.status,
        "alias": number.alias,
        "fallback_answer_url": number.fallback_answer_url,
    }


def number_from_record(record: Record) -> VirtualNumber:
    """A number from either of its two items."""
    return VirtualNumber(
        number=E164(record["number"]),
        account_id=record["account_id"],
        subaccount_id=record["subaccount_id"],
        carrier=record["carrier"],
        country=record["country"],
        added_at=record["added_at"],
        status=NumberStatus(record["number_status"]),
        alias=record["alias"],
        fallback_answer_url=record["fallback_answer_url"],
    )
