"""A caller has entered a PIN, or nothing: connect them, or ask again, each attempt counted once."""

from dataclasses import dataclass, replace

from maskline import clock
from maskline.carriers.adapter import Carrier
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.events import (
    PIN_AUTHENTICATION_STATUS,
    PinCheck,
    PinStatus,
    SessionEvent,
)
from maskline.domain.calls.plan import Announce, Announcement, Busy
from maskline.domain.calls.route import Route, takes_peer_of_party
from maskline.domain.phone_numbers import E164, CallerId
from maskline.domain.pins.guessing import PinCall, entered_pin, is_locked, proven_route
from maskline.domain.why.decision import Rule, on_pin_call
from maskline.observability import logger
from maskline.services.calls.answer import IncomingCall, connect_caller
from maskline.services.calls.ask_pin import live_pins, next_question
from maskline.services.calls.kept_answer import Answer, at_once, keep_why
from maskline.services.limits import guess_limits
from maskline.services.retrying import until_written
from maskline.store.calls.by_id import keep
from maskline.store.calls.lookup import DialledFacts, read_peer
from maskline.store.pins import (
    Counting,
    PinFacts,
    read_pin_call,
    read_pin_facts,
    record_failure,
    record_proof,
)


@dataclass(frozen=True, slots=True)
class PinEntry:
    """The digits of one attempt as the carrier collected them, numbered from 0; "" is silence.

    The session is the one that prompted.
    """

    session_uuid: str
    call_uuid: str
    attempt: int
    digits: str


@dataclass(frozen=True, slots=True)
class _Proof:
    """The digits of a call are the PIN of this route."""

    call: PinCall
    route: Route
    facts: PinFacts


def collect_pin(entry: PinEntry, carrier: Carrier, account: CarrierAccount) -> Answer:
    """Decide an attempt; a repeated webhook hears what the state says and changes nothing."""
    now = clock.now_ms()
    try:
        return _collected(entry, now, carrier, account)
    except Exception:
        at_once(lambda: _keep_failure(entry, now))
        raise


def _keep_failure(entry: PinEntry, now: int) -> None:
    call = read_pin_call(entry.session_uuid, entry.call_uuid)
    if call:
        keep(call.account_id, on_pin_call(call, Rule.FAILED, now), refines=True)


def _collected(entry: PinEntry, now: int, carrier: Carrier, account: CarrierAccount) -> Answer:
    decided = until_written(lambda: _decide(entry, now))
    if isinstance(decided, Answer):
        return decided
    call, route = decided.call, decided.route
    proven = _event(call, PinStatus.SUCCESS, route.peer, now)
    facts = DialledFacts(CallerId(call.caller or None), decided.facts.number)
    caller = IncomingCall(
        call.call_uuid, call.dialled, facts, carrier, account, told=(proven,), proven=call
    )
    answer = connect_caller(caller, route, now)
    if isinstance(answer.plan, Busy):
        # This caller has been listening to us: a mere busy signal would be a call cut off.
        return replace(answer, plan=Announce(Announcement.PARTY_UNAVAILABLE), session_uuid="")
    return answer


def _decide(entry: PinEntry, now: int) -> Answer | _Proof:
    call = read_pin_call(entry.session_uuid, entry.call_uuid)
    if call is None:
        return Answer(Announce(Announcement.NOT_CONNECTED))
    limits, pin = guess_limits(), entered_pin(entry.digits)
    counting = Counting.at(now, limits)
    facts = read_pin_facts(call, pin, counting)
    if call.attempts == entry.attempt and not is_locked(facts.guesses, limits):
        route = proven_route(call, _called_back(facts.route), now)
        if route is not None:
            record_proof(call, counting)
            return _Proof(call, route, facts)
        call, facts = _failed(call, facts, now, is_guess=bool(pin))
    plan, rule = next_question(call, facts, now)
    # That a PIN is asked for was kept when it was asked for first.
    if rule is not Rule.PIN_ASKED:
        keep_why(call.account_id, on_pin_call(call, rule, now), refines=True)
    return Answer(plan, call.session_uuid, call.attempts)


def _called_back(route: Route | None) -> Route | None:
    """A lone party who proves itself is connected to whom its own phone would be."""
    if route is None or not takes_peer_of_party(route):
        return route
    return replace(route, peer=read_peer(route))


def _failed(
    call: PinCall, facts: PinFacts, now: int, *, is_guess: bool
) -> tuple[PinCall, PinFacts]:
    """Call and facts after a wrong PIN. A session that is over is told nothing any more."""
    told = _event(call, PinStatus.FAILED, E164(""), now) if live_pins(facts.session, now) else None
    record_failure(call, told, Counting.at(now, guess_limits()), is_guess=is_guess)
    logger.info(
        "PIN not accepted",
        event="pin_failed",
        call_uuid=call.call_uuid,
        session_uuid=call.session_uuid,
    )
    guesses = facts.guesses.after_failure(is_guess=is_guess)
    return call.after_failure(), replace(facts, guesses=guesses)


def _event(call: PinCall, status: PinStatus, peer: E164, now: int) -> SessionEvent:
    return SessionEvent(
        PIN_AUTHENTICATION_STATUS,
        now,
        call.caller,
        peer,
        call.dialled,
        call.call_uuid,
        pin_check=PinCheck(status, call.attempts),
    )
