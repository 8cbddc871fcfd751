"""Decisions on calls, for who asks why a call went where it went: by its id, or by its number."""

from dataclasses import dataclass
from functools import partial

from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role
from maskline.domain.stored import known_word
from maskline.domain.why.decision import Decision, Rule
from maskline.domain.why.search import CallSearch, Place
from maskline.store import keys, table
from maskline.store.table import Record


@dataclass(frozen=True, slots=True)
class KnownCall:
    """The decision on a call of an account; without a session it is the subaccount's, if any."""

    decision: Decision
    subaccount_id: str = ""


def read_known_call(account_id: str, call_uuid: str, now: int) -> KnownCall | None:
    """Read what is kept of an account's call and not past its end. A connection goes first.

    A decision in words that we do not know is passed over: nothing is known of its call.
    """
    found = table.query("PK = :pk", {":pk": keys.call_partition(call_uuid)})
    by_place = {record["SK"]: record for record in found if now < record["ttl"] * 1000}
    for place in (keys.call(account_id, call_uuid), keys.decision(account_id, call_uuid)):
        record = by_place.get(place["SK"], {})
        if "rule" in record:
            return _known(call_uuid, record)
    return None


def read_known_calls(
    account_id: str, search: CallSearch, now: int
) -> tuple[list[KnownCall], Place | None]:
    """Read decisions, and the place of the last one if there is more behind it.

    Those past their end, or in words that we do not know, are left out. The index may lag a call by
    moments.
    """
    parts = table.in_parallel(
        *(partial(_read_shard, account_id, search, shard) for shard in keys.ALL_SHARDS)
    )
    records = sorted(
        (record for part in parts for record in part),
        key=lambda record: record["created_order"],
        reverse=True,
    )
    page = records[: search.most]
    last = keys.creation_of(page[-1]["created_order"]) if len(records) > search.most else None
    kept = [record for record in page if now < record["ttl"] * 1000]
    found = [_known(_call_of(record), record) for record in _without_connected(account_id, kept)]
    return [known for known in found if known], last


def _call_of(record: Record) -> str:
    return keys.creation_of(record["created_order"])[1]


def _without_connected(account_id: str, records: list[Record]) -> list[Record]:
    """Leave out what was decided on a call before it was connected: its connection is listed."""
    decided = [_call_of(one) for one in records if one["item"] == "decision"]
    found = table.get_each([keys.call(account_id, call) for call in decided]) if decided else []
    connected = {
        call for call, record in zip(decided, found, strict=True) if record and "rule" in record
    }
    return [one for one in records if one["item"] == "call" or _call_of(one) not in connected]


def _read_shard(account_id: str, search: CallSearch, shard: int) -> list[Record]:
    """The newest of a shard: so many that all of them may be on the page, and one that is not."""
    low = keys.created_order(search.since, "")
    high = keys.just_below(keys.created_order(*search.before))
    if low > high:
        return []
    page = table.query_page(
        "call_shard = :shard AND created_order BETWEEN :low AND :high",
        {
            ":shard": keys.call_shard(account_id, search.virtual_number, shard),
            ":low": low,
            ":high": high,
        },
        IndexName=keys.CALLS_BY_NUMBER,
        ScanIndexForward=False,
        Limit=search.most + 1,
    )
    return page.records


def _known(call_uuid: str, record: Record) -> KnownCall | None:
    rule = known_word(Rule, record["rule"], None)
    role = known_word(Role, record["role"], None) if "role" in record else None
    if rule is None or (role is None and "role" in record):
        return None
    decision = Decision(
        rule,
        call_uuid,
        record["at"],
        E164(record.get("virtual_number", "")),
        record.get("session_uuid", ""),
        role,
        record.get("other_call_uuid", ""),
    )
    return KnownCall(decision, record.get("subaccount_id", ""))
