"""Erasing a person: what stays of a session, and of its conversations, once one of them is gone.

The other party's half and the figures stay, for they are the customer's books: a session without a
name in it still cost what it cost. Everything that names the person or speaks with their voice is
blanked, and nobody is connected by the session any more.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.route import Route, RouteKind, routes_of
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import PinTerms, Role, Session, ended

_NOBODY = E164("")

# Whether a number, never "", is that of the person.
IsPerson = Callable[[E164], bool]


class Kind(StrEnum):
    """The kinds of records that a receipt counts."""

    SESSIONS = "sessions"
    INTERACTIONS = "interactions"
    RECORDINGS = "recordings"
    ROUTES = "routes"


NOTHING: Mapping[Kind, int] = dict.fromkeys(Kind, 0)


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """The keyed hashes under which an account's records know a number, in place of the number."""

    party: str
    sessions: str


@dataclass(frozen=True, slots=True)
class ErasureOrder:
    """An order to erase a person, and its progress. It does not hold the number.

    `commitment` is a hash of the number under a salt that only the client has. `request_id` is the
    request that ordered it last. `completed_at` is None while there is something left to do, or
    sessions of before might still turn up.
    """

    erasure_id: str
    account_id: str
    person: PersonKeys
    commitment: str
    ordered_at: int
    request_id: str
    erased: Mapping[Kind, int] = field(default_factory=lambda: NOTHING)
    completed_at: int | None = None


def commitment(number: E164, salt: str) -> str:
    """A hash that tells a number to those alone who have both it and the salt (hex)."""
    return hmac.digest(bytes.fromhex(salt), number.encode(), hashlib.sha256).hex()


def renewed(before: ErasureOrder, order: ErasureOrder) -> ErasureOrder:
    """The open order `before` once the same person is ordered to be erased again.

    It takes in what was written since. It is always later than before: who has read `before` must
    not take it for done.
    """
    ordered_at = max(order.ordered_at, before.ordered_at + 1)
    return replace(order, erasure_id=before.erasure_id, ordered_at=ordered_at, erased=before.erased)


def names(session: Session, is_person: IsPerson) -> bool:
    """Return whether the session's own record names the person."""
    known = (session.first_party, session.second_party, session.last_outsider)
    return any(_is(number, is_person) for number in known)


def is_party(session: Session, is_person: IsPerson) -> bool:
    """Tell if the person is one of the session's two parties."""
    return any(_is(session.party(role), is_person) for role in Role)


def session_to_keep(session: Session, is_person: IsPerson, now: int) -> Session:
    """The session before anybody is taken out of it: over, if it was for the person.

    One that the person merely called goes on for those whom it is for.
    """
    ends = is_party(session, is_person) and session.is_live(now)
    return ended(session, now) if ends else session


def session_without(session: Session, is_person: IsPerson) -> Session:
    """The session as it stays: the books as they are, nothing of the person in it."""
    return replace(
        session,
        first_party=_blank(session.first_party, is_person),
        second_party=_blank(session.second_party, is_person),
        last_outsider=_blank(session.last_outsider, is_person),
        terms=replace(session.terms, pin=_pins_without(session, is_person)),
        request_hash="" if is_party(session, is_person) else session.request_hash,
    )


def _pins_without(session: Session, is_person: IsPerson) -> PinTerms | None:
    pins = session.terms.pin
    if pins is None:
        return None
    return replace(
        pins,
        first_pin="" if _is(session.party(Role.FIRST), is_person) else pins.first_pin,
        second_pin="" if _is(session.party(Role.SECOND), is_person) else pins.second_pin,
    )


def interaction_without(interaction: Interaction, is_person: IsPerson) -> Interaction:
    """The conversation as it stays; the same one if it never named the person."""
    ends = (interaction.from_number, interaction.to_number)
    if not any(_is(number, is_person) for number in ends):
        return interaction
    return replace(
        interaction,
        from_number=_blank(interaction.from_number, is_person),
        to_number=_blank(interaction.to_number, is_person),
        recording=None,
    )


def routes_to_keep(session: Session, is_person: IsPerson) -> dict[Route, Route | None]:
    """Each route of `session_to_keep`, and as it stays: None if it goes.

    Of a session that was for the person the other party's own and its open doors stay for their
    cool-off, leading nowhere: a redial must not reach somebody else's session.
    """
    was_for_person = is_party(session, is_person)

    def kept(route: Route) -> Route | None:
        is_kept = route.kind is not RouteKind.PIN and not _is(route.party, is_person)
        if was_for_person and not is_kept:
            return None
        return replace(route, peer=_blank(route.peer, is_person))

    return {route: kept(route) for route in routes_of(session)}


def _blank(number: E164, is_person: IsPerson) -> E164:
    return _NOBODY if _is(number, is_person) else number


def _is(number: E164, is_person: IsPerson) -> bool:
    return bool(number) and is_person(number)
