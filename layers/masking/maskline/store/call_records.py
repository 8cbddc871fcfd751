"""What is kept under a call's own id: its session, that it is over, and why it went where it went.

Ids come from the carrier, with the signature of the account whose number was dialled. Each account
has items of its own: what another account's webhook says of the same id does not touch them.

The decision on a connected call is part of the item that names its session. That on any other, and
on a call that we place, is an item of its own, which nobody but a reader of decisions looks at.
"""

from maskline.config import settings
from maskline.domain.decisions import Decision
from maskline.domain.interactions import Interaction
from maskline.store import keys, table
from maskline.store.table import Record

# No hangup of this call has come: that of a connected call is kept in its conversation.
_CALLER_IS_THERE = "attribute_not_exists(PK) OR attribute_exists(session_uuid)"
_IS_NOT_CONNECTED = "attribute_not_exists(session_uuid)"
# A carrier's repetitions of an answer webhook come within minutes.
_HANGUP_KEPT_SECONDS = 3600
# A call lasts at most a day, and its hang-up may be told late.
_CALL_POINTER_SECONDS = 7 * 86_400
# The first decision on a call stands; what follows when a PIN was entered comes after it.
_IS_LATER = "attribute_not_exists(PK) OR stage < :stage"


def call_action(interaction: Interaction, decision: Decision) -> table.Item:
    """The part of the transaction that connects a call by which its end is told to its session."""
    record = {
        **keys.call(decision.account_id, interaction.call_uuid),
        "item": "call",
        "account_id": decision.account_id,
        "session_uuid": interaction.session_uuid,
        "decision": _decision_record(decision),
        "ttl": max(interaction.started_at // 1000 + _CALL_POINTER_SECONDS, _forget_at(decision.at)),
    }
    return table.put_action(record, _CALLER_IS_THERE)


def find_session_of_call(account_id: str, call_uuid: str) -> str | None:
    """The session that a caller's leg belongs to, or None for a call that was never connected."""
    record = table.get(keys.call(account_id, call_uuid)) or {}
    return record.get("session_uuid")


def note_hangup(account_id: str, call_uuid: str, now: int) -> None:
    """Keep in mind that a call which was not connected is over, so that it never will be.

    Raises table.ConditionFailedError if it was connected meanwhile.
    """
    ttl = now // 1000 + _HANGUP_KEPT_SECONDS
    record = {**keys.call(account_id, call_uuid), "item": "call", "ttl": ttl}
    table.put(record, _IS_NOT_CONNECTED)


def keep(decision: Decision) -> None:
    """Store why a call was not connected. Raises ConditionFailedError if that is known."""
    table.put(_decision_item(decision), _IS_LATER, {":stage": decision.stage})


def decision_action(decision: Decision) -> table.Item:
    """The same as part of a transaction that says what became of a call that we placed."""
    return table.put_action(_decision_item(decision))


def callee_leg_action(account_id: str, interaction: Interaction, now: int) -> table.Item:
    """The transaction's part by which a conversation is found again by its callee's leg."""
    record = {
        **keys.callee_leg(account_id, interaction.callee.uuid),
        "item": "callee_leg",
        "account_id": account_id,
        "session_uuid": interaction.session_uuid,
        "call_uuid": interaction.call_uuid,
        "ttl": _forget_at(now),
    }
    return table.put_action(record)


def _forget_at(at: int) -> int:
    """When TTL may remove what is kept of a call at an instant, in epoch seconds."""
    return at // 1000 + settings().retention_days * 86_400


def _decision_item(decision: Decision) -> Record:
    return {
        **keys.decision(decision.account_id, decision.call_uuid),
        "item": "decision",
        **_decision_record(decision),
        "ttl": _forget_at(decision.at),
    }


def _decision_record(decision: Decision) -> Record:
    """Without what says nothing. A count of 0 does."""
    return {
        name: value
        for name, value in decision._asdict().items()
        if value is not None and value is not False and value != ""
    }
