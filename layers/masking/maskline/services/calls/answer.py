"""Answering a call: who is it for, is the line free, and what to tell the carrier."""

from dataclasses import dataclass, replace

from maskline import clock
from maskline.carriers.adapter import Carrier, Inbound
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls import interaction as interactions
from maskline.domain.calls.events import (
    PIN_AUTHENTICATION_STATUS,
    PinCheck,
    PinStatus,
    SessionEvent,
)
from maskline.domain.calls.plan import Announce, Announcement, Busy, CallPlan, HangUp, Play
from maskline.domain.calls.route import (
    Route,
    connect,
    line_hold_until,
    live_door,
    live_route,
    unrouted,
)
from maskline.domain.errors import ForgedWebhookError
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164, CallerId
from maskline.domain.pins.guessing import PinCall
from maskline.domain.sessions.greeting import Greeting, choose_greeting
from maskline.domain.sessions.session import LiveCall, Role
from maskline.domain.why.decision import Decision, Rule, connecting_rule, on_pin_call
from maskline.observability import logger
from maskline.services.calls.ask_pin import first_question
from maskline.services.calls.kept_answer import Answer, keep_why
from maskline.services.calls.outsiders import believed, may_be_called_back, told_apart
from maskline.services.calls.record import after_dial
from maskline.services.limits import deployed_call_limits
from maskline.store.calls import line
from maskline.store.calls.line import LineRequest, LineResult, Opening
from maskline.store.calls.lookup import DialledFacts, read_dialled
from maskline.store.sessions.greetings import read_greetings
from maskline.store.table import ConflictError

# A transaction that met another one, or whose answer was lost, is repeated: each take is short.
_MAX_TAKES = 4


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call that comes in: its id at the carrier, and what the store knows of who dials what.

    `dialled` is "" if it cannot be read. `account` is the one at the carrier that asks. `told` are
    events of this call that come before those of its conversation, `proven` is a caller's PIN call
    once they have entered the right one.
    """

    call_uuid: str
    dialled: E164
    facts: DialledFacts
    carrier: Carrier
    account: CarrierAccount
    told: tuple[SessionEvent, ...] = ()
    proven: PinCall | None = None

    @property
    def phone(self) -> E164 | None:
        """None if it is withheld, or the carrier shows something that is no number."""
        return self.facts.shown.number

    def is_over(self, call_uuid: str) -> bool:
        """Tell if the carrier says that another call is over.

        Not knowing counts as being on: a second caller who hears "busy" once too often does less
        harm than two conversations in a session.
        """
        return self.carrier.is_alive(self.account, call_uuid) is False

    def known_as(self, shown: CallerId) -> "IncomingCall":
        """The call, made by `shown`."""
        return replace(self, facts=replace(self.facts, shown=shown))

    def decided(
        self, rule: Rule, now: int, session_uuid: str = "", role: Role | None = None
    ) -> Decision:
        """The decision on the call."""
        return Decision(rule, self.call_uuid, now, self.dialled, session_uuid, role)

    def led_by(self, route: Route, rule: Rule, now: int) -> Decision:
        """The decision on the call of whom a route knows, and would have led on."""
        return self.decided(rule, now, route.session_uuid, route.role)

    def refused(self, decision: Decision, plan: CallPlan, session_uuid: str = "") -> Answer:
        """The answer that does not connect the call, once the decision is kept."""
        self.keep_why(decision)
        return Answer(plan, session_uuid)

    def keep_why(self, decision: Decision) -> None:
        """Store a decision on the call, if that is possible at once."""
        number = self.facts.number
        keep_why(
            self.account.account_id,
            decision,
            subaccount_id=number.subaccount_id if number else "",
            refines=self.proven is not None,
        )


def answer_call(call: Inbound, carrier: Carrier, account: CarrierAccount) -> Answer:
    """Decide a call and, when it is connected, store its conversation first.

    The carrier is asked whether a call is still on, only when one holds the line. Raises
    table.ConflictError if the store could not be written: then the call is not connected; and
    ForgedWebhookError for a number of another account, or of this one at another carrier.
    """
    now = clock.now_ms()
    facts = read_dialled(call.caller, call.dialled)
    if facts.number and not _is_rented_by(account, facts.number):
        logger.warning("webhook refused", event="signature_rejected", carrier=account.carrier)
        raise ForgedWebhookError("not a number of the account at this carrier")
    caller = IncomingCall(call.call_uuid, call.dialled or E164(""), facts, carrier, account)
    try:
        return _decided(caller, now)
    except Exception:
        caller.keep_why(caller.decided(Rule.FAILED, now))
        raise


def _is_rented_by(account: CarrierAccount, number: VirtualNumber) -> bool:
    return (number.account_id, number.carrier) == (account.account_id, account.carrier)


def _decided(call: IncomingCall, now: int) -> Answer:
    route = live_route(call.facts.route, now)
    if route is None:
        return _as_stranger(call, now)
    if route.is_pin_forced:
        asked = _asked(_pin_call(call, route), now)
        return asked or _unrouted(call, call.led_by(route, Rule.SESSION_OVER, now))
    return connect_caller(_authorized(call, route, now), route, now)


def _unrouted(call: IncomingCall, decision: Decision) -> Answer:
    return call.refused(decision, unrouted(call.facts.number, call.phone))


def _pin_call(call: IncomingCall, route: Route) -> PinCall:
    """A registered party must enter their own PIN."""
    return PinCall(
        call_uuid=call.call_uuid,
        account_id=route.account_id,
        session_uuid=route.session_uuid,
        dialled=route.virtual_number,
        caller=route.party,
        forced_role=route.role,
    )


def _authorized(call: IncomingCall, route: Route, now: int) -> IncomingCall:
    """A session with PINs is told that this caller needs none."""
    if not route.has_pin:
        return call
    told = SessionEvent(
        PIN_AUTHENTICATION_STATUS,
        now,
        route.party,
        route.peer,
        route.virtual_number,
        call.call_uuid,
        pin_check=PinCheck(PinStatus.AUTHORIZED),
    )
    return replace(call, told=(*call.told, told))


def _as_stranger(call: IncomingCall, now: int) -> Answer:
    """Answer a caller without a live route. PINs and audio for strangers go before a door."""
    facts = call.facts
    call = call.known_as(told_apart(facts.shown))
    greeted = _greeted(call, facts.number, now) if facts.number else None
    if greeted:
        return greeted
    door = live_door(facts.door, facts.shown, facts.route, now)
    if door:
        return connect_caller(call, door, now)
    logger.info("call not routed", event="call_not_routed", call_uuid=call.call_uuid)
    return _unrouted(call, _why_not_led(call, now))


def _greeted(call: IncomingCall, number: VirtualNumber, now: int) -> Answer | None:
    """Ask for a PIN or play audio, as a session on the number wants; None if none does."""
    greetings = read_greetings(number.account_id, number.number, now)
    while greeting := choose_greeting(greetings, now):
        if not greeting.asks_pin:
            greeted = call.decided(Rule.GREETED, now, greeting.session_uuid)
            return call.refused(greeted, Play(greeting.unknown_caller_play))
        answer = _asked(_strangers_call(call, number, greeting), now)
        if answer:
            return answer
        greetings.remove(greeting)
    return None


def _strangers_call(call: IncomingCall, number: VirtualNumber, greeting: Greeting) -> PinCall:
    """A stranger may prove any party of any session on the number."""
    return PinCall(
        call_uuid=call.call_uuid,
        account_id=number.account_id,
        session_uuid=greeting.session_uuid,
        dialled=number.number,
        caller=call.phone or E164(""),
    )


def _why_not_led(call: IncomingCall, now: int) -> Decision:
    """Decide on a call that leads nowhere: its session is over, or it is its own party's door."""
    for route in (call.facts.route, call.facts.door):
        if route is not None:
            is_over = live_route(route, now) is None
            return call.led_by(route, Rule.SESSION_OVER if is_over else Rule.OWN_DOOR, now)
    rule = Rule.NO_SESSION if call.facts.number else Rule.NUMBER_UNKNOWN
    return call.decided(rule, now)


def _asked(call: PinCall, now: int) -> Answer | None:
    """The prompt; None if its session is over, though an index may still show it."""
    asked = first_question(call, now)
    if asked is None:
        return None
    begun, (plan, rule) = asked
    logger.info("asked for a PIN", event="pin_asked", call_uuid=call.call_uuid)
    keep_why(begun.account_id, on_pin_call(begun, rule, now))
    return Answer(plan, begun.session_uuid, begun.attempts)


def connect_caller(call: IncomingCall, route: Route, now: int) -> Answer:
    """Open the line that `route` leads to, as `answer_call`."""
    call = call.known_as(believed(call.facts.shown, route))
    plan = connect(route)
    if not route.peer:
        return call.refused(call.led_by(route, Rule.NOBODY_YET, now), plan)
    hold = LiveCall(call.call_uuid, line_hold_until(route, now))
    interaction, begun = interactions.begun(route, call.call_uuid, call.phone, now)
    told = (*call.told, *begun)
    request = LineRequest(
        route,
        hold,
        connecting_rule(route, call.proven),
        may_be_called_back=may_be_called_back(call.phone, route, call.call_uuid),
        limits=route.call_limits or deployed_call_limits(),
    )
    result = _take_line(request, interaction, told)
    held = None if result.may_be_elsewhere else result.held_by
    if result.opening is Opening.BUSY and held and call.is_over(held.call_uuid):
        stolen = replace(request, dead_call_uuid=held.call_uuid)
        result = _take_line(stolen, interaction, told)
    if result.opening in (Opening.SESSION_SPENT, Opening.CALLER_SPENT):
        logger.warning("too many calls", event="call_limit_reached")
    logger.info(
        "call answered",
        event="call_answered",
        line=result.opening.name.lower(),
        call_uuid=call.call_uuid,
        session_uuid=route.session_uuid,
    )
    if result.opening in (Opening.OPENED, Opening.REPEATED):
        return Answer(plan, route.session_uuid)
    if result.opening is Opening.DIALLED:
        return Answer(after_dial(route.session_uuid, call.call_uuid))
    return _turned_away(call, route, result, now)


_TOO_MANY_CALLS = Announce(Announcement.TOO_MANY_CALLS)
# Why a line is not opened, and what its caller hears: None where they hear what a stranger does.
_REFUSALS: dict[Opening, tuple[Rule, CallPlan | None]] = {
    Opening.BUSY: (Rule.LINE_BUSY, Busy()),
    Opening.SESSION_SPENT: (Rule.SESSION_SPENT, _TOO_MANY_CALLS),
    Opening.CALLER_SPENT: (Rule.CALLER_SPENT, _TOO_MANY_CALLS),
    Opening.OVER: (Rule.SESSION_OVER, None),
    Opening.GONE: (Rule.CALLER_GONE, HangUp()),
}


def _turned_away(call: IncomingCall, route: Route, result: LineResult, now: int) -> Answer:
    rule, plan = _REFUSALS[result.opening]
    decision = call.led_by(route, rule, now)
    if result.held_by:
        decision = replace(decision, other_call_uuid=result.held_by.call_uuid)
    plan = plan or unrouted(call.facts.number, call.phone)
    return call.refused(decision, plan, route.session_uuid)


def _take_line(
    request: LineRequest,
    interaction: interactions.Interaction,
    told: tuple[SessionEvent, ...],
) -> LineResult:
    for _ in range(_MAX_TAKES - 1):
        try:
            return line.open_line(request, interaction, told)
        except ConflictError:
            continue
    return line.open_line(request, interaction, told)
