"""Orders to erase a person, the receipts that they become, and where the person is to be found."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace

from maskline.config import settings
from maskline.domain.audit import Entry
from maskline.domain.erasure import ErasureOrder, Kind, PersonKeys
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Role
from maskline.store import audit, keys, table
from maskline.store.table import Record

_BY_PARTY = {
    Role.FIRST: keys.SESSIONS_BY_FIRST_PARTY,
    Role.SECOND: keys.SESSIONS_BY_SECOND_PARTY,
}
# A given-up callback lies in its queue for two weeks, and as long again whenever it is replayed.
_CALLBACKS_LIVE_SECONDS = 60 * 86_400


def person_keys(account_id: str, number: E164) -> PersonKeys:
    """How an account's records know a number."""
    return PersonKeys(keys.party_key(number), keys.party_list(account_id, number))


def give(order: ErasureOrder, entry: Entry) -> None:
    """Write a new order and its audit entry."""
    table.transact([table.put_action(_open_record(order)), audit.entry_action(entry)])


def list_orders() -> list[ErasureOrder]:
    """All that are open, of every account, strongly consistent."""
    records = table.query("PK = :orders", {":orders": keys.erasure_orders()})
    return [_order_from(record) for record in records]


def get(account_id: str, erasure_id: str) -> ErasureOrder | None:
    """An order, open or completed, strongly consistent; None if there is none (any more)."""
    places = [keys.erasure_order(account_id, erasure_id), keys.erasure(account_id, erasure_id)]
    found = table.batch_get(places).values()
    return next((_order_from(record) for record in found), None)


def complete(order: ErasureOrder, now: int) -> None:
    """Turn an order into what its receipt is made of.

    Raises table.ConditionFailedError if something was erased since the order was read.
    """
    done = replace(order, completed_at=now)
    ttl = now // 1000 + settings().retention_days * 86_400
    place = keys.erasure(order.account_id, order.erasure_id)
    table.transact(
        [
            table.delete_action(
                keys.erasure_order(order.account_id, order.erasure_id),
                " AND ".join(f"erased_{kind} = :{kind}" for kind in Kind),
                **{kind.value: count for kind, count in order.erased.items()},
            ),
            table.put_action(_record(done) | place | {"completed_at": now, "ttl": ttl}),
        ]
    )


def count_action(order: ErasureOrder, erased: dict[Kind, int]) -> table.Item:
    """The part of a transaction that counts what it erases: a crash counts nothing twice."""
    return table.update_action(
        keys.erasure_order(order.account_id, order.erasure_id),
        "SET " + ", ".join(f"erased_{kind} = erased_{kind} + :{kind}" for kind in erased),
        "attribute_exists(PK)",
        names=None,
        **{kind.value: count for kind, count in erased.items()},
    )


def walk_sessions(order: ErasureOrder) -> Iterator[str]:
    """The uuids of sessions that were there at the order and name the person; indexes may lag."""
    person = order.person
    for role, index in _BY_PARTY.items():
        entries = table.query(
            f"{role}_party_list = :person AND created_order <= :ordered",
            {":person": person.sessions, ":ordered": keys.created_order(order.ordered_at + 1, "")},
            IndexName=index,
        )
        yield from (keys.session_and_call(entry)[0] for entry in entries)
    place = keys.outsider(person.sessions, "")
    for trace in table.query("PK = :person", {":person": place["PK"]}):
        yield trace["SK"].removeprefix(place["SK"])


def tombstone(order: ErasureOrder, session_uuid: str, now: int) -> Record:
    """That the person is gone from a session: callbacks on their way tell them no more."""
    return {
        **keys.erased_person(session_uuid, order.person.party),
        "item": "erased_person",
        "ttl": now // 1000 + _CALLBACKS_LIVE_SECONDS,
    }


def erased_among(session_uuid: str, numbers: Iterable[E164]) -> set[E164]:
    """Those of some numbers that were erased from a session, strongly consistent."""
    places = {one: keys.erased_person(session_uuid, keys.party_key(one)) for one in numbers}
    found = table.batch_get(list(places.values()))
    return {one for one, place in places.items() if (place["PK"], place["SK"]) in found}


def _open_record(order: ErasureOrder) -> Record:
    return _record(order) | keys.erasure_order(order.account_id, order.erasure_id)


def _record(order: ErasureOrder) -> Record:
    return {
        "item": "erasure",
        "erasure_id": order.erasure_id,
        "account_id": order.account_id,
        "person": asdict(order.person),
        "commitment": order.commitment,
        "ordered_at": order.ordered_at,
        "request_id": order.request_id,
        **{f"erased_{kind}": order.erased[kind] for kind in Kind},
    }


def _order_from(record: Record) -> ErasureOrder:
    return ErasureOrder(
        erasure_id=record["erasure_id"],
        account_id=record["account_id"],
        person=PersonKeys(**record["person"]),
        commitment=record["commitment"],
        ordered_at=record["ordered_at"],
        request_id=record["request_id"],
        erased={kind: record[f"erased_{kind}"] for kind in Kind},
        completed_at=record.get("completed_at"),
    )
