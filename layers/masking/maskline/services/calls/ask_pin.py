"""Asking a caller for a PIN, unless there were too many wrong ones."""

from maskline.domain.calls.plan import CallPlan, CollectPin
from maskline.domain.calls.route import unrouted
from maskline.domain.pins.guessing import PinCall, is_locked, pause_seconds, question
from maskline.domain.sessions.session import PinTerms, Session
from maskline.domain.why.decision import Rule
from maskline.observability import logger
from maskline.services.limits import guess_limits
from maskline.store.pins import Counting, PinFacts, begin_pin_call, read_pin_facts

# What the caller hears, and why.
Ruling = tuple[CallPlan, Rule]


def first_question(call: PinCall, now: int) -> tuple[PinCall, Ruling] | None:
    """Ask a caller on landing; None if the session that was to prompt is over.

    A repeated webhook finds the call as far as it has come.
    """
    counting = Counting.at(now, guess_limits())
    facts = read_pin_facts(call, "", counting)
    if live_pins(facts.session, now) is None:
        return None
    begun = begin_pin_call(call, now)
    if begun != call:
        facts = read_pin_facts(begun, "", counting)
    return begun, next_question(begun, facts, now)


def next_question(call: PinCall, facts: PinFacts, now: int) -> Ruling:
    """The prompt, or how the call ends if it may not be asked (again)."""
    limits = guess_limits()
    pins = live_pins(facts.session, now)
    if pins is None:
        return unrouted(facts.number, call.caller), Rule.SESSION_OVER
    if is_locked(facts.guesses, limits):
        return _locked_out(call, facts)
    plan = question(call, pins, pause_seconds(facts.guesses, limits))
    return plan, Rule.PIN_ASKED if isinstance(plan, CollectPin) else Rule.PIN_WRONG


def _locked_out(call: PinCall, facts: PinFacts) -> Ruling:
    """Answer a caller who is not asked (any more) as on a number without PINs."""
    logger.warning(
        "too many wrong PINs",
        event="pin_locked",
        call_uuid=call.call_uuid,
        session_uuid=call.session_uuid,
        caller_failures=facts.guesses.by_caller,
        day_failures=facts.guesses.in_day,
    )
    return unrouted(facts.number, call.caller), Rule.PIN_LOCKED


def live_pins(session: Session | None, now: int) -> PinTerms | None:
    """Return a session's terms for PINs, while it lives."""
    return session.terms.pin if session is not None and session.is_live(now) else None
