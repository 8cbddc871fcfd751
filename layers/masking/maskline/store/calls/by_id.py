"""Items keyed by a call's id: its session, a mark that it has ended, and the decision about it.

Ids come from the carrier, with the signature of the account whose number was dialled. Each account
has items of its own: what another account's webhook says of the same id does not touch them.

The decision on a connected call is part of the item that names its session. That on any other, and
on a call that we place, is an item of its own, which nobody but a reader of decisions looks at.
Both have the decision's fields by their names, and stand in the index of their virtual number.
"""

from maskline.config import settings
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.route import Route
from maskline.domain.why.decision import Decision, Rule
from maskline.store import keys, table
from maskline.store.table import Record

# No hangup of this call has come: that of a connected call is kept in its conversation.
_CALLER_IS_THERE = "attribute_not_exists(PK) OR attribute_exists(session_uuid)"
_IS_NOT_CONNECTED = "attribute_not_exists(session_uuid)"
# A carrier's repetitions of an answer webhook come within minutes.
_HANGUP_KEPT_SECONDS = 3600
# A call lasts at most a day, and its hang-up may be told late.
_CALL_POINTER_SECONDS = 7 * 86_400
# The first decision on a call stands, but for the one to ask for a PIN once a PIN was entered.
_IS_FIRST = "attribute_not_exists(PK)"
_ASKED_FOR_PIN = "#rule = :asked"


def call_action(
    interaction: Interaction, route: Route, rule: Rule, pushed_aside: str
) -> table.Item:
    """The part of the transaction that connects a call by which its end is told to its session.

    It says why as well: by a rule, and by the call that it took the line from, if any.
    """
    account_id = route.account_id
    decision = Decision(
        rule,
        interaction.call_uuid,
        interaction.started_at,
        interaction.virtual_number,
        interaction.session_uuid,
        interaction.caller_role,
        pushed_aside,
    )
    record = {
        **keys.call(account_id, decision.call_uuid),
        "item": "call",
        **_decision_record(account_id, decision),
        "ttl": max(decision.at // 1000 + _CALL_POINTER_SECONDS, _forget_at(decision.at)),
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


def keep(
    account_id: str, decision: Decision, *, subaccount_id: str = "", refines: bool = False
) -> None:
    """Store why a call was not connected. Raises ConditionFailedError if that is known.

    `subaccount_id` has the number that was dialled: without a session the call is theirs.
    `refines`: a PIN was entered since the caller was asked for it.
    """
    record = _decision_item(account_id, decision)
    if subaccount_id and not decision.session_uuid:
        record["subaccount_id"] = subaccount_id
    if refines:
        condition, asked = f"{_IS_FIRST} OR {_ASKED_FOR_PIN}", {":asked": Rule.PIN_ASKED}
        table.put(record, condition, asked, ExpressionAttributeNames={"#rule": "rule"})
    else:
        table.put(record, _IS_FIRST)


def decision_action(account_id: str, decision: Decision) -> table.Item:
    """The part of a transaction that says what became of a call that we placed."""
    return table.put_action(_decision_item(account_id, decision))


def _forget_at(at: int) -> int:
    """Return when TTL may remove an item about a call at an instant, in epoch seconds."""
    return at // 1000 + settings().retention_days * 86_400


def _decision_item(account_id: str, decision: Decision) -> Record:
    return {
        **keys.decision(account_id, decision.call_uuid),
        "item": "decision",
        **_decision_record(account_id, decision),
        "ttl": _forget_at(decision.at),
    }


def _decision_record(account_id: str, decision: Decision) -> Record:
    """Its fields but for the call, which is in the key. What is absent says nothing."""
    fields: Record = {
        "rule": decision.rule,
        "at": decision.at,
        "session_uuid": decision.session_uuid,
        "role": decision.role,
        "other_call_uuid": decision.other_call_uuid,
        "virtual_number": decision.virtual_number,
    }
    if decision.virtual_number:
        shard = keys.shard_of(decision.call_uuid)
        fields |= {
            "call_shard": keys.call_shard(account_id, decision.virtual_number, shard),
            "created_order": keys.created_order(decision.at, decision.call_uuid),
        }
    return {name: value for name, value in fields.items() if value}
