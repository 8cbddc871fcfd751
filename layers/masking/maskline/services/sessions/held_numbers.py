"""The claims of a session on the pool, and the numbers of it that others hold."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from maskline.domain.allocation.choice import Demand, Holdings, door_role
from maskline.domain.calls.route import Route, RouteKind
from maskline.domain.numbers.numbering_plan import country_of
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Role, Session
from maskline.store import table
from maskline.store.sessions import sessions
from maskline.store.sessions.sessions import Held

# A session that is to be, or one that is to move: both have parties and terms.
Wanted = SessionRequest | Session
T = TypeVar("T")


def demand_of(wanted: Wanted) -> Demand:
    """Geomatch wants the country of the first party; per_party, of each for its own number."""
    known = wanted.party(Role.FIRST) or wanted.party(Role.SECOND)
    parties = {role: wanted.party(role) or known for role in Role}
    return Demand(
        subaccount_id=wanted.subaccount_id,
        strategy=wanted.strategy,
        countries={
            role: country_of(party) if wanted.is_geomatched else ""
            for role, party in parties.items()
        },
        door=door_role(wanted),
        carrier=wanted.wished_carrier,
    )


class HeldNumbers:
    """For each role, the numbers held by sessions that could be confused with the wanted one."""

    def __init__(self, held: dict[Role, Held]) -> None:
        self._held = held

    @classmethod
    def read(cls, request: Wanted, pool: Sequence[E164]) -> "HeldNumbers":
        """Read what is stored now, both roles at once."""
        return cls(dict(zip(Role, table.in_parallel(*_reads(request, pool)), strict=True)))

    @classmethod
    def read_beside(
        cls, request: Wanted, pool: Sequence[E164], other: Callable[[], T]
    ) -> tuple["HeldNumbers", T]:
        """Read what is stored now, with another read at the same time."""
        reads: list[Callable[[], Any]] = [*_reads(request, pool), other]
        *held, result = table.in_parallel(*reads)
        return cls(dict(zip(Role, held, strict=True))), result

    def unchanged_since(self, earlier: "HeldNumbers") -> "HeldNumbers":
        """Return what both readings found alike: it was held at every instant between them."""
        return HeldNumbers(
            {role: dict(earlier._held[role].items() & self._held[role].items()) for role in Role}
        )

    def by_others_than(self, session_uuid: str) -> "HeldNumbers":
        """Without what the session itself holds, and may go back to."""
        return HeldNumbers(
            {role: held_by_others(held, session_uuid) for role, held in self._held.items()}
        )

    def learn(self, wanted: Route, found: table.Record) -> None:
        """A claim failed: `found` stands where the `wanted` route was to be."""
        held = (found["session_uuid"], found["reusable_at"])
        self._held[wanted.role][wanted.virtual_number] = held

    def at(self, now: int) -> Holdings:
        """The numbers that are taken at an instant."""
        return Holdings(*(taken_at(self._held[role], now) for role in Role))


def held_by_others(held: Held, session_uuid: str) -> Held:
    """The numbers that are not held by the session itself."""
    return {number: holding for number, holding in held.items() if holding[0] != session_uuid}


def taken_at(held: Held, now: int) -> frozenset[E164]:
    """The numbers that are not reusable yet."""
    return frozenset(number for number, (_, reusable_at) in held.items() if now < reusable_at)


def _reads(request: Wanted, pool: Sequence[E164]) -> list[Callable[[], Held]]:
    return [partial(_read_role, request, role, pool) for role in Role]


def _read_role(request: Wanted, role: Role, pool: Sequence[E164]) -> Held:
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
    """Tell if a taken claim says nothing of its number, since another PIN will do as well."""
    pins = request.terms.pin
    return wanted.kind is RouteKind.PIN and pins is not None and not pins.pin(wanted.role)
