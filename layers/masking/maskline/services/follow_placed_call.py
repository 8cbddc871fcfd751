"""Request-a-call: what the carrier reports of the first party's leg."""

from collections.abc import Callable
from dataclasses import replace

from maskline import clock
from maskline.domain.call_plan import Announce, Announcement, CallPlan, Dial
from maskline.domain.interactions import Interaction, applied, session_after
from maskline.domain.placed_calls import dialling, first_leg, first_route, placed
from maskline.domain.reports import CallReport, LegStatus, ReportKind
from maskline.domain.routing import connect, line_hold_until
from maskline.domain.sessions import LiveCall, Session
from maskline.observability import logger
from maskline.services.record_call import AccountCheck
from maskline.services.retrying import until_written
from maskline.store import call_orders
from maskline.store.call_orders import OrderedCall

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
        _write(ordered, report, settles=report.kind is ReportKind.ENDED)
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
    now = clock.now_ms()
    session = ordered.session
    report = first_leg(ReportKind.ANSWERED, call_uuid)
    is_ours = ordered.order.admits(call_uuid) and session.is_live(now) and not _is_lost(ordered)
    if not is_ours or not _is_line_free(session, call_uuid, is_alive):
        _write(ordered, report, settles=False)
        return _SORRY
    route = first_route(session)
    hold = LiveCall(call_uuid, session.first_party, line_hold_until(route, now))
    holding = replace(
        ordered,
        session=replace(session, live_call=hold),
        interaction=dialling(_known(ordered, call_uuid), route),
    )
    if holding.interaction is not ordered.interaction:
        _write(holding, report, settles=True)
    return connect(route)


def _is_lost(ordered: OrderedCall) -> bool:
    """Whether they hung up before anybody was dialled for them: an answer that comes too late."""
    known = ordered.interaction
    if known is None or known.ended_at is None:
        return False
    return known.callee.status is LegStatus.NOT_DIALLED


def _is_line_free(session: Session, call_uuid: str, is_alive: LivenessCheck) -> bool:
    held = session.live_call
    if held is None or held.until <= clock.now_ms() or held.call_uuid == call_uuid:
        return True
    return not is_alive(session.account_id, held.call_uuid)


def _known(ordered: OrderedCall, call_uuid: str) -> Interaction:
    return ordered.interaction or placed(ordered.session, call_uuid, clock.now_ms())


def _write(ordered: OrderedCall, report: CallReport, *, settles: bool) -> None:
    """A repetition writes nothing. `settles`: the order is over, unless it was before.

    Any other report leaves the leg with the order, so that giving up the order ends that leg.
    """
    before = _known(ordered, report.leg_uuid)
    after, told = applied(before, report, clock.now_ms())
    if after is before:
        return
    order = ordered.order
    call_orders.save(
        session_after(ordered.session, before, after, told),
        after,
        told,
        orders=(order, order.after(after.call_uuid, settles=settles)),
    )
