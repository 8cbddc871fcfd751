"""What is known of a call by its id, for who asks why it went where it went."""

from dataclasses import dataclass

from maskline.domain.decisions import Decision, Rule
from maskline.domain.phone_numbers import E164
from maskline.domain.routing import RouteKind
from maskline.domain.sessions import Role
from maskline.store import keys, table
from maskline.store.table import Record


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
    kind, role = stored.get("kind"), stored.get("role")
    if stored["rule"] not in Rule or kind not in {*RouteKind, None} or role not in {*Role, None}:
        return None
    return Decision(
        **stored
        | {
            "rule": Rule(stored["rule"]),
            "virtual_number": E164(stored.get("virtual_number", "")),
            "caller_id": E164(stored.get("caller_id", "")),
            "kind": RouteKind(kind) if kind else None,
            "role": Role(role) if role else None,
        }
    )
