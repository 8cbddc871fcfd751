"""Answering a call: who is it for, is the line free, and what to tell the carrier."""

from collections.abc import Callable
from dataclasses import dataclass

from maskline import clock
from maskline.domain import interactions
from maskline.domain.call_plan import Busy, CallPlan
from maskline.domain.routing import Route, connect, line_hold_until, live_route, unrouted
from maskline.domain.sessions import LiveCall
from maskline.observability import logger
from maskline.store import calls
from maskline.store.calls import DialledFacts, LineResult, Opening
from maskline.store.table import ConflictError

# A transaction that met another one, or whose answer was lost, is repeated: each take is short.
_MAX_TAKES = 4

LivenessCheck = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to tell the carrier, and the session and route that it follows from, if any."""

    plan: CallPlan
    route: Route | None = None


def answer_call(call_uuid: str, facts: DialledFacts, *, is_alive: LivenessCheck) -> Answer:
    """Decide a call and, when it is connected, store its conversation first.

    `is_alive` asks the carrier whether a call is still on, only when one holds the line.
    Raises table.ConflictError if the store could not be written: then the call is not connected.
    """
    now = clock.now_ms()
    route = live_route(facts.route, now)
    if route is None:
        logger.info("call not routed", event="call_not_routed", call_uuid=call_uuid)
        return Answer(unrouted(facts.number))
    result = _take_line(route, call_uuid, now, dead_call_uuid="")
    held = result.held_by
    if result.opening is Opening.BUSY and held and not is_alive(held.call_uuid):
        result = _take_line(route, call_uuid, now, dead_call_uuid=held.call_uuid)
    logger.info(
        "call answered",
        event="call_answered",
        line=result.opening.name.lower(),
        call_uuid=call_uuid,
        session_uuid=route.session_uuid,
    )
    return Answer(_plan(result, route, facts), route)


def _plan(result: LineResult, route: Route, facts: DialledFacts) -> CallPlan:
    match result.opening:
        case Opening.OPENED | Opening.REPEATED:
            return connect(route)
        case Opening.BUSY:
            return Busy()
        case Opening.OVER:
            return unrouted(facts.number)


def _take_line(route: Route, call_uuid: str, now: int, *, dead_call_uuid: str) -> LineResult:
    interaction, told = interactions.begun(route, call_uuid, now)
    hold = LiveCall(call_uuid, route.role, line_hold_until(route, now))
    for _ in range(_MAX_TAKES - 1):
        try:
            return calls.open_line(interaction, told, hold=hold, dead_call_uuid=dead_call_uuid)
        except ConflictError:
            continue
    return calls.open_line(interaction, told, hold=hold, dead_call_uuid=dead_call_uuid)
