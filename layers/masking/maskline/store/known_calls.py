"""What is known of a call by its id, for who asks why it went where it went."""

from dataclasses import dataclass
from enum import StrEnum

from maskline.domain.decisions import Decision, Rule
from maskline.domain.phone_numbers import E164
from maskline.domain.routing import RouteKind
from maskline.domain.sessions import Role
from maskline.domain.stored import known_word
from maskline.store import keys, table
from maskline.store.table import Record

_WORDS: dict[str, type[StrEnum]] = {"rule": Rule, "kind": RouteKind, "role": Role}


@dataclass(frozen=True, slots=True)
class KnownCall:
    """Where a call is explained: by the decision on it or, of a callee's leg, by its caller's leg.

    `session_uuid` is "" for a call that no session has to do with.
    """

    session_uuid: str
    decision: Decision | None = None
    caller_leg: str = ""


def read_known_call(account_id: str, call_uuid: str, now: int) -> KnownCall | None:
    """What is kept of an account's call and not past its end. That it was connected goes first.

    A decision in words that we do not know is passed over: nothing is known of its call.
    """
    found = table.query("PK = :pk", {":pk": keys.call_partition(call_uuid)})
    items = {
        record["item"]: record
        for record in found
        if record.get("account_id") == account_id and now < record["ttl"] * 1000
    }
    if "decision" in items.get("call", {}):
        return _decided(items["call"]["decision"])
    if "decision" in items:
        return _decided(items["decision"])
    leg = items.get("callee_leg")
    return KnownCall(leg["session_uuid"], caller_leg=leg["call_uuid"]) if leg else None


def _decided(record: Record) -> KnownCall | None:
    decision = _decision_from(record)
    return KnownCall(decision.session_uuid, decision) if decision else None


def _decision_from(record: Record) -> Decision | None:
    stored = {name: record[name] for name in Decision._fields if name in record}
    words = {
        name: known_word(kind, stored[name], None)
        for name, kind in _WORDS.items()
        if name in stored
    }
    if None in words.values():
        return None
    numbers = {name: E164(stored.get(name, "")) for name in ("virtual_number", "caller_id")}
    return Decision(**stored | words | numbers)
