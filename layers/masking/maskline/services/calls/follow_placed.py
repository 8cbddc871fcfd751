"""Request-a-call: what the carrier reports of the first party's leg."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from maskline import clock
from maskline.carriers.adapter import Carrier
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import (
    dialling,
    first_leg,
    first_route,
    is_connected,
    is_decided,
    placed,
)
from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.interaction import Interaction, after_report, news, session_after
from maskline.domain.calls.plan import Announce, Announcement, CallPlan, Dial
from maskline.domain.calls.report import CallReport, ReportKind, Side, silence
from maskline.domain.calls.route import Route, connect, line_hold_until
from maskline.domain.sessions.session import LiveCall, Session
from maskline.domain.why.decision import Decision, Rule, decided
from maskline.observability import logger
from maskline.services.retrying import until_written
from maskline.store.calls import orders as call_orders
from maskline.store.calls.orders import OrderChange, OrderedCall

# Whether the carrier knows a call as alive; None: it does not say.
LivenessCheck = Callable[[str], bool | None]


@dataclass(frozen=True, slots=True)
class _Leg:
    """A leg to the first party: its id, whose carrier `is_alive` asks about other calls."""

    call_uuid: str
    carrier: str
    is_alive: LivenessCheck


# Nobody who was called up is left in silence, or told that they dialled wrong.
_SORRY = Announce(Announcement.TRY_AGAIN_LATER)


def record_first_leg(session_uuid: str, report: CallReport, carrier: str) -> bool:
    """Apply a carrier's report on a leg to the first party; whether such a call was ordered."""

    now = clock.now_ms()

    def attempt() -> bool:
        ordered = call_orders.read(session_uuid, report.leg_uuid)
        if ordered is None:
            return False
        is_news = ordered.interaction is None
        why = decided(ordered.session, report.leg_uuid, Rule.FIRST_PARTY_CALLED, now)
        leg = _known(ordered, report.leg_uuid, carrier, now)
        _write((ordered, leg), report, now=now, why=why if is_news else None)
        return True

    is_known = until_written(attempt)
    logger.info(
        "first leg reported",
        event="first_leg_reported",
        report=report.subject,
        call_uuid=report.leg_uuid,
        session_uuid=session_uuid,
        known=is_known,
    )
    return is_known


def answer_first_leg(
    session_uuid: str, call_uuid: str, carrier: Carrier, account: CarrierAccount
) -> CallPlan:
    """Connect the first party, who picked up; a leg too many, or too late, is told sorry."""

    now = clock.now_ms()

    def attempt() -> CallPlan:
        ordered = call_orders.read(session_uuid, call_uuid)
        if ordered is None:
            return _SORRY
        leg = _Leg(call_uuid, carrier.name, partial(carrier.is_alive, account))
        return _answered(ordered, leg, now)

    plan = until_written(attempt)
    logger.info(
        "first leg answered",
        event="first_leg_answered",
        connected=isinstance(plan, Dial),
        call_uuid=call_uuid,
        session_uuid=session_uuid,
    )
    return plan


def _answered(ordered: OrderedCall, picked_up: _Leg, now: int) -> CallPlan:
    """A leg is connected or not once and for all: a repetition is answered as the first time."""
    call_uuid = picked_up.call_uuid
    leg = _known(ordered, call_uuid, picked_up.carrier, now)
    route = first_route(ordered.session, picked_up.carrier)
    if is_decided(leg):
        return connect(route) if is_connected(leg) else _SORRY
    report = first_leg(ReportKind.ANSWERED, call_uuid)
    held_by = _held_by(ordered.session, call_uuid, now)
    rule = _rule(ordered, held_by, now, picked_up.is_alive)
    why = decided(ordered.session, call_uuid, rule, now)
    if rule in (Rule.LINE_BUSY, Rule.PLACED_CALL):
        why = replace(why, other_call_uuid=held_by)
    if not why.is_dialled:
        _write((ordered, leg), report, now=now, why=why)
        return _SORRY
    if leg.caller.status.is_final:
        # Told as if the answer had come first, but nobody is rung for who has hung up.
        gone = replace(why, rule=Rule.CALLER_GONE)
        _write((ordered, leg), report, silence(Side.CALLEE), now=now, dialled=route, why=gone)
        return _SORRY
    hold = LiveCall(call_uuid, line_hold_until(route, now))
    holding = replace(ordered, session=replace(ordered.session, live_call=hold))
    _write((holding, leg), report, now=now, dialled=route, why=why)
    return connect(route)


def _rule(ordered: OrderedCall, held_by: str, now: int, is_alive: LivenessCheck) -> Rule:
    """Return the rule by which a leg is connected, or may not be."""
    session = ordered.session
    if not ordered.order.awaits_leg:
        return Rule.LEG_TOO_MANY
    if not session.is_live(now):
        return Rule.SESSION_OVER
    is_busy = held_by and (session.has_moved_carrier or is_alive(held_by) is not False)
    return Rule.LINE_BUSY if is_busy else Rule.PLACED_CALL


def _held_by(session: Session, call_uuid: str, now: int) -> str:
    """The other conversation that has the line, "" if it is free."""
    held = session.live_call
    is_free = held is None or held.until <= now or held.call_uuid == call_uuid
    return "" if held is None or is_free else held.call_uuid


def _known(ordered: OrderedCall, call_uuid: str, carrier: str, now: int) -> Interaction:
    return ordered.interaction or placed(ordered.session, call_uuid, carrier, now)


def _write(
    known: tuple[OrderedCall, Interaction],
    *reports: CallReport,
    now: int,
    dialled: Route | None = None,
    why: Decision | None = None,
) -> None:
    """Apply reports on one leg, `dialled` with them; a repetition writes nothing.

    A leg that is connected settles the order. Any other leaves the leg with the order, so that
    giving up the order ends that leg.
    """
    ordered, before = known
    after = dialling(before, dialled) if dialled else before
    told: tuple[SessionEvent, ...] = ()
    for report in reports:
        after = after_report(after, report, now)
        told += news(before, after, now, told)
    if after == before:
        return
    order, settles = ordered.order, why is not None and why.is_dialled
    call_orders.save(
        (session_after(ordered.session, before, after, told), after),
        told,
        change=OrderChange(order, order.after(after.call_uuid, settles=settles), why),
        now=now,
    )
