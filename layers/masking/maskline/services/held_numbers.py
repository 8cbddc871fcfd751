"""Which numbers each role of a wanted session cannot be given: what others hold of them."""

from collections.abc import Sequence

from maskline.domain.allocation import Holdings
from maskline.domain.phone_numbers import E164
from maskline.domain.routing import Route, RouteKind
from maskline.domain.session_requests import SessionRequest
from maskline.domain.sessions import Role
from maskline.store import sessions, table
from maskline.store.sessions import Held


class HeldNumbers:
    """For each role, the numbers held by sessions that could be confused with the wanted one."""

    def __init__(self, held: dict[Role, Held]) -> None:
        self._held = held

    @classmethod
    def read(cls, request: SessionRequest, pool: Sequence[E164]) -> "HeldNumbers":
        """As stored now, both roles at once."""
        first, second = table.in_parallel(
            lambda: _read_role(request, Role.FIRST, pool),
            lambda: _read_role(request, Role.SECOND, pool),
        )
        return cls({Role.FIRST: first, Role.SECOND: second})

    def unchanged_since(self, earlier: "HeldNumbers") -> "HeldNumbers":
        """What both readings found alike: it was held at every instant between them."""
        return HeldNumbers(
            {role: dict(earlier._held[role].items() & self._held[role].items()) for role in Role}
        )

    def learn(self, wanted: Route, found: table.Record) -> None:
        """A claim failed: `found` stands where the `wanted` route was to be."""
        held = (found["session_uuid"], found["reusable_at"])
        self._held[wanted.role][wanted.virtual_number] = held

    def at(self, now: int) -> Holdings:
        """The numbers that are taken at an instant."""
        return Holdings(*(_taken(self._held[role], now) for role in Role))


def _taken(held: Held, now: int) -> frozenset[E164]:
    return frozenset(number for number, (_, reusable_at) in held.items() if now < reusable_at)


def _read_role(request: SessionRequest, role: Role, pool: Sequence[E164]) -> Held:
    """A known party is told apart by its phone, a missing one by an open door or a PIN."""
    party, pins = request.party(role), request.terms.pin
    held: Held = {}
    if party:
        held = sessions.read_held_by_party(party)
    elif pins is None:
        held = sessions.read_open_doors(pool)
    if pins is not None and pins.pin(role):
        held = either_held(held, sessions.read_pins(pool, pins.pin(role)))
    return held


def either_held(one: Held, other: Held) -> Held:
    """A number is free when both proofs are: where both hold it, what holds it longer counts."""
    merged = one | other
    for number in one.keys() & other.keys():
        merged[number] = max(one[number], other[number], key=lambda held: held[1])
    return merged


def is_redrawable(wanted: Route, request: SessionRequest) -> bool:
    """Whether a taken claim says nothing of its number, since another PIN will do as well."""
    pins = request.terms.pin
    return wanted.kind is RouteKind.PIN and pins is not None and not pins.pin(wanted.role)
