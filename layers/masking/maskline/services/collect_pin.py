"""A caller has entered a PIN, or nothing: connect them, or ask again, each attempt counted once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from maskline import clock
from maskline.domain.call_plan import Announce, Announcement, Busy
from maskline.domain.decisions import Decision, Rule, on_pin_call
from maskline.domain.events import PIN_AUTHENTICATION_STATUS, PinCheck, PinStatus, SessionEvent
from maskline.domain.phone_numbers import E164, CallerId
from maskline.domain.pin_calls import PinCall, entered_pin, is_locked, proven_route
from maskline.domain.routing import Route, takes_peer_of_party
from maskline.observability import logger
from maskline.services.answer_call import Caller, connect_caller
from maskline.services.answers import Answer, keeping_why
from maskline.services.ask_pin import Ruling, guess_limits, live_pins, next_question
from maskline.services.retrying import until_written
from maskline.store.dialled import DialledFacts, read_peer
from maskline.store.pin_calls import (
    Counting,
    PinFacts,
    read_pin_call,
    read_pin_facts,
    record_failure,
    record_proof,
)

AccountCheck = Callable[[str | None], None]
AccountLivenessCheck = Callable[[str, str], bool]


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


def collect_pin(
    entry: PinEntry, *, authenticate: AccountCheck, is_alive: AccountLivenessCheck
) -> Answer:
    """Decide an attempt; a repeated webhook hears what the state says and changes nothing.

    `authenticate` raises if the webhook is not that account's; `is_alive` asks the carrier of an
    account about a call.
    """

    def failed() -> Decision | None:
        call = read_pin_call(entry.session_uuid, entry.call_uuid)
        return _ruled(entry, call, Rule.FAILED) if call else None

    return keeping_why(lambda: _collected(entry, authenticate, is_alive), failed=failed)


def _collected(
    entry: PinEntry, authenticate: AccountCheck, is_alive: AccountLivenessCheck
) -> Answer:
    decided = until_written(lambda: _decide(entry, authenticate))
    if isinstance(decided, Answer):
        return decided
    call, route = decided.call, decided.route
    proven = _event(call, PinStatus.SUCCESS, route.peer)
    shown = CallerId(call.caller or None, is_withheld=call.is_withheld)
    facts = DialledFacts(shown, decided.facts.number)
    caller = Caller(call.call_uuid, facts, told=(proven,), proven=call)
    answer = connect_caller(caller, route, is_alive=partial(is_alive, call.account_id))
    if isinstance(answer.plan, Busy):
        # This caller has been listening to us: a mere busy signal would be a call cut off.
        return replace(answer, plan=Announce(Announcement.PARTY_UNAVAILABLE), session_uuid="")
    return answer


def _decide(entry: PinEntry, authenticate: AccountCheck) -> Answer | _Proof:
    call = read_pin_call(entry.session_uuid, entry.call_uuid)
    authenticate(call.account_id if call else None)
    if call is None:
        return Answer(Announce(Announcement.NOT_CONNECTED))
    now, limits, pin = clock.now_ms(), guess_limits(), entered_pin(entry.digits)
    counting = Counting.at(now, limits)
    facts = read_pin_facts(call, pin, counting)
    if call.attempts == entry.attempt and not is_locked(facts.guesses, limits):
        route = proven_route(call, _called_back(facts.route), now)
        if route is not None:
            record_proof(call, counting)
            return _Proof(call, route, facts)
        call, facts = _failed(call, facts, now, is_guess=bool(pin))
    return _answer(entry, call, next_question(call, facts))


def _answer(entry: PinEntry, call: PinCall, ruling: Ruling) -> Answer:
    plan, rule = ruling
    return Answer(plan, call.session_uuid, call.attempts, _ruled(entry, call, rule))


def _ruled(entry: PinEntry, call: PinCall, rule: Rule) -> Decision:
    return on_pin_call(call, rule, at=clock.now_ms(), stage=entry.attempt + 1)


def _called_back(route: Route | None) -> Route | None:
    """A lone party who proves itself is connected to whom its own phone would be."""
    if route is None or not takes_peer_of_party(route):
        return route
    return replace(route, peer=read_peer(route))


def _failed(
    call: PinCall, facts: PinFacts, now: int, *, is_guess: bool
) -> tuple[PinCall, PinFacts]:
    """Call and facts after a wrong PIN. A session that is over is told nothing any more."""
    told = _event(call, PinStatus.FAILED, E164("")) if live_pins(facts.session, now) else None
    record_failure(call, told, Counting.at(now, guess_limits()), is_guess=is_guess)
    logger.info(
        "PIN not accepted",
        event="pin_failed",
        call_uuid=call.call_uuid,
        session_uuid=call.session_uuid,
    )
    guesses = facts.guesses.after_failure(is_guess=is_guess)
    return call.after_failure(), replace(facts, guesses=guesses)


def _event(call: PinCall, status: PinStatus, peer: E164) -> SessionEvent:
    return SessionEvent(
        PIN_AUTHENTICATION_STATUS,
        clock.now_ms(),
        call.caller,
        peer,
        call.dialled,
        pin_check=PinCheck(status, call.attempts),
    )
