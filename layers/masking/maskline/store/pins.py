"""Calls that are asked for a PIN, what their digits lead to, and the guesses counted meanwhile."""

from dataclasses import dataclass

from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.route import Route
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164, phone_of
from maskline.domain.pins.guessing import Guesses, GuessLimits, PinCall, day_of
from maskline.domain.sessions.session import Role, Session
from maskline.store import keys, table
from maskline.store.numbers.records import number_from_record
from maskline.store.sealing.seal import seal_for, seal_of
from maskline.store.sessions.outbox import NOTHING_BESIDE, outbox
from maskline.store.sessions.records import session_from_record
from maskline.store.sessions.route_records import owned_route
from maskline.store.table import Record

# Six prompts with their pauses take minutes; a repeated webhook comes within moments.
_KEPT_SECONDS = 3600
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class PinFacts:
    """The stored facts about a PIN call: the prompting session, the route, guesses so far."""

    session: Session | None
    number: VirtualNumber | None
    route: Route | None
    guesses: Guesses


@dataclass(frozen=True, slots=True)
class Counting:
    """The window and the day of guesses of an instant, and how many guesses the day has."""

    window: int
    window_ttl: int
    day: int
    guesses_per_day: int

    @classmethod
    def at(cls, now: int, limits: GuessLimits) -> "Counting":
        window = limits.window(now)
        ttl = (window + 2) * limits.window_seconds
        return cls(window, ttl, day_of(now), limits.guesses_per_day)


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
        _day_key(call, counting),
        *([keys.pin_route(call.dialled, pin)] if pin else []),
    ]
    records = table.get_each(wanted)
    session, number, *guesses, route = records if pin else [*records, None]
    by_caller, in_day = (one["failures"] if one else 0 for one in guesses)
    return PinFacts(
        session_from_record(session) if session else None,
        number_from_record(number) if number else None,
        owned_route(route, number),
        Guesses(by_caller, in_day),
    )


def record_proof(call: PinCall, counting: Counting) -> None:
    """Let a right PIN compete with the guesses that are entered at the same moment.

    It adds nothing. Raises table.ConditionFailedError if the day has had its guesses.
    """
    table.transact([_day_action(call, counting, failures=0)])


def record_failure(
    call: PinCall, event: SessionEvent | None, counting: Counting, *, is_guess: bool
) -> None:
    """Count a failed attempt once, and tell it to the prompting session if that still lives.

    Raises table.ConditionFailedError if the attempt was counted before, the session ended, or the
    day has had its guesses.
    """
    actions = [
        table.update_action(
            keys.pin_call(call.account_id, call.call_uuid),
            "SET attempts = attempts + :one",
            "attempts = :attempts",
            one=1,
            attempts=call.attempts,
        ),
        table.update_action(
            _caller_guesses(call, counting),
            "ADD failures :one SET #ttl = :ttl",
            "",
            names={"#ttl": "ttl"},
            one=1,
            ttl=counting.window_ttl,
        ),
    ]
    if is_guess:
        actions.append(_day_action(call, counting, failures=1))
    if event is not None:
        actions.append(_tell_action(call, event))
    table.transact(actions)


def _day_action(call: PinCall, counting: Counting, *, failures: int) -> table.Item:
    return table.update_action(
        _day_key(call, counting),
        "ADD failures :failures SET #ttl = :ttl",
        "attribute_not_exists(failures) OR failures < :guesses_per_day",
        names={"#ttl": "ttl"},
        failures=failures,
        guesses_per_day=counting.guesses_per_day,
        ttl=(counting.day + 2) * _DAY_SECONDS,
    )


def _tell_action(call: PinCall, event: SessionEvent) -> table.Item:
    return table.update_action(
        keys.session(call.session_uuid),
        "ADD #sequence :one, version :one SET outbox = :outbox",
        "expires_at > :now",
        names={"#sequence": "sequence"},
        one=1,
        now=event.at,
        outbox=outbox(call.account_id, call.session_uuid, [event], NOTHING_BESIDE),
    )


def _caller_guesses(call: PinCall, counting: Counting) -> keys.Key:
    caller = keys.phone_or_withheld(call.caller, call.dialled)
    return keys.caller_guesses(call.account_id, caller, counting.window)


def _day_key(call: PinCall, counting: Counting) -> keys.Key:
    """Registered phones have a count of their own: what strangers do does not lock them out."""
    if call.forced_role is None:
        return keys.number_day(call.dialled, counting.day)
    return keys.caller_day(call.account_id, phone_of(call.caller), counting.day)


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
        forced_role=Role(record["forced_role"]) if record["forced_role"] else None,
        attempts=record["attempts"],
    )
