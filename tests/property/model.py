"""What Maskline promises, in plain Python: who is in which session, and who reaches whom."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Rung, Strategy

Pair = tuple[E164, E164]


NOBODY = E164("")


@dataclass(frozen=True)
class Wish:
    """What a session is to be like; `ladder` is what it would give up, `given_up` what it has."""

    strategy: Strategy
    is_geomatched: bool
    ladder: tuple[Rung, ...] = ()
    is_sticky: bool = False
    given_up: tuple[Rung, ...] = ()

    def lesser(self) -> "Iterator[Wish]":
        """The wish itself, then with more and more given up."""
        yield self
        wish = self
        for rung in self.ladder:
            if rung is Rung.ANY_COUNTRY and wish.is_geomatched:
                wish = replace(wish, is_geomatched=False, given_up=(*wish.given_up, rung))
                yield wish
            if rung is Rung.PER_PARTY and wish.strategy is Strategy.SHARED:
                wish = replace(wish, strategy=Strategy.PER_PARTY, given_up=(*wish.given_up, rung))
                yield wish


@dataclass
class Promise:
    """A session as a client was told of it. The party that nobody is yet is ""."""

    session_uuid: str
    first: E164
    second: E164
    first_number: E164
    second_number: E164
    expires_at: int
    timeout_at: int | None
    wish: Wish
    cooloff_seconds: int = 0
    caller: E164 | None = None
    line_until: int = 0
    last_outsider: E164 = NOBODY

    @property
    def pairs(self) -> dict[Pair, tuple[E164, E164]]:
        """(caller, dialled) to (peer, the number that the peer sees)."""
        sides = [
            ((self.first, self.first_number), (self.second, self.second_number)),
            ((self.second, self.second_number), (self.first, self.first_number)),
        ]
        return {
            (party, number): (peer or self.last_outsider, shown)
            for (party, number), (peer, shown) in sides
            if party
        }

    @property
    def reusable_at(self) -> int:
        return self.expires_at + self.cooloff_seconds * 1000

    @property
    def lone(self) -> E164:
        """The only party, "" where there are two."""
        return NOBODY if self.first and self.second else self.first or self.second

    @property
    def door(self) -> E164:
        """The number on which anybody reaches the lone party, "" where there is none."""
        return self.missing_number if self.lone else NOBODY

    @property
    def missing_number(self) -> E164:
        return self.second_number if self.first else self.first_number

    def reached_by(self, caller: E164, dialled: E164) -> tuple[E164, E164]:
        """The peer, and the number that the peer sees."""
        if (caller, dialled) in self.pairs:
            return self.pairs[caller, dialled]
        [(_, lone_number)] = self.pairs
        return self.lone, lone_number

    def is_busy_for(self, caller: E164, now: int) -> bool:
        """A phone takes over from itself, and a withheld number from nobody."""
        is_held = self.caller is not None and now < self.line_until
        return is_held and (caller == NOBODY or caller != self.caller)

    def add(self, person: E164, number: E164, wish: Wish) -> None:
        self.wish = wish
        if self.first:
            self.second, self.second_number = person, number
        else:
            self.first, self.first_number = person, number
        self.last_outsider = NOBODY


@dataclass
class Model:
    """Every promise ever made, and the numbers that new ones may use.

    `matching` are those of everybody's own country; `memory` is what the newest sticky session of
    two people gave each of them.
    """

    now: int
    pool: list[E164] = field(default_factory=list)
    matching: frozenset[E164] = frozenset()
    promises: list[Promise] = field(default_factory=list)
    memory: dict[frozenset[E164], dict[E164, E164]] = field(default_factory=dict)

    def live(self) -> Iterator[Promise]:
        return (promise for promise in self.promises if self.now < promise.expires_at)

    def taken(self) -> list[Pair]:
        return [pair for promise in self.live() for pair in promise.pairs]

    def doors(self) -> list[E164]:
        return [promise.door for promise in self.live() if promise.door]

    def held_by(self, person: E164) -> set[E164]:
        """The numbers that a person has a session on or, for the cool-off, had one.

        For nobody, those with an open door.
        """
        if person == NOBODY:
            return set(self.doors())
        reserved = (promise for promise in self.promises if self.now < promise.reusable_at)
        pairs = [pair for promise in reserved for pair in promise.pairs]
        return {number for party, number in pairs if party == person}

    def promise_for(self, caller: E164, dialled: E164) -> Promise | None:
        """The live session that a call belongs to, if any: the caller's own before an open door."""
        found = [promise for promise in self.live() if (caller, dialled) in promise.pairs]
        found = found or [
            promise for promise in self.live() if promise.door == dialled and promise.lone != caller
        ]
        assert len(found) <= 1
        return found[0] if found else None

    def fit(self, first: E164, second: E164, wish: Wish) -> tuple[tuple[E164, E164], Wish] | None:
        """The numbers that a new session must get, and for what; None if it must be refused."""
        for lesser in wish.lesser():
            numbers = self._fit_as_wished(first, second, lesser)
            if numbers:
                return numbers, lesser
        return None

    def _fit_as_wished(self, first: E164, second: E164, wish: Wish) -> tuple[E164, E164] | None:
        pool = self.pool_for(is_geomatched=wish.is_geomatched)
        for_first = _free(pool, self.held_by(first))
        for_second = _free(pool, self.held_by(second))
        last = self._last_numbers(first, second, wish)
        if wish.strategy is Strategy.SHARED:
            both = [number for number in for_first if number in for_second]
            number = _preferred(both, last)
            return (number, number) if number else None
        own, other = _preferred(for_first, last[:1]), _preferred(for_second, last[1:])
        return (own, other) if own and other else None

    def fit_for_added(self, promise: Promise, person: E164) -> tuple[E164, Wish] | None:
        """The number that somebody who is added must get, or None if they must be refused."""
        held = self.held_by(person)
        for lesser in promise.wish.lesser():
            others = self.pool_for(is_geomatched=lesser.is_geomatched)
            per_party = others if lesser.strategy is Strategy.PER_PARTY else []
            free = _free((promise.door, *per_party), held)
            number = _preferred(free, self._last_numbers(person, promise.lone, lesser)[:1])
            if number:
                return number, lesser
        return None

    def _last_numbers(self, first: E164, second: E164, wish: Wish) -> list[E164]:
        """Of each in turn, if the session wants to know."""
        known = self.memory.get(frozenset((first, second)), {}) if wish.is_sticky else {}
        return [known[person] for person in (first, second) if person in known]

    def remember(self, promise: Promise) -> None:
        """What the two have from now on, if their session is sticky."""
        if promise.wish.is_sticky and not promise.lone:
            self.memory[frozenset((promise.first, promise.second))] = {
                promise.first: promise.first_number,
                promise.second: promise.second_number,
            }

    def pool_for(self, *, is_geomatched: bool) -> list[E164]:
        """The numbers that a session may use, in order."""
        return [one for one in self.pool if not is_geomatched or one in self.matching]

    def due(self) -> int:
        """How many timeouts are to be told now."""
        return sum(
            promise.timeout_at is not None and promise.timeout_at <= self.now
            for promise in self.promises
        )


def _free(pool: Iterable[E164], held: set[E164]) -> list[E164]:
    return [number for number in pool if number not in held]


def _preferred(free: Sequence[E164], last: Sequence[E164]) -> E164 | None:
    """Last time's number if it is free, else the first that is."""
    return next((number for number in (*last, *free) if number in free), None)
