"""Orders to erase a person, the receipts that they become, and where the person is to be found."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace

from maskline.config import settings
from maskline.domain.erasure import ErasureOrder, Kind, PersonKeys
from maskline.domain.errors import TooManyErasuresError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role
from maskline.domain.stored import known
from maskline.domain.trail import Entry
from maskline.store import keys, table, trail
from maskline.store.codec import encode
from maskline.store.readable import each_readable
from maskline.store.table import Record

_BY_PARTY = {
    Role.FIRST: keys.SESSIONS_BY_FIRST_PARTY,
    Role.SECOND: keys.SESSIONS_BY_SECOND_PARTY,
}
# More would make the runs that read them all slow, for every account.
MOST_OPEN_ORDERS = 1000
_IS_THIS = "erasure_id = :erasure_id"
# Each renewal is later than the one before.
_UNCHANGED = f"{_IS_THIS} AND ordered_at = :read_at"
# A given-up callback lies in its queue for two weeks, and as long again whenever it is replayed.
_CALLBACKS_LIVE_SECONDS = 60 * 86_400
# An account is written to once a day of its erasures at most, and never late.
_ANNOUNCED_AHEAD_SECONDS = 2 * 86_400


def person_keys(account_id: str, number: E164) -> PersonKeys:
    """Return the keys that stand for a number in an account's records."""
    return PersonKeys(keys.party_key(number), keys.party_list(account_id, number))


def find_open(account_id: str, person: PersonKeys) -> ErasureOrder | None:
    """An account's open order for a person, strongly consistent."""
    record = table.get(keys.erasure_order(account_id, person.party))
    return _order_from(record) if record else None


def give(order: ErasureOrder, entry: Entry) -> None:
    """Write a new order and its audit entry.

    Raises TooManyErasuresError, and table.ConditionFailedError if there is one for the person.
    """
    whose = {"item": "erasure", "party": order.person.party}
    actions = [
        table.put_action(_record(order) | _open_key(order), "attribute_not_exists(PK)"),
        table.update_action(
            keys.open_erasures(order.account_id),
            "ADD orders :one",
            "attribute_not_exists(orders) OR orders < :most",
            one=1,
            most=MOST_OPEN_ORDERS,
        ),
        table.put_action(whose | keys.erasure(order.account_id, order.erasure_id)),
        trail.entry_action(entry),
    ]
    try:
        table.transact(actions)
    except table.ConditionFailedError as error:
        if [*error.failed] == [table.place(keys.open_erasures(order.account_id))]:
            raise TooManyErasuresError from error
        raise


def renew(before: ErasureOrder, after: ErasureOrder, entry: Entry) -> None:
    """Write an open order anew, with its audit entry; what it has counted stays.

    Raises table.ConditionFailedError if it was renewed or completed since it was read.
    """
    action = table.update_action(
        _open_key(after),
        "SET ordered_at = :ordered_at, commitment = :commitment, request_id = :request_id",
        _UNCHANGED,
        **_as_read(before),
        ordered_at=after.ordered_at,
        commitment=after.commitment,
        request_id=after.request_id,
    )
    table.transact([action, trail.entry_action(entry)])


def list_orders() -> list[ErasureOrder]:
    """All that are open, of every account, strongly consistent, but for unreadable ones."""
    records = table.query("PK = :orders", {":orders": keys.erasure_orders()})
    return list(each_readable(_order_from, records))


def get(account_id: str, erasure_id: str) -> ErasureOrder | None:
    """An order, open or completed, strongly consistent; None if there is none (any more)."""
    place = keys.erasure(account_id, erasure_id)
    record = table.get(place)
    if record and "party" in record:
        found = table.get(keys.erasure_order(account_id, record["party"]))
        is_open = found and found["erasure_id"] == erasure_id
        # Else it was completed between the two reads.
        record = found if is_open else table.get(place)
    return _order_from(record) if record else None


def complete(order: ErasureOrder, now: int) -> None:
    """Turn an order into what its receipt is made of.

    Raises table.ConditionFailedError if something was erased since the order was read, or it was
    renewed.
    """
    done = replace(order, completed_at=now)
    ttl = now // 1000 + settings().retention_days * 86_400
    place = keys.erasure(order.account_id, order.erasure_id)
    table.transact(
        [
            table.delete_action(
                _open_key(order),
                " AND ".join([_UNCHANGED, *(f"erased_{kind} = :{kind}" for kind in Kind)]),
                **_as_read(order),
                **{kind.value: count for kind, count in order.erased.items()},
            ),
            table.update_action(
                keys.open_erasures(order.account_id), "ADD orders :less", "", less=-1
            ),
            table.put_action(_record(done) | place | {"completed_at": now, "ttl": ttl}),
        ]
    )


def count_action(order: ErasureOrder, erased: dict[Kind, int]) -> table.Item:
    """The part of a transaction that counts what it erases: a crash counts nothing twice."""
    return table.update_action(
        _open_key(order),
        "SET " + ", ".join(f"erased_{kind} = erased_{kind} + :{kind}" for kind in erased),
        _IS_THIS,
        names=None,
        erasure_id=order.erasure_id,
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


def announce(account_id: str, now: int) -> None:
    """Have callbacks of an account ask for tombstones: before the first of a run is written.

    Whoever reads the account earlier reads it before that person was erased.
    """
    tombstones_end = now + _CALLBACKS_LIVE_SECONDS * 1000
    try:
        table.update(
            keys.account(account_id),
            UpdateExpression="SET erasures_until = :until",
            ConditionExpression="attribute_exists(PK) "
            "AND (attribute_not_exists(erasures_until) OR erasures_until < :enough)",
            ExpressionAttributeValues=encode(
                {
                    ":until": tombstones_end + _ANNOUNCED_AHEAD_SECONDS * 1000,
                    ":enough": tombstones_end + _ANNOUNCED_AHEAD_SECONDS * 500,
                }
            ),
        )
    except table.ConditionFailedError:
        return


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
    return {one for one, place in places.items() if table.place(place) in found}


def _open_key(order: ErasureOrder) -> keys.Key:
    return keys.erasure_order(order.account_id, order.person.party)


def _as_read(order: ErasureOrder) -> Record:
    """The values of `_UNCHANGED`."""
    return {"erasure_id": order.erasure_id, "read_at": order.ordered_at}


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
        person=PersonKeys(**known(PersonKeys, record["person"])),
        commitment=record["commitment"],
        ordered_at=record["ordered_at"],
        request_id=record["request_id"],
        erased={kind: record[f"erased_{kind}"] for kind in Kind},
        completed_at=record.get("completed_at"),
    )
