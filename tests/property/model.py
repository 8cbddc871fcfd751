"""What Maskline promises, in plain Python: who gets which number, and who reaches whom."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from maskline.domain.calls.route import RouteKind
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Role, Strategy
from tests.property.promises import (
    NOBODY,
    Parties,
    Promise,
    Proof,
    Way,
    carrier_of,
    says_something,
    shown_by,
)
from tests.property.wishes import Wish

# How long a number has been retired, and without sessions, before it may be released.
WAIT_MS = 300_000


@dataclass
class Model:
    """Every promise ever made, and the numbers of the pool, with the instants that order them.

    `matching` are those of everybody's own country, `retired` have the instant of that. A number is
    unhealthy with the seconds for which it goes on working for whoever leaves it, None: to the
    session's end. `memory` is what the sticky session of two people that was last written gave each
    of them.
    """

    now: int
    numbers: dict[E164, int]
    matching: frozenset[E164] = frozenset()
    retired: dict[E164, int] = field(default_factory=dict)
    unhealthy: dict[E164, int | None] = field(default_factory=dict)
    bad_carriers: set[str] = field(default_factory=set)
    promises: list[Promise] = field(default_factory=list)
    memory: dict[frozenset[E164], dict[E164, E164]] = field(default_factory=dict)

    def live(self) -> list[Promise]:
        return [promise for promise in self.promises if self.now < promise.expires_at]

    def ways(self) -> Iterator[tuple[Proof, Way]]:
        """All that ever led anywhere."""
        return (way for promise in self.promises for way in promise.ways())

    def open_ways(self) -> list[tuple[Proof, Way]]:
        """What leads somewhere now: on a number that was released, nothing does."""
        return [
            (proof, way)
            for proof, way in self.ways()
            if self.now < way.expires_at and proof.number in self.numbers
        ]

    # Who gets which number

    def pool_for(self, wish: Wish) -> list[E164]:
        """The numbers that the rules allow, in order."""
        return [
            number
            for number in sorted(self.numbers, key=lambda one: (self.numbers[one], one))
            if number not in self.retired
            and number not in self.unhealthy
            and (number in self.matching or not wish.is_geomatched)
            and carrier_of(number) not in self.bad_carriers
            and wish.carrier in {"", carrier_of(number)}
        ]

    def first_fit(self, request: SessionRequest) -> tuple[dict[Role, E164], Wish] | None:
        """The numbers that a new session must get, and for what; None if it must be refused."""
        for wish in Wish.of(request).lesser():
            last = self._last_numbers(request, wish)
            # Where they share one number, any that either of them knows will do.
            known = [last[role] for role in Role if role in last]
            own = {
                role: known if wish.strategy is Strategy.SHARED else [last.get(role, NOBODY)]
                for role in Role
            }
            free = {role: self.fitting(request, wish, role) for role in Role}
            apart = {role: self.apart(request, wish, role, free[role]) for role in Role}
            for choice in (apart, free):
                chosen = self.of_one_carrier(request, wish, choice, own)
                if chosen:
                    return chosen, wish
        return None

    def of_one_carrier(
        self,
        parties: Parties,
        wish: Wish,
        free: dict[Role, list[E164]],
        own: dict[Role, list[E164]],
    ) -> dict[Role, E164] | None:
        """Numbers that keep most of last time's, then of the carrier that comes first."""
        if wish.strategy is Strategy.SHARED:
            number = _preferred(free[Role.FIRST], own[Role.FIRST])
            return dict.fromkeys(Role, number) if number else None
        first, second = (_in_order(self.pool_for(wish), parties, role) for role in Role)
        kept = {role: [one for one in own[role] if one] for role in Role}
        parts = [
            (_among(first, kept[Role.FIRST]), _among(second, kept[Role.SECOND])),
            (_among(first, kept[Role.FIRST]), second),
            (first, _among(second, kept[Role.SECOND])),
            (first, second),
        ]
        for part in parts:
            for carrier in dict.fromkeys(map(carrier_of, part[0])):
                chosen = {}
                for role, allowed in zip(Role, part, strict=True):
                    own_kind = [one for one in allowed if carrier_of(one) == carrier]
                    chosen[role] = _preferred(_among(own_kind, free[role]), [])
                if all(chosen.values()):
                    return chosen
        return None

    def fitting(
        self,
        parties: Parties,
        wish: Wish,
        role: Role,
        besides: Promise | None = None,
        *,
        is_leaving: bool = False,
    ) -> list[E164]:
        """The numbers that a role may get, in order: open doors come from the far end of the pool.

        What `besides` has itself is no obstacle, and its carrier stays unless it `is_leaving`.
        """
        shown = [one for each in _alike(wish, role) for one in shown_by(parties, each)]
        free = self._free(self.pool_for(wish), shown, besides)
        if besides and not is_leaving:
            free = [number for number in free if carrier_of(number) == besides.carrier]
        return free[::-1] if _DOOR in shown else free

    def apart(
        self,
        parties: Parties,
        wish: Wish,
        role: Role,
        numbers: list[E164],
        besides: Promise | None = None,
    ) -> list[E164]:
        """The numbers on which no door meets what strangers hear: of others than `besides`."""
        minded = set()
        for each in _alike(wish, role):
            if _DOOR in shown_by(parties, each):
                minded |= {number for number in numbers if self.greeter(number)}
            elif says_something(parties.terms):
                minded |= {one.number for one in self._reserved(besides) if _is_door(one)}
        return [number for number in numbers if number not in minded]

    def fit_for_added(self, promise: Promise, person: E164) -> tuple[E164, Wish] | None:
        """The number that somebody who is added must get, or None if they must be refused."""
        role = promise.missing_role
        assert role is not None
        complete = replace(promise, parties=promise.parties | {role: person})
        # The carrier stays, whatever the ladder says.
        for wish in replace(promise.wish, carrier="").lesser():
            others = self.pool_for(wish) if wish.strategy is Strategy.PER_PARTY else []
            others = [number for number in others if carrier_of(number) == promise.carrier]
            shown = list(shown_by(complete, role))
            free = self._free([promise.numbers[role], *others], shown, promise)
            last = [self._last_numbers(complete, wish).get(role, NOBODY)]
            number = _preferred(free, last)
            if number != promise.numbers[role]:
                apart = self.apart(complete, wish, role, free, promise)
                number = _preferred(apart, last) or number
            if number:
                return number, replace(wish, carrier=promise.wish.carrier)
        return None

    def _last_numbers(self, parties: Parties, wish: Wish) -> dict[Role, E164]:
        """What the two had last time, if the session wants to know."""
        pair = frozenset(parties.party(role) for role in Role)
        known = self.memory.get(pair, {}) if wish.is_sticky else {}
        return {role: known[parties.party(role)] for role in Role if known}

    def remember(self, promise: Promise) -> None:
        """What the two have from now on, if their session is sticky."""
        if promise.wish.is_sticky and not promise.lone:
            self.memory[promise.pair] = promise.numbers_by_party

    def _free(
        self, numbers: list[E164], shown: list[tuple[RouteKind, str]], besides: Promise | None
    ) -> list[E164]:
        taken = self._reserved(besides)
        return [
            number
            for number in numbers
            if not any(Proof(kind, what, number) in taken for kind, what in shown)
        ]

    def held_by(self, person: E164) -> set[E164]:
        """The numbers on which somebody has a session or, for the cool-off, had one."""
        return {
            proof.number
            for proof in self._reserved()
            if (proof.kind, proof.shown) == (RouteKind.PARTY, person)
        }

    def _reserved(self, besides: Promise | None = None) -> set[Proof]:
        return {
            proof
            for proof, way in self.ways()
            if self.now < way.reusable_at and way.promise is not besides
        }

    # Who reaches whom

    def way_for(self, caller: E164, dialled: E164) -> Way | None:
        """Where a call leads before anybody is asked: by the caller's phone, or an open door.

        A door takes nobody where strangers hear something, nor whose own session cools off there.
        """
        ways = dict(self.open_ways())
        own = ways.get(Proof(RouteKind.PARTY, caller, dialled)) if caller else None
        door = ways.get(Proof(*_DOOR, dialled))
        is_shut = self.greeter(dialled) or self.is_cooling_off(caller, dialled)
        return own or (None if is_shut or (door and caller == door.promise.lone) else door)

    def is_cooling_off(self, caller: E164, dialled: E164) -> bool:
        """Whether somebody's session on a number is over, and the number not free for them yet."""
        return Proof(RouteKind.PARTY, caller, dialled) in self.cooling()

    def cooling(self) -> list[Proof]:
        """The phones whose sessions are over, with the numbers that are not free for them yet."""
        return [
            proof
            for proof, way in self.ways()
            if way.expires_at <= self.now < way.reusable_at
            and proof.kind is RouteKind.PARTY
            and proof.number in self.numbers
        ]

    def greeter(self, dialled: E164) -> Promise | None:
        """Whom a stranger hears: of the sessions there those with PINs first, then the newest."""
        found = [
            way.promise
            for proof, way in self.open_ways()
            if proof.number == dialled and way.promise.speaks_on(dialled)
        ]
        return max(
            found,
            key=lambda one: (one.terms.pin is not None, one.created_at, one.session_uuid),
            default=None,
        )

    def proven(self, caller: E164, dialled: E164, digits: str) -> Way | None:
        """Where a PIN leads. Nobody is connected to their own phone."""
        way = dict(self.open_ways()).get(Proof(RouteKind.PIN, digits, dialled))
        return None if way is None or (caller != NOBODY and way.peer == caller) else way

    # Time

    def is_releasable(self, number: E164) -> bool:
        """Whether the wait is over since a number was retired, and since its last session."""
        ends = (way.expires_at for proof, way in self.ways() if proof.number == number)
        return max([self.retired[number], *ends]) + WAIT_MS <= self.now

    def due(self) -> list[Promise]:
        """Those whose timeouts are to be told now."""
        return [
            promise
            for promise in self.promises
            if promise.timeout_at is not None and promise.timeout_at <= self.now
        ]

    def instants(self) -> list[int]:
        """The moments ahead at which something ends."""
        ends = {way.expires_at for _, way in self.ways()}
        ends |= {way.reusable_at for _, way in self.ways()}
        ends |= {promise.line.until for promise in self.promises if promise.line}
        ends |= {retired_at + WAIT_MS for retired_at in self.retired.values()}
        return sorted(end for end in ends if self.now <= end)


_DOOR = (RouteKind.OPEN, "")


def _is_door(proof: Proof) -> bool:
    return (proof.kind, proof.shown) == _DOOR


def _among(numbers: list[E164], wanted: list[E164]) -> list[E164]:
    return [number for number in numbers if number in wanted]


def _in_order(pool: list[E164], parties: Parties, role: Role) -> list[E164]:
    """Open doors come from the far end of the pool."""
    return pool[::-1] if _DOOR in shown_by(parties, role) else pool


def _alike(wish: Wish, role: Role) -> list[Role]:
    """The roles that get the number that a role gets."""
    return list(Role) if wish.strategy is Strategy.SHARED else [role]


def _preferred(free: list[E164], last: list[E164]) -> E164:
    """Last time's number if it is free, else the first that is, "" if none is."""
    return next((number for number in (*last, *free) if number in free), NOBODY)
