"""Request-a-call: what the carrier reports of the first party's leg."""

from collections.abc import Callable
from dataclasses import replace

from maskline import clock
from maskline.domain.call_plan import Announce, Announcement, CallPlan, Dial
from maskline.domain.decisions import Decision, Rule, carried_out
from maskline.domain.events import SessionEvent
from maskline.domain.interactions import Interaction, applied, session_after
from maskline.domain.placed_calls import (
    decided,
    dialling,
    first_leg,
    first_route,
    is_connected,
    is_decided,
    placed,
)
from maskline.domain.reports import CallReport, ReportKind, Side, silence
from maskline.domain.routing import connect, line_hold_until
from maskline.domain.sessions import LiveCall, Session
from maskline.observability import logger
from maskline.services.record_call import AccountCheck
from maskline.services.retrying import until_written
from maskline.store import call_orders
from maskline.store.call_orders import OrderChange, OrderedCall

# (account, call uuid) -> whether the carrier knows that call as alive.
LivenessCheck = Callable[[str, str], bool]
# Nobody who was called up is left in silence, or told that they dialled wrong.
_SORRY = Announce(Announcement.TRY_AGAIN_LATER)


def record_first_leg(session_uuid: str, report: CallReport, *, authenticate: AccountCheck) -> bool:
    """Apply a report on a leg to the first party; whether such a call was ordered."""

    def attempt() -> bool:
        ordered = call_orders.read(session_uuid, report.leg_uuid)
        if ordered is None:
            return False
        authenticate(ordered.session.account_id)
        is_news = ordered.interaction is None
        why = _decision(ordered, report.leg_uuid, Rule.FIRST_PARTY_CALLED) if is_news else None
        _write(ordered, report, why=why)
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
    session_uuid: str, call_uuid: str, *, authenticate: AccountCheck, is_alive: LivenessCheck
) -> CallPlan:
    """Connect the first party, who picked up; a leg too many, or too late, is told sorry."""

    def attempt() -> CallPlan:
        ordered = call_orders.read(session_uuid, call_uuid)
        if ordered is None:
            return _SORRY
        authenticate(ordered.session.account_id)
        return _answered(ordered, call_uuid, is_alive)

    plan = until_written(attempt)
    logger.info(
        "first leg answered",
        event="first_leg_answered",
        connected=isinstance(plan, Dial),
        call_uuid=call_uuid,
        session_uuid=session_uuid,
    )
    return plan


def _answered(ordered: OrderedCall, call_uuid: str, is_alive: LivenessCheck) -> CallPlan:
    """A leg is connected or not once and for all: a repetition is answered as the first time."""
    leg = _known(ordered, call_uuid)
    route = first_route(ordered.session)
    if is_decided(leg):
        return connect(route) if is_connected(leg) else _SORRY
    report = first_leg(ReportKind.ANSWERED, call_uuid)
    objection = _objection(ordered, call_uuid, is_alive)
    why = _decision(ordered, call_uuid, objection or Rule.PLACED_CALL)
    if objection:
        _write(ordered, report, why=carried_out(why, _SORRY))
        return _SORRY
    dialled = replace(ordered, interaction=dialling(leg, route))
    if leg.caller.status.is_final:
        # Told as if the answer had come first, but nobody is rung for who has hung up.
        gone = carried_out(why._replace(rule=Rule.CALLER_GONE), _SORRY)
        _write(dialled, report, silence(Side.CALLEE), why=gone)
        return _SORRY
    hold = LiveCall(call_uuid, route.party, line_hold_until(route, clock.now_ms()))
    holding = replace(dialled, session=replace(ordered.session, live_call=hold))
    plan = connect(route)
    _write(
        holding,
        report,
        settles=True,
        why=carried_out(why._replace(caller_id=route.caller_id), plan),
    )
    return plan


def _objection(ordered: OrderedCall, call_uuid: str, is_alive: LivenessCheck) -> Rule | None:
    """Return the reason why a leg may not be connected."""
    session = ordered.session
    if not ordered.order.awaits_leg:
        return Rule.LEG_TOO_MANY
    if not session.is_live(clock.now_ms()):
        return Rule.SESSION_OVER
    held_by = _held_by(session, call_uuid)
    return Rule.LINE_BUSY if held_by and is_alive(session.account_id, held_by) else None


def _held_by(session: Session, call_uuid: str) -> str:
    """The other conversation that has the line, "" if it is free."""
    held = session.live_call
    is_free = held is None or held.until <= clock.now_ms() or held.call_uuid == call_uuid
    return "" if held is None or is_free else held.call_uuid


def _decision(ordered: OrderedCall, call_uuid: str, rule: Rule) -> Decision:
    session = ordered.session
    decision = decided(session, call_uuid, rule, clock.now_ms())
    is_about_the_line = rule in (Rule.LINE_BUSY, Rule.PLACED_CALL)
    held_by = _held_by(session, call_uuid) if is_about_the_line else ""
    return decision._replace(other_call_uuid=held_by)


def _known(ordered: OrderedCall, call_uuid: str) -> Interaction:
    return ordered.interaction or placed(ordered.session, call_uuid, clock.now_ms())


def _write(
    ordered: OrderedCall,
    *reports: CallReport,
    settles: bool = False,
    why: Decision | None = None,
) -> None:
    """Apply reports on one leg; a repetition writes nothing. `settles`: this leg is the order's.

    Any other leaves the leg with the order, so that giving up the order ends that leg.
    """
    before = after = _known(ordered, reports[0].leg_uuid)
    told: tuple[SessionEvent, ...] = ()
    for report in reports:
        after, more = applied(after, report, clock.now_ms())
        told += more
    if after is before:
        return
    order = ordered.order
    call_orders.save(
        session_after(ordered.session, before, after, told),
        after,
        told,
        change=OrderChange(order, order.after(after.call_uuid, settles=settles), why),
    )
