"""The decision on a call by the id of its caller's leg, for who asks why it went where it went."""

from dataclasses import dataclass

from maskline.domain.sessions.session import Role
from maskline.domain.stored import known_word
from maskline.domain.why.decision import Decision, Rule
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


def _known(call_uuid: str, record: Record) -> KnownCall | None:
    rule = known_word(Rule, record["rule"], None)
    role = known_word(Role, record["role"], None) if "role" in record else None
    if rule is None or (role is None and "role" in record):
        return None
    decision = Decision(
        rule,
        call_uuid,
        record["at"],
        record.get("session_uuid", ""),
        role,
        record.get("other_call_uuid", ""),
    )
    return KnownCall(decision, record.get("subaccount_id", ""))
