"""What Maskline promises, in plain Python: who is in which session, and who reaches whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Strategy

Pair = tuple[E164, E164]


NOBODY = E164("")


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
    strategy: Strategy
    cooloff_seconds: int = 0
    is_geomatched: bool = False
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

    def add(self, person: E164, number: E164) -> None:
        if self.first:
            self.second, self.second_number = person, number
        else:
            self.first, self.first_number = person, number
        self.last_outsider = NOBODY


@dataclass
class Model:
    """Every promise ever made, and the numbers that new ones may use.

    `matching` are those of everybody's own country.
    """

    now: int
    pool: list[E164] = field(default_factory=list)
    matching: frozenset[E164] = frozenset()
    promises: list[Promise] = field(default_factory=list)

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

    def first_fit(
        self, first: E164, second: E164, strategy: Strategy, *, is_geomatched: bool = False
    ) -> tuple[E164, E164] | None:
        """The numbers that a new session must get, or None if it must be refused."""
        pool = self.pool_for(is_geomatched=is_geomatched)
        for_first = _free(pool, self.held_by(first))
        for_second = _free(pool, self.held_by(second))
        if strategy is Strategy.SHARED:
            both = [number for number in for_first if number in for_second]
            return (both[0], both[0]) if both else None
        return (for_first[0], for_second[0]) if for_first and for_second else None

    def fit_for_added(self, promise: Promise, person: E164) -> E164 | None:
        """The number that somebody who is added must get, or None if they must be refused."""
        pool = self.pool_for(is_geomatched=promise.is_geomatched)
        others = pool if promise.strategy is Strategy.PER_PARTY else []
        held = self.held_by(person)
        return next((one for one in (promise.door, *others) if one not in held), None)

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
