"""What Maskline promises, in plain Python: who gets which number, and who reaches whom."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from maskline.domain.phone_numbers import E164
from maskline.domain.routing import RouteKind
from maskline.domain.session_requests import SessionRequest
from maskline.domain.sessions import Role, Strategy
from tests.property.promises import NOBODY, Parties, Promise, Proof, Way, shown_by
from tests.property.wishes import Wish


@dataclass
class Model:
    """Every promise ever made, and the numbers, in the order of the pool.

    `matching` are those of everybody's own country. A number is unhealthy with the seconds for
    which it goes on working for whoever leaves it, None: to the session's end. `memory` is what the
    sticky session of two people that was last written gave each of them.
    """

    now: int
    numbers: list[E164]
    matching: frozenset[E164] = frozenset()
    retired: set[E164] = field(default_factory=set)
    unhealthy: dict[E164, int | None] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)
    memory: dict[frozenset[E164], dict[E164, E164]] = field(default_factory=dict)

    def live(self) -> list[Promise]:
        return [promise for promise in self.promises if self.now < promise.expires_at]

    def ways(self) -> Iterator[tuple[Proof, Way]]:
        """All that ever led anywhere."""
        return (way for promise in self.promises for way in promise.ways())

    def open_ways(self) -> list[tuple[Proof, Way]]:
        """What leads somewhere now."""
        return [(proof, way) for proof, way in self.ways() if self.now < way.expires_at]

    # Who gets which number

    def pool_for(self, wish: Wish) -> list[E164]:
        """The numbers that the rules allow, in order."""
        return [
            number
            for number in self.numbers
            if number not in self.retired
            and number not in self.unhealthy
            and (number in self.matching or not wish.is_geomatched)
        ]

    def first_fit(self, request: SessionRequest) -> tuple[dict[Role, E164], Wish] | None:
        """The numbers that a new session must get, and for what; None if it must be refused."""
        for wish in Wish.of(request).lesser():
            last = self._last_numbers(request, wish)
            # Where they share one number, any that either of them knows will do.
            known = [last[role] for role in Role if role in last]
            chosen = {}
            for role in Role:
                own = known if wish.strategy is Strategy.SHARED else [last.get(role, NOBODY)]
                chosen[role] = _preferred(self.fitting(request, wish, role), own)
            if all(chosen.values()):
                return chosen, wish
        return None

    def fitting(
        self, parties: Parties, wish: Wish, role: Role, besides: Promise | None = None
    ) -> list[E164]:
        """The numbers that a role may get, best first. What `besides` has itself is no obstacle."""
        roles = list(Role) if wish.strategy is Strategy.SHARED else [role]
        shown = [one for each in roles for one in shown_by(parties, each)]
        return self._free(self.pool_for(wish), shown, besides)

    def fit_for_added(self, promise: Promise, person: E164) -> tuple[E164, Wish] | None:
        """The number that somebody who is added must get, or None if they must be refused."""
        role = promise.missing_role
        assert role is not None
        complete = replace(promise, parties=promise.parties | {role: person})
        for wish in promise.wish.lesser():
            others = self.pool_for(wish) if wish.strategy is Strategy.PER_PARTY else []
            shown = list(shown_by(complete, role))
            free = self._free([promise.numbers[role], *others], shown, promise)
            last = self._last_numbers(complete, wish)
            if number := _preferred(free, [last.get(role, NOBODY)]):
                return number, wish
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
        """Where a call leads before anybody is asked: by the caller's phone, or an open door."""
        ways = dict(self.open_ways())
        own = ways.get(Proof(RouteKind.PARTY, caller, dialled)) if caller else None
        door = ways.get(Proof(RouteKind.OPEN, "", dialled))
        is_behind_it = door is not None and caller == door.promise.lone
        return own or (None if is_behind_it else door)

    def prompter(self, dialled: E164) -> Promise | None:
        """Whose prompt a stranger hears: that of the number's newest session with PINs."""
        found = [
            way.promise
            for proof, way in self.open_ways()
            if proof.kind is RouteKind.PIN and proof.number == dialled
        ]
        return max(found, key=lambda one: (one.created_at, one.session_uuid), default=None)

    def proven(self, caller: E164, dialled: E164, digits: str) -> Way | None:
        """Where a PIN leads. Nobody is connected to their own phone."""
        way = dict(self.open_ways()).get(Proof(RouteKind.PIN, digits, dialled))
        return None if way is None or (caller != NOBODY and way.peer == caller) else way

    # Time

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
        return sorted(end for end in ends if self.now <= end)


def _preferred(free: list[E164], last: list[E164]) -> E164:
    """Last time's number if it is free, else the first that is, "" if none is."""
    return next((number for number in (*last, *free) if number in free), NOBODY)
