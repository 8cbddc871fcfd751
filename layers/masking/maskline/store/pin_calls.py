"""Calls that are asked for a PIN, what their digits lead to, and the guesses counted meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

from maskline.domain.events import SessionEvent
from maskline.domain.greetings import live_pins_of
from maskline.domain.numbers import VirtualNumber
from maskline.domain.phone_numbers import E164, phone_of
from maskline.domain.pin_calls import Guesses, GuessLimits, PinCall, day_of
from maskline.domain.routing import Route
from maskline.domain.sessions import Role, Session
from maskline.store import keys, table
from maskline.store.codec import encode
from maskline.store.event_records import outbox
from maskline.store.greetings import counts_of_pin_sessions
from maskline.store.number_records import number_from_record
from maskline.store.route_records import owned_route
from maskline.store.sealing import seal_for, seal_of
from maskline.store.session_records import session_from_record
from maskline.store.table import Record

# Six prompts with their pauses take minutes; a repeated webhook comes within moments.
_KEPT_SECONDS = 3600
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class PinFacts:
    """What is stored about a pin call: who prompts, where the digits lead, guesses so far."""

    session: Session | None
    number: VirtualNumber | None
    route: Route | None
    guesses: Guesses


@dataclass(frozen=True, slots=True)
class Counting:
    """Which window and day of guesses an instant falls into, and when counts may be forgotten."""

    window: int
    ttl: int
    day: int

    @classmethod
    def at(cls, now: int, limits: GuessLimits) -> "Counting":
        window = limits.window(now)
        return cls(window, (window + 2) * limits.window_seconds, day_of(now))

    @property
    def risk_ttl(self) -> int:
        """When the day's chances may be forgotten."""
        return (self.day + 2) * _DAY_SECONDS


def begin_pin_call(call: PinCall, now: int) -> PinCall:
    """Store a pin call; a repeated webhook gets what was stored before, however far it went."""
    record = _record(call) | {"ttl": now // 1000 + _KEPT_SECONDS}
    try:
        table.put(record, "attribute_not_exists(PK)")
    except table.ConditionFailedError:
        stored = table.get(keys.pin_call(call.account_id, call.call_uuid))
        return _from_record(stored) if stored else call
    return call


def read_pin_call(session_uuid: str, call_uuid: str) -> PinCall | None:
    """The state of a pin call that a session prompts, None if there is none (any more)."""
    found = table.query("PK = :pk", {":pk": keys.pin_call_partition(call_uuid)})
    ours = (record for record in found if record["session_uuid"] == session_uuid)
    return next(map(_from_record, ours), None)


def read_pin_facts(call: PinCall, pin: str, counting: Counting) -> PinFacts:
    """Everything that deciding on digits needs, in one strongly consistent read round.

    A `pin` of "" is looked up nowhere.
    """
    wanted = [
        keys.session(call.session_uuid),
        keys.number(call.dialled),
        _caller_guesses(call, counting),
        keys.number_guesses(call.dialled, counting.window),
        _risk_key(call, counting),
        *([keys.pin_route(call.dialled, pin)] if pin else []),
    ]
    records = table.get_each(wanted)
    session, number, *guesses, risk, route = records if pin else [*records, None]
    by_caller, on_number = (one["failures"] if one else 0 for one in guesses)
    return PinFacts(
        session_from_record(session) if session else None,
        number_from_record(number) if number else None,
        owned_route(route, number),
        Guesses(by_caller, on_number, risk["risk"] if risk else 0),
    )


def read_guess_facts(call: PinCall, pin: str, counting: Counting, now: int) -> tuple[PinFacts, int]:
    """The same, and in the same round how many live PINs a guess could hit, at most.

    A registered party can only hit its own. The index that counts those of a number may lag.
    """
    if not pin or call.forced_role is not None:
        return read_pin_facts(call, pin, counting), 1
    facts = partial(read_pin_facts, call, pin, counting)
    counts = counts_of_pin_sessions(call.account_id, call.dialled, now)
    reads: list[Callable[[], Any]] = [facts, *counts]
    found, *sessions = table.in_parallel(*reads)
    return found, live_pins_of(max(1, sum(sessions)))


class Charge(Enum):
    """Whether a guess's chance is counted: now, by an earlier webhook of the attempt, or not."""

    COUNTED = auto()
    COUNTED_BEFORE = auto()
    REFUSED = auto()


def charge(call: PinCall, risk: int, counting: Counting, *, within: int) -> Charge:
    """Count a guess's chance, once for each attempt, before anybody learns whether it hits.

    However many guess at the same moment, those that are looked at had together no more than
    `within` and one guess. Raises table.ConflictError where it is to be repeated.
    """
    actions = [
        table.update_action(
            keys.pin_call(call.account_id, call.call_uuid),
            "SET charged = :attempts",
            "attribute_not_exists(charged) OR charged < :attempts",
            attempts=call.attempts,
        ),
        table.update_action(
            _risk_key(call, counting),
            "ADD risk :risk SET #ttl = :ttl",
            "attribute_not_exists(risk) OR risk < :within",
            names={"#ttl": "ttl"},
            risk=risk,
            within=within,
            ttl=counting.risk_ttl,
        ),
    ]
    try:
        table.transact(actions)
    except table.ConditionFailedError as error:
        return Charge.COUNTED_BEFORE if 0 in error.failed else Charge.REFUSED
    return Charge.COUNTED


def refund(call: PinCall, risk: int, counting: Counting) -> None:
    """Take back the chance of a right PIN: whoever knows it has not guessed."""
    table.update(
        _risk_key(call, counting),
        UpdateExpression="ADD risk :taken_back SET #ttl = :ttl",
        ExpressionAttributeNames={"#ttl": "ttl"},
        ExpressionAttributeValues=encode({":taken_back": -risk, ":ttl": counting.risk_ttl}),
    )


def record_failure(call: PinCall, event: SessionEvent | None, counting: Counting) -> None:
    """Count a failed attempt once, and tell it to the prompting session if that still lives.

    Raises table.ConditionFailedError if the attempt was counted before, or the session ended.
    """
    actions = [
        table.update_action(
            keys.pin_call(call.account_id, call.call_uuid),
            "SET attempts = attempts + :one",
            "attempts = :attempts",
            one=1,
            attempts=call.attempts,
        ),
        _count_action(_caller_guesses(call, counting), counting),
    ]
    if call.forced_role is None:
        number = keys.number_guesses(call.dialled, counting.window)
        actions.append(_count_action(number, counting))
    if event is not None:
        actions.append(_tell_action(call, event))
    table.transact(actions)


def _count_action(key: keys.Key, counting: Counting) -> table.Item:
    return table.update_action(
        key, "ADD failures :one SET #ttl = :ttl", "", names={"#ttl": "ttl"}, one=1, ttl=counting.ttl
    )


def _tell_action(call: PinCall, event: SessionEvent) -> table.Item:
    return table.update_action(
        keys.session(call.session_uuid),
        "SET #sequence = #sequence + :one, version = version + :one, outbox = :outbox",
        "expires_at > :now",
        names={"#sequence": "sequence"},
        one=1,
        now=event.at,
        outbox=outbox(call.account_id, call.session_uuid, [event]),
    )


def _caller_guesses(call: PinCall, counting: Counting) -> keys.Key:
    caller = keys.phone_or_withheld(call.caller, call.dialled)
    return keys.caller_guesses(call.account_id, caller, counting.window)


def _risk_key(call: PinCall, counting: Counting) -> keys.Key:
    if call.forced_role is None:
        return keys.number_risk(call.dialled, counting.day)
    return keys.caller_risk(call.account_id, phone_of(call.caller), counting.day)


def _record(call: PinCall) -> Record:
    key = keys.pin_call(call.account_id, call.call_uuid)
    return {
        **key,
        "item": "pin_call",
        "call_uuid": call.call_uuid,
        "account_id": call.account_id,
        "session_uuid": call.session_uuid,
        "dialled": call.dialled,
        "caller": seal_for(call.account_id, key).seal("caller", call.caller),
        "is_withheld": call.is_withheld,
        "forced_role": call.forced_role or "",
        "attempts": call.attempts,
    }


def _from_record(record: Record) -> PinCall:
    return PinCall(
        call_uuid=record["call_uuid"],
        account_id=record["account_id"],
        session_uuid=record["session_uuid"],
        dialled=E164(record["dialled"]),
        caller=E164(seal_of(record).open("caller", record["caller"])),
        is_withheld=record["is_withheld"],
        forced_role=Role(record["forced_role"]) if record["forced_role"] else None,
        attempts=record["attempts"],
    )
