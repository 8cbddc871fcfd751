"""Request-a-call: place the call that a session ordered, once, and say so if it failed."""

import uuid
from collections.abc import Callable

from maskline import clock
from maskline.carriers.adapter import Carrier
from maskline.carriers.urls import CallUrls
from maskline.domain.calls.call_order import (
    NotPlaced,
    OrderStatus,
    Placement,
    failure,
    outbound_call,
    placed,
)
from maskline.domain.calls.interaction import applied, session_after
from maskline.domain.why.decision import Rule, decided
from maskline.observability import logger
from maskline.services.accounts.carrier_credentials import carrier_account
from maskline.services.retrying import until_written
from maskline.store.calls import orders as call_orders
from maskline.store.calls.orders import OrderChange, OrderedCall

_FAILURES = {
    Placement.REFUSED: NotPlaced.REFUSED,
    Placement.UNREACHABLE: NotPlaced.UNREACHABLE,
}


def place_call(session_uuid: str, base_url: str, carrier: Callable[[str], Carrier]) -> None:
    """Place a session's call unless somebody else does.

    `base_url` is ours; `carrier` returns the adapter of a name.

    A crash between claim and request leaves an order that nobody repeats: it fails in the end.
    """
    claim = str(uuid.uuid4())
    if not until_written(lambda: call_orders.claim(session_uuid, claim)):
        return
    ordered = call_orders.read(session_uuid)
    if ordered is None:
        return
    if not ordered.session.is_live(clock.now_ms()):
        until_written(lambda: _drop(session_uuid))
        return
    outcome = _placement(ordered, base_url, carrier)
    logger.info(
        "call placed",
        event="call_placed",
        outcome=outcome.name.lower(),
        session_uuid=session_uuid,
    )
    if outcome is not Placement.ACCEPTED:
        logger.warning(
            "a carrier took no call",
            event="call_not_taken",
            carrier=ordered.session.carrier,
            outcome=outcome.name.lower(),
            session_uuid=session_uuid,
        )
    if outcome in _FAILURES:
        _fail(session_uuid, _FAILURES[outcome])


def _drop(session_uuid: str) -> None:
    """Nothing is told of an order whose session ended before its call was placed."""
    ordered = call_orders.read(session_uuid)
    if ordered and ordered.order.status is not OrderStatus.OVER:
        call_orders.settle(ordered)


def _placement(ordered: OrderedCall, base_url: str, carrier: Callable[[str], Carrier]) -> Placement:
    session = ordered.session
    known = carrier_account(session.carrier, session.account_id)
    if known is None:
        return Placement.REFUSED
    urls = CallUrls(base_url, session.carrier, session.account_id, session.session_uuid)
    return carrier(session.carrier).place(known, outbound_call(session), urls)


def give_up_order(session_uuid: str) -> bool:
    """Settle an order of which no call came in time; whether that was told now."""
    return _fail(session_uuid, NotPlaced.NO_NEWS)


def _fail(session_uuid: str, reason: NotPlaced) -> bool:
    """Tell that no call came of an order, unless one did; whether it was told now."""

    def attempt() -> bool:
        ordered = call_orders.read(session_uuid)
        if ordered is None or ordered.order.status is OrderStatus.OVER:
            return False
        now = clock.now_ms()
        session = ordered.session
        order = ordered.order
        unplaced = placed(session, order.claim or str(uuid.uuid4()), session.carrier, now)
        before = ordered.interaction or unplaced
        if before.caller.status.is_final:
            call_orders.settle(ordered)
            return False
        after, told = applied(before, failure(reason), now)
        changed = session_after(session, before, after, told)
        settled = order.after(before.call_uuid, settles=True)
        why = None
        if ordered.interaction is None:
            why = decided(session, before.call_uuid, Rule.NOT_PLACED, now)
        change = OrderChange(order, settled, why)
        call_orders.save((changed, after), told, change=change, now=now)
        return True

    is_told = until_written(attempt)
    if is_told:
        logger.warning(
            "call failed",
            event="placed_call_failed",
            reason=reason.value,
            session_uuid=session_uuid,
        )
    return is_told
