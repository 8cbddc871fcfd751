"""What Maskline promises, in plain Python: who is in which session, and who reaches whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Strategy

Pair = tuple[E164, E164]


@dataclass
class Promise:
    """A session as a client was told of it."""

    session_uuid: str
    first: E164
    second: E164
    first_number: E164
    second_number: E164
    expires_at: int
    timeout_at: int | None
    caller: E164 | None = None
    line_until: int = 0

    @property
    def pairs(self) -> dict[Pair, tuple[E164, E164]]:
        """(caller, dialled) to (peer, the number that the peer sees)."""
        return {
            (self.first, self.first_number): (self.second, self.second_number),
            (self.second, self.second_number): (self.first, self.first_number),
        }

    def is_busy_for(self, caller: E164, now: int) -> bool:
        return self.caller not in {None, caller} and now < self.line_until


@dataclass
class Model:
    """Every promise ever made, and the numbers that new ones may use."""

    now: int
    pool: list[E164] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)

    def live(self) -> Iterator[Promise]:
        return (promise for promise in self.promises if self.now < promise.expires_at)

    def taken(self) -> list[Pair]:
        return [pair for promise in self.live() for pair in promise.pairs]

    def held_by(self, person: E164) -> set[E164]:
        return {number for party, number in self.taken() if party == person}

    def promise_for(self, caller: E164, dialled: E164) -> Promise | None:
        """The live session that a call belongs to, if any."""
        found = [promise for promise in self.live() if (caller, dialled) in promise.pairs]
        assert len(found) <= 1
        return found[0] if found else None

    def first_fit(self, first: E164, second: E164, strategy: Strategy) -> tuple[E164, E164] | None:
        """The numbers that a new session must get, or None if it must be refused."""
        for_first = self._free(self.held_by(first))
        for_second = self._free(self.held_by(second))
        if strategy is Strategy.SHARED:
            both = [number for number in for_first if number in for_second]
            return (both[0], both[0]) if both else None
        return (for_first[0], for_second[0]) if for_first and for_second else None

    def _free(self, held: Iterable[E164]) -> list[E164]:
        return [number for number in self.pool if number not in set(held)]

    def due(self) -> int:
        """How many timeouts are to be told now."""
        return sum(
            promise.timeout_at is not None and promise.timeout_at <= self.now
            for promise in self.promises
        )
