"""Orders to call a first party: written with their session, claimed once, settled once."""

from dataclasses import dataclass

from maskline.domain.calls.call_order import CallOrder, OrderStatus, order_of
from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.interaction import Interaction
from maskline.domain.sessions.session import Session
from maskline.domain.why.decision import Decision
from maskline.store import keys, table
from maskline.store.calls.by_id import decision_action
from maskline.store.calls.records import interaction_from_record
from maskline.store.calls.reports import save_call
from maskline.store.sessions.records import purge_at_seconds, session_from_record
from maskline.store.table import Record

_IS_OURS = "#status = :due OR claim = :claim"
_UNCHANGED = "#status = :before AND call_uuid = :call"
_NAMES = {"#status": "status"}


@dataclass(frozen=True, slots=True)
class OrderedCall:
    """A session, its order, and the conversation that a leg has in it, if any yet."""

    session: Session
    order: CallOrder
    interaction: Interaction | None


@dataclass(frozen=True, slots=True)
class OrderChange:
    """An order as it was read and as it is now, and the decision that a leg of it met, if now."""

    before: CallOrder
    after: CallOrder
    decision: Decision | None = None


def creation_actions(session: Session) -> list[table.Item]:
    """The part of a session's first transaction that orders the call, if one is wanted."""
    order = order_of(session)
    if order is None:
        return []
    return [table.put_action(_order_record(order) | {"ttl": purge_at_seconds(session)})]


def claim(session_uuid: str, token: str) -> bool:
    """Claim the order for `token`; True if it is the token's now, however often it asks."""
    try:
        table.transact(
            [
                table.update_action(
                    keys.call_order(session_uuid),
                    "SET #status = :claimed, claim = :claim",
                    f"attribute_exists(PK) AND ({_IS_OURS})",
                    names=_NAMES,
                    claimed=OrderStatus.CLAIMED,
                    due=OrderStatus.DUE,
                    claim=token,
                )
            ]
        )
    except table.ConditionFailedError:
        return False
    return True


def read(session_uuid: str, call_uuid: str = "") -> OrderedCall | None:
    """A session with an order, strongly consistent, and the conversation of a leg.

    That is the order's own if no leg is named, or if none was known of it: a leg that was given up
    before it was heard of.
    """
    wanted = [keys.session(session_uuid), keys.call_order(session_uuid)]
    if call_uuid:
        wanted.append(keys.interaction(session_uuid, call_uuid))
    records = {record["item"]: record for record in table.batch_get(wanted).values()}
    if not {"session", "order"} <= records.keys():
        return None
    order = _order_from(records["order"])
    known = records.get("interaction")
    interaction = interaction_from_record(known) if known else _of_order(order, call_uuid)
    return OrderedCall(session_from_record(records["session"]), order, interaction)


def _of_order(order: CallOrder, call_uuid: str) -> Interaction | None:
    if order.call_uuid in ("", call_uuid):
        return None
    place = keys.interaction(order.session_uuid, order.call_uuid)
    for record in table.batch_get([place]).values():
        interaction = interaction_from_record(record)
        if not call_uuid or interaction.caller.uuid in ("", call_uuid):
            return interaction
    return None


def save(
    call: tuple[Session, Interaction],
    told: tuple[SessionEvent, ...],
    *,
    change: OrderChange,
    now: int,
) -> None:
    """Write what follows from a report at `now`.

    Raises table.ConditionFailedError if session or order were written since they were read.
    """
    session, before, after = call[0], change.before, change.after
    more = [_change(session, before, after)] if after != before else []
    if change.decision:
        more.append(decision_action(session.account_id, change.decision))
    save_call(call, told, more, now=now)


def settle(ordered: OrderedCall) -> None:
    """End an order of which nothing is to be told. Raises as `save`."""
    before = ordered.order
    table.transact([_change(ordered.session, before, before.after(before.call_uuid, settles=True))])


def _change(session: Session, before: CallOrder, after: CallOrder) -> table.Item:
    return table.put_action(
        _order_record(after) | {"ttl": purge_at_seconds(session)},
        _UNCHANGED,
        names=_NAMES,
        before=before.status,
        call=before.call_uuid,
    )


def _order_record(order: CallOrder) -> Record:
    record: Record = {
        **keys.call_order(order.session_uuid),
        "item": "order",
        "session_uuid": order.session_uuid,
        "status": order.status,
        "expires_at": order.deadline,
        "claim": order.claim,
        "call_uuid": order.call_uuid,
    }
    if order.status is OrderStatus.OVER:
        return record
    shard = keys.overdue_shard(keys.shard_of(order.session_uuid))
    return record | {"expiry_shard": shard}


def _order_from(record: Record) -> CallOrder:
    return CallOrder(
        record["session_uuid"],
        OrderStatus(record["status"]),
        record["expires_at"],
        record["claim"],
        record["call_uuid"],
    )
