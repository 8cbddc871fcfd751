"""Decide a call: (caller, dialled number) to a CallPlan, from facts that the store has read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from maskline.domain.calls.plan import Announce, Announcement, CallPlan, Dial, HandOver
from maskline.domain.limits import CallLimits
from maskline.domain.numbers.destinations import Destinations
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164, CallerId, is_same_phone
from maskline.domain.sessions.greeting import Greeting, greeting_of
from maskline.domain.sessions.session import FormerNumber, Role, Session, Settings


class RouteKind(StrEnum):
    """The proof that a caller is a role of the session.

    PARTY: the phone they call from. PIN: the digits they enter. OPEN: nothing, for whoever calls
    the number of a single-party session.
    """

    PARTY = "party"
    PIN = "pin"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Route:
    """The meaning of (proof, virtual number), with all that answering a call needs.

    `party` is the role's real number and `peer` the other's, each "" while nobody has the role; the
    peer of a lone party is the outsider who last reached them. The pair is reserved until
    `reusable_at`; calls are connected only until `expires_at`. `pin` is known while routes are made
    from a session, and never read back, like `is_listed`: by that route the session is found among
    those on the number. On a route that lets outsiders in, `call_back` says which of them the lone
    party may call; `is_lone` is the route of that party. `call_limits` are the
    session's.
    """

    kind: RouteKind
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
    play_url: str = ""
    has_whisper: bool = False
    record_format: str = ""
    has_pin: bool = False
    is_pin_forced: bool = False
    call_back: Destinations | None = None
    call_limits: CallLimits | None = None
    is_lone: bool = False
    pin: str = ""
    greeting: Greeting | None = None
    is_listed: bool = False
    is_former: bool = False


def routes_of(session: Session) -> tuple[Route, ...]:
    """All routes of a session: its parties' first and in order, then its open door, then its PINs.

    Those on its former numbers come last. On each number the route that connects longest, the first
    of equals, stands for the session: by it the session is found among those on the number, and it
    carries what the session has to say to strangers there, nothing at its own door.
    """
    routes = (*_current_routes(session), *_former_routes(session))
    doors = {route.virtual_number for route in routes if route.kind is RouteKind.OPEN}
    longest: dict[E164, Route] = {}
    for route in routes:
        known = longest.setdefault(route.virtual_number, route)
        if route.expires_at > known.expires_at:
            longest[route.virtual_number] = route
    greeting = greeting_of(session)
    return tuple(
        replace(
            route,
            is_listed=True,
            greeting=None if route.virtual_number in doors else greeting,
        )
        if longest[route.virtual_number] is route
        else route
        for route in routes
    )


def _current_routes(session: Session) -> Iterator[Route]:
    return (_route(session, kind, role) for kind, role in _proofs(session))


def _former_routes(session: Session) -> Iterator[Route]:
    """The pair stays reserved to the session's end, whatever the number's own end."""
    for former in session.former_numbers:
        ends = [session.expires_at, *([former.until] if former.until is not None else [])]
        for kind, role in _proofs(session):
            if role is former.role:
                yield replace(
                    _route(session, kind, role),
                    virtual_number=former.number,
                    caller_id=_shown_by(session, former),
                    expires_at=min(ends),
                    is_former=True,
                )


def _shown_by(session: Session, former: FormerNumber) -> E164:
    """Return what the other party sees of a call to a former number.

    The number's carrier shows none but its own: the one that the other party had there last.
    """
    current = session.virtual_number(former.role.other)
    if former.carrier == session.carrier:
        return current
    of_carrier = [
        one.number
        for one in session.former_numbers
        if one.role is former.role.other and one.carrier == former.carrier
    ]
    return of_carrier[-1] if of_carrier else current


def _proofs(session: Session) -> Iterator[tuple[RouteKind, Role]]:
    for role in Role:
        if session.party(role):
            yield RouteKind.PARTY, role
    pins, missing = session.terms.pin, session.missing_role
    if missing is not None and pins is None:
        yield RouteKind.OPEN, missing
    if pins is not None:
        yield from ((RouteKind.PIN, role) for role in Role)


def _route(session: Session, kind: RouteKind, role: Role) -> Route:
    settings, pins = session.settings, session.terms.pin
    return Route(
        kind=kind,
        session_uuid=session.session_uuid,
        account_id=session.account_id,
        role=role,
        party=session.party(role),
        virtual_number=session.virtual_number(role),
        peer=session.party(role.other) or _outsider_for(session, kind),
        caller_id=session.virtual_number(role.other),
        ring_timeout_seconds=settings.ring_timeout_seconds,
        call_time_limit_seconds=settings.call_time_limit_seconds,
        expires_at=session.expires_at,
        reusable_at=session.expires_at if kind is RouteKind.PIN else session.reusable_at,
        play_url=settings.play_url(role),
        has_whisper=bool(settings.play_url(role.other)),
        record_format=settings.record_file_format if settings.record else "",
        has_pin=pins is not None,
        is_pin_forced=pins is not None and pins.is_forced,
        call_back=None if session.party(role) else session.call_back,
        call_limits=session.call_limits,
        is_lone=session.missing_role is role.other,
        pin=pins.pin(role) if pins is not None and kind is RouteKind.PIN else "",
    )


def _outsider_for(session: Session, kind: RouteKind) -> E164:
    """Return the last caller; only the route of the lone party's own phone follows it."""
    return session.last_outsider if kind is RouteKind.PARTY else E164("")


def takes_peer_of_party(route: Route) -> bool:
    """Tell if a lone party has proved itself by PIN: its own route knows whom it calls back."""
    return route.kind is RouteKind.PIN and bool(route.party) and not route.peer


def live_route(route: Route | None, now: int) -> Route | None:
    """The route if it still connects calls. The clock decides, never the presence of a row."""
    return route if route is not None and now < route.expires_at else None


def live_door(door: Route | None, caller: CallerId, own: Route | None, now: int) -> Route | None:
    """The open door if it lets the caller in, whose `own` route on the number is not live.

    It lets in neither the party behind it, who under `per_party` has a number of their own and
    would be connected to themselves, nor a party of a session that is cooling off: they mean that
    session's other party.
    """
    live = live_route(door, now)
    is_its_party = live is not None and any(
        is_same_phone(live.peer, number) for number in caller.readings()
    )
    is_cooling_off = own is not None and now < own.reusable_at
    return None if is_its_party or is_cooling_off else live


def connect(route: Route) -> CallPlan:
    """Dial the other party, who sees their own virtual number; nobody is dialled by guess."""
    if not route.peer:
        return Announce(Announcement.NOBODY_YET)
    return Dial(
        peer=route.peer,
        caller_id=route.caller_id,
        ring_timeout_seconds=route.ring_timeout_seconds,
        time_limit_seconds=route.call_time_limit_seconds,
        play_url=route.play_url,
        has_whisper=route.has_whisper,
        record_format=route.record_format,
    )


def unrouted(number: VirtualNumber | None, caller: E164 | None = None) -> CallPlan:
    """Return the plan for a caller whom no live session connects: a stranger, or one of a session
    now over.

    The number's own application takes the call if it has one, as on the product being matched. The
    two hear the same: who has a session on a number, or had, is nobody else's business.
    """
    if number is None:
        return Announce(Announcement.NOT_IN_SERVICE)
    if number.fallback_answer_url:
        return HandOver(number.fallback_answer_url, caller or None, number.number)
    return Announce(Announcement.NOT_CONNECTED)


def line_hold_until(timing: Route | Settings, now: int) -> int:
    """Return the latest instant at which a call that starts now is over: the line is free then."""
    return now + (timing.ring_timeout_seconds + timing.call_time_limit_seconds) * 1000
