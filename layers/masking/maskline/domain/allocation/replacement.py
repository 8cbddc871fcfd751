"""Moving sessions off a virtual number that went bad: which number instead, and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from maskline.domain.allocation.choice import Candidates, Holdings, choose_numbers, first_free
from maskline.domain.calls import events
from maskline.domain.calls.events import SessionEvent
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import FormerNumber, Role, Rung, Session, Strategy

# A session is written with all its routes in one transaction, which takes a hundred items.
MAX_FORMER_NUMBERS = 20

NewNumbers = Mapping[Role, E164]
_ANY = E164("")


@dataclass(frozen=True, slots=True)
class WalkedTo:
    """The progress of the walk over a number's routes: a shard, and an expiry within it.

    Of a carrier's numbers it is at `number`.
    """

    shard: int = 0
    expires_at: int = 0
    number: E164 = _ANY


@dataclass(frozen=True, slots=True)
class ReplacementOrder:
    """An operator's word that a number is unhealthy, open as long as sessions may be on it.

    Or that a `carrier` is: then `number` is "", and all of the account's numbers there are meant.
    `grace_seconds` is how long the number goes on working for a session that left it; None: to the
    session's end. `request_id` is the request that gave the order. The next run goes on at `place`.
    """

    number: E164
    account_id: str
    ordered_at: int
    request_id: str
    grace_seconds: int | None = None
    place: WalkedTo = WalkedTo()
    carrier: str = ""

    def roles_of(self, session: Session) -> tuple[Role, ...]:
        """The roles that are to get another number: of one carrier always, so of a carrier both."""
        if self.carrier:
            return tuple(Role) if session.carrier == self.carrier else ()
        return roles_on(session, self.number)


def roles_on(session: Session, number: E164) -> tuple[Role, ...]:
    """The roles that dial a number now."""
    return tuple(role for role in Role if session.virtual_number(role) == number)


def choose_new_numbers(
    session: Session, roles: tuple[Role, ...], candidates: Candidates, holdings: Holdings
) -> NewNumbers:
    """A free number of the session's carrier for each role, leaving out roles that find none.

    Under `shared` one number serves both roles, or none does.
    """
    if len(session.former_numbers) + len(roles) > MAX_FORMER_NUMBERS:
        return {}
    if session.strategy is Strategy.SHARED:
        held = {*holdings.first, *holdings.second}
        shared = first_free(candidates.first, session.carrier, held)
        return dict.fromkeys(Role, shared.number) if shared else {}
    choices = {
        Role.FIRST: first_free(candidates.first, session.carrier, holdings.first),
        Role.SECOND: first_free(candidates.second, session.carrier, holdings.second),
    }
    return {role: chosen.number for role in roles if (chosen := choices[role])}


def may_leave_carrier(session: Session) -> bool:
    """Tell if the session may have numbers of another carrier than those that it has."""
    return not session.terms.carrier or Rung.ANY_CARRIER in session.terms.on_exhaustion


def choose_elsewhere(session: Session, candidates: Candidates, holdings: Holdings) -> NewNumbers:
    """Free numbers of one other carrier for both roles, or none."""
    if len(session.former_numbers) + len(Role) > MAX_FORMER_NUMBERS:
        return {}
    try:
        return choose_numbers(candidates, holdings, session.strategy).numbers
    except PoolExhaustedError:
        return {}


def moved(
    session: Session, new: NewNumbers, *, now: int, grace_seconds: int | None
) -> tuple[Session, tuple[SessionEvent, ...]]:
    """The session on its new numbers, and the events to tell: one for each number that changed."""
    until = None if grace_seconds is None else now + grace_seconds * 1000
    left = [
        FormerNumber(role, session.virtual_number(role), session.carrier, until) for role in new
    ]
    kept = [former for former in session.former_numbers if new.get(former.role) != former.number]
    changed = replace(
        session,
        first_virtual_number=new.get(Role.FIRST, session.first_virtual_number),
        second_virtual_number=new.get(Role.SECOND, session.second_virtual_number),
        former_numbers=(*kept, *left),
        moves=session.moves + 1,
        modified_at=now,
    )
    told_roles = [Role.FIRST] if session.strategy is Strategy.SHARED else list(new)
    told = tuple(events.number_replaced(changed, role, now) for role in told_roles)
    return replace(changed, sequence=session.sequence + len(told)), told


def on_carrier(session: Session, carrier: str) -> Session:
    """The moved session, whose numbers are of a carrier; of another than it wished is a rung."""
    is_given_up = session.wished_carrier not in {"", carrier}
    rungs = (*session.rungs, Rung.ANY_CARRIER) if is_given_up else session.rungs
    return replace(session, carrier=carrier, rungs=rungs)
