"""Asking a caller for a PIN, unless there were too many wrong ones."""

from maskline.config import settings
from maskline.domain.call_plan import CallPlan, CollectPin
from maskline.domain.decisions import Rule
from maskline.domain.pin_calls import GuessLimits, PinCall, is_locked, pause_seconds, question
from maskline.domain.routing import unrouted
from maskline.domain.sessions import PinTerms, Session
from maskline.observability import logger
from maskline.store.pin_calls import Counting, PinFacts, begin_pin_call, read_pin_facts

# What the caller hears, and why.
Ruling = tuple[CallPlan, Rule]


def guess_limits() -> GuessLimits:
    """Read how many wrong PINs this deployment bears."""
    deployed = settings()
    return GuessLimits(
        window_seconds=deployed.pin_guess_window_seconds,
        slow_after=deployed.pin_slow_after,
        caller_lock_after=deployed.pin_caller_lock_after,
        guesses_per_day=deployed.pin_guesses_per_day,
    )


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
        return unrouted(facts.number), Rule.SESSION_OVER
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
    return unrouted(facts.number), Rule.PIN_LOCKED


def live_pins(session: Session | None, now: int) -> PinTerms | None:
    """Return a session's terms for PINs, while it lives."""
    return session.terms.pin if session is not None and session.is_live(now) else None
