"""The decision about a call: seven fields, from which its answer is made with its session.

No person's number is in it: a caller is a role of the session, or nobody that it knows.
"""

from dataclasses import dataclass
from enum import StrEnum

from maskline.domain.calls.route import Route, RouteKind
from maskline.domain.phone_numbers import E164
from maskline.domain.pins.guessing import PinCall
from maskline.domain.sessions.session import Role, Session


class Rule(StrEnum):
    """The reason why a call went where it went; docs/why.md explains each.

    Somebody is dialled by those of DIALLING, and by no other.
    """

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


DIALLING = frozenset(
    {
        Rule.OWN_PHONE,
        Rule.FORMER_NUMBER,
        Rule.CALL_BACK,
        Rule.OPEN_DOOR,
        Rule.PIN,
        Rule.FORCED_PIN,
        Rule.PLACED_CALL,
    }
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about one call, and its instant.

    `call_uuid` is the caller's leg, or that of a first party whom we called. `virtual_number` is
    what was dialled, "" if that cannot be read, or what the first party sees. `session_uuid` is ""
    where no session has to do with it. `role` is the party that the caller is taken for, None for a
    stranger. `other_call_uuid` held the line: it is in the way or, of a call that is connected, was
    pushed aside since the carrier did not know it.
    """

    rule: Rule
    call_uuid: str
    at: int
    virtual_number: E164
    session_uuid: str = ""
    role: Role | None = None
    other_call_uuid: str = ""

    @property
    def is_dialled(self) -> bool:
        """True if the call led to somebody, whose phone was rung."""
        return self.rule in DIALLING


def connecting_rule(route: Route, asked: PinCall | None) -> Rule:
    """Return the rule by which a route connects its caller; `asked` if they entered its PIN."""
    if route.kind is RouteKind.OPEN:
        return Rule.OPEN_DOOR
    if asked is not None:
        return Rule.FORCED_PIN if asked.forced_role else Rule.PIN
    if route.is_lone:
        return Rule.CALL_BACK
    return Rule.FORMER_NUMBER if route.is_former else Rule.OWN_PHONE


def on_pin_call(call: PinCall, rule: Rule, now: int) -> Decision:
    """The decision on a call that is asked for a PIN, or not any more."""
    return Decision(rule, call.call_uuid, now, call.dialled, call.session_uuid, call.forced_role)


def decided(session: Session, call_uuid: str, rule: Rule, now: int) -> Decision:
    """Build the decision about a leg to the first party, or that none came of the order."""
    number = session.virtual_number(Role.FIRST)
    return Decision(rule, call_uuid, now, number, session.session_uuid, Role.FIRST)
