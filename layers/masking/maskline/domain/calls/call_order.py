"""Request-a-call: the carrier calls the first party, who is then connected to the second.

The order to do so is written with the session. It is DUE until somebody claims it, and OVER once a
leg that came of it was connected or none can be any more. A leg that ends before does not settle
it: a carrier that made two of one request may still be ringing with the other.
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.leg import Leg
from maskline.domain.calls.recording import Recording
from maskline.domain.calls.report import (
    NOTHING_REPORTED,
    CallReport,
    LegStatus,
    ReportKind,
    Side,
    begun,
)
from maskline.domain.calls.route import Route, RouteKind, routes_of
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session

# After the last ring: for a carrier that queues calls, and for its last webhook to arrive.
_GRACE_SECONDS = 60


class OrderStatus(StrEnum):
    """The progress of an order."""

    DUE = "due"
    CLAIMED = "claimed"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class CallOrder:
    """The order of a session's first call.

    `call_uuid` names the conversation that came of it, "" for none yet. Whoever claims it writes a
    `claim` of their own. Without news it has failed at `deadline`.
    """

    session_uuid: str
    status: OrderStatus
    deadline: int
    claim: str = ""
    call_uuid: str = ""

    @property
    def awaits_leg(self) -> bool:
        """True while the next leg that is answered is the one to connect."""
        return self.status is OrderStatus.CLAIMED

    def after(self, call_uuid: str, *, settles: bool) -> "CallOrder":
        """The order once a conversation of it was heard of. One that is over stays as it is."""
        if self.status is OrderStatus.OVER:
            return self
        if settles:
            return replace(self, status=OrderStatus.OVER, call_uuid=call_uuid)
        return replace(self, call_uuid=self.call_uuid or call_uuid)


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """A call to place: `callee` sees `caller_id`. Limits are seconds."""

    caller_id: E164
    callee: E164
    ring_timeout_seconds: int
    time_limit_seconds: int


class Placement(Enum):
    """The result of a request to place a call. UNKNOWN: it may ring, so it is not repeated."""

    ACCEPTED = auto()
    REFUSED = auto()
    UNREACHABLE = auto()
    UNKNOWN = auto()


class NotPlaced(StrEnum):
    """The reason why no call came of an order. The values are told as hangup causes."""

    REFUSED = "CARRIER_API_REFUSED"
    UNREACHABLE = "CARRIER_API_UNREACHABLE"
    NO_NEWS = NOTHING_REPORTED


def order_of(session: Session) -> CallOrder | None:
    """The order that a new session comes with, if any."""
    if not session.terms.initiates_call:
        return None
    patience = session.settings.ring_timeout_seconds + _GRACE_SECONDS
    deadline = session.created_at + patience * 1000
    return CallOrder(session.session_uuid, OrderStatus.DUE, deadline)


def outbound_call(session: Session) -> OutboundCall:
    """The call to the first party. The other leg rings and talks within its limit."""
    settings = session.settings
    return OutboundCall(
        caller_id=session.virtual_number(Role.FIRST),
        callee=session.first_party,
        ring_timeout_seconds=settings.ring_timeout_seconds,
        time_limit_seconds=settings.ring_timeout_seconds + settings.call_time_limit_seconds,
    )


def first_route(session: Session, carrier: str) -> Route:
    """Return the route that the first party's own call, which a carrier placed, would take.

    The session's numbers may be of another carrier by now: each shows none but its own.
    """
    own = [
        route
        for route in routes_of(session)
        if route.kind is RouteKind.PARTY and route.role is Role.FIRST
    ]
    of_carrier = (one for one in own if session.carrier_of(one.virtual_number) == carrier)
    return next(of_carrier, own[0])


def placed(session: Session, call_uuid: str, carrier: str, now: int) -> Interaction:
    """A conversation of which nothing is known but that a carrier calls the first party."""
    return Interaction(
        session_uuid=session.session_uuid,
        call_uuid=call_uuid,
        caller_role=Role.FIRST,
        from_number=session.first_party,
        to_number=session.second_party,
        virtual_number=first_route(session, carrier).virtual_number,
        started_at=now,
        caller=Leg(LegStatus.RINGING),
        callee=Leg(LegStatus.NOT_DIALLED),
    )


def dialling(interaction: Interaction, route: Route) -> Interaction:
    """Return the interaction once the second party is dialled."""
    if interaction.callee.status is not LegStatus.NOT_DIALLED:
        return interaction
    recording = Recording(route.record_format) if route.record_format else None
    return replace(interaction, callee=Leg(LegStatus.RINGING), recording=recording)


def is_decided(interaction: Interaction) -> bool:
    """Return whether this leg's answer was met before: to connect it, or to say sorry."""
    return interaction.answer is ReportKind.ANSWERED


def is_connected(interaction: Interaction) -> bool:
    """Tell if the second party is being rung for this leg, or talks to it."""
    return interaction.ended_at is None and interaction.callee.status.is_open


def first_leg(kind: ReportKind, call_uuid: str) -> CallReport:
    """The first party's phone rings, or they picked up."""
    return begun(kind, Side.CALLER, call_uuid)


def failure(reason: NotPlaced) -> CallReport:
    """No call came of the order."""
    return CallReport(
        ReportKind.ENDED, Side.CALLER, "", LegStatus.FAILED, hangup_cause=reason.value
    )
