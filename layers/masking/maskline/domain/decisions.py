"""Why a call went where it went: the rule that decided, and the record that it decided by.

No number of a party is in it: a caller is a role of the session, or somebody unknown or withheld.
"""

from enum import StrEnum
from typing import NamedTuple

from maskline.domain.call_plan import (
    Announce,
    Busy,
    CallPlan,
    CollectPin,
    Dial,
    HandOver,
    HangUp,
    Play,
)
from maskline.domain.phone_numbers import E164
from maskline.domain.pin_calls import PinCall
from maskline.domain.routing import Route, RouteKind
from maskline.domain.sessions import Role


class Rule(StrEnum):
    """What decided a call. By the first seven it is connected; docs/why.md explains each."""

    OWN_PHONE = "own_phone"
    FORMER_NUMBER = "former_number"
    CALL_BACK = "call_back"
    OPEN_DOOR = "open_door"
    PIN = "pin"
    FORCED_PIN = "forced_pin"
    PLACED_CALL = "placed_call"
    LINE_BUSY = "line_busy"
    SESSION_OVER = "session_over"
    SESSION_SPENT = "session_spent"
    CALLER_SPENT = "caller_spent"
    CALLER_GONE = "caller_gone"
    NOBODY_YET = "nobody_yet"
    OWN_DOOR = "own_door"
    PIN_ASKED = "pin_asked"
    PIN_WRONG = "pin_wrong"
    PIN_LOCKED = "pin_locked"
    GREETED = "greeted"
    NO_SESSION = "no_session"
    NUMBER_UNKNOWN = "number_unknown"
    FIRST_PARTY_CALLED = "first_party_called"
    LEG_TOO_MANY = "leg_too_many"
    NOT_PLACED = "not_placed"
    FAILED = "failed"


# What a plan gives the caller, in a word.
GIVEN: dict[type, str] = {
    Dial: "connection",
    Busy: "busy",
    Announce: "announcement",
    Play: "audio",
    CollectPin: "pin_prompt",
    HandOver: "other_application",
    HangUp: "hangup",
}
CONNECTION = GIVEN[Dial]
_NO_NUMBER = E164("")


# A dataclass of so many fields takes ten times as long to make, which a caller hears as silence.
class Decision(NamedTuple):
    """One call's. `call_uuid` is the caller's leg, or that of a first party whom we called.

    It belongs to the session, without one to the account and, if it has one, subaccount of the
    number. `virtual_number` was dialled, `caller_id` is what the callee sees. The route is known by
    `kind` and `role`, None where none led anywhere; `is_own_phone` says that the role's own phone
    calls. `pin_attempts` counts the PINs entered, None where nobody asked. `other_call_uuid` held
    the line: it is in the way or, of a call that is connected, was pushed aside since the carrier
    did not know it. Of decisions on one call the one of the later `stage` counts: 0 is the call's
    landing, further ones are PINs.
    """

    rule: Rule
    call_uuid: str
    at: int
    account_id: str
    subaccount_id: str = ""
    session_uuid: str = ""
    virtual_number: E164 = _NO_NUMBER
    caller_id: E164 = _NO_NUMBER
    given: str = ""
    is_withheld: bool = False
    is_own_phone: bool = False
    kind: RouteKind | None = None
    role: Role | None = None
    is_former_number: bool = False
    route_expires_at: int | None = None
    pin_attempts: int | None = None
    other_call_uuid: str = ""
    stage: int = 0


def by_route(landed: Decision, route: Route, rule: Rule) -> Decision:
    """The decision on a call that such a route leads, or led, somewhere."""
    return landed._replace(
        rule=rule,
        account_id=route.account_id,
        session_uuid=route.session_uuid,
        virtual_number=route.virtual_number,
        is_own_phone=route.kind is RouteKind.PARTY,
        kind=route.kind,
        role=route.role,
        is_former_number=route.is_former,
        route_expires_at=route.expires_at,
    )


def connected(landed: Decision, route: Route, asked: PinCall | None) -> Decision:
    """The decision to dial; `asked` if the caller has just entered the PIN of the route."""
    decision = by_route(landed, route, _connecting_rule(route, asked))._replace(
        caller_id=route.caller_id, given=CONNECTION
    )
    if asked is None:
        return decision
    is_own_phone = asked.forced_role is not None
    return decision._replace(is_own_phone=is_own_phone, pin_attempts=asked.attempts + 1)


def _connecting_rule(route: Route, asked: PinCall | None) -> Rule:
    if route.kind is RouteKind.OPEN:
        return Rule.OPEN_DOOR
    if asked is not None:
        return Rule.FORCED_PIN if asked.forced_role else Rule.PIN
    if route.is_lone:
        return Rule.CALL_BACK
    return Rule.FORMER_NUMBER if route.is_former else Rule.OWN_PHONE


def on_pin_call(call: PinCall, rule: Rule, *, at: int, stage: int) -> Decision:
    """The decision on who is asked for a PIN, or not any more."""
    return Decision(
        rule,
        call.call_uuid,
        at,
        call.account_id,
        session_uuid=call.session_uuid,
        virtual_number=call.dialled,
        is_withheld=call.is_withheld,
        is_own_phone=call.forced_role is not None,
        role=call.forced_role,
        pin_attempts=call.attempts,
        stage=stage,
    )


def carried_out(decision: Decision, plan: CallPlan) -> Decision:
    """The decision with what the caller is given for it."""
    return decision._replace(given=GIVEN[type(plan)])
