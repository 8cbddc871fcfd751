"""Who a call is for: (caller, dialled number) to a CallPlan, from facts that the store has read."""

from dataclasses import dataclass

from maskline.domain.call_plan import Announce, Announcement, CallPlan, Dial, HandOver
from maskline.domain.numbers import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Role, Session


@dataclass(frozen=True, slots=True)
class Route:
    """What (party, virtual number) means, with all that answering a call needs.

    The pair is reserved until `reusable_at`; calls are connected only until `expires_at`.
    """

    session_uuid: str
    account_id: str
    role: Role
    party: E164
    virtual_number: E164
    peer: E164
    caller_id: E164
    ring_timeout_seconds: int
    call_time_limit_seconds: int
    expires_at: int
    reusable_at: int


def routes_of(session: Session) -> tuple[Route, Route]:
    """The two routes of a session, one for each party that can call."""
    return _route(session, Role.FIRST), _route(session, Role.SECOND)


def _route(session: Session, role: Role) -> Route:
    return Route(
        session_uuid=session.session_uuid,
        account_id=session.account_id,
        role=role,
        party=session.party(role),
        virtual_number=session.virtual_number(role),
        peer=session.party(role.other),
        caller_id=session.virtual_number(role.other),
        ring_timeout_seconds=session.settings.ring_timeout_seconds,
        call_time_limit_seconds=session.settings.call_time_limit_seconds,
        expires_at=session.expires_at,
        reusable_at=session.expires_at,
    )


def live_route(route: Route | None, now: int) -> Route | None:
    """The route if it still connects calls. The clock decides, never the presence of a row."""
    return route if route is not None and now < route.expires_at else None


def connect(route: Route) -> Dial:
    """Dial the other party, who sees their own virtual number."""
    return Dial(
        peer=route.peer,
        caller_id=route.caller_id,
        ring_timeout_seconds=route.ring_timeout_seconds,
        time_limit_seconds=route.call_time_limit_seconds,
    )


def unrouted(number: VirtualNumber | None) -> CallPlan:
    """What a caller gets whom no live session connects: a stranger, or one whose session is over.

    The number's own application takes the call if it has one, as on the product being matched. The
    two hear the same: who has a session on a number, or had, is nobody else's business.
    """
    if number is None:
        return Announce(Announcement.NOT_IN_SERVICE)
    if number.fallback_answer_url:
        return HandOver(number.fallback_answer_url)
    return Announce(Announcement.NOT_CONNECTED)


def line_hold_until(route: Route, now: int) -> int:
    """When a call that starts now can at the latest be over: a lost hang-up frees the line then."""
    return now + (route.ring_timeout_seconds + route.call_time_limit_seconds) * 1000
