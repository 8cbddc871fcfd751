"""A deployment on AWS in amounts, second by second: what comes in, what it takes, what has to wait.

Sessions are created at an even rate, by chance (Poisson). What each asks for later, its call, its
callbacks, its timeout, comes so many seconds after it. All that is asked for in a second shares
what there is of each resource in that second, every kind of work in proportion. Amounts are
followed, not sessions: ten thousand a second cost no more to simulate than ten.
"""

import math
import operator
import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# A shortage is one of over a thousandth of what is wanted: less is a busy second now and then.
_SHORTAGE = 0.001
# From so many arrivals a second on, Poisson's chance is as good as normal.
_NORMAL_FROM = 30
_SWEEP_SECONDS = 60
# What is left of an amount by rounding.
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Work:
    """An operation that comes `after` seconds, one or more, behind each of those that it `follows`.

    What follows nothing comes from outside. It comes `times` for each of them, and `takes` so much
    of each resource, by name. What `waits` is done later if it cannot be done now; anything else is
    lost then, with all that would follow. What is swept waits for the next minute's beginning.
    """

    name: str
    takes: Mapping[str, float]
    follows: tuple[str, ...] = ()
    after: int = 1
    times: float = 1
    waits: bool = True
    is_swept: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """`most` of it a second. If sharded there is so much in each shard, and a session has its own.

    What a second leaves is there in the next, as in a token bucket of one second. A gate stands
    before everything else: what it holds back asks for nothing behind it.
    """

    name: str
    most: float
    is_sharded: bool = False
    is_gate: bool = False


@dataclass(slots=True)
class Fate:
    """What became of one kind of work: amounts, and the longest that any waits, in seconds."""

    done: float = 0
    lost: float = 0
    lost_at_gate: float = 0
    waited: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """By work what became of it; `short` are the resources that gave way and when, first first."""

    fates: Mapping[str, Fate]
    short: Mapping[str, int]


# Of each kind of work how much, in each shard.
_Amounts = Sequence[tuple[Work, Sequence[float]]]


class Simulation:
    def __init__(
        self, works: Sequence[Work], resources: Sequence[Resource], *, shards: int, seed: int
    ) -> None:
        self._works = works
        self._gates = [one for one in resources if one.is_gate]
        self._others = [one for one in resources if not one.is_gate]
        self._shards = range(shards)
        self._chance = random.Random(seed)
        self._queues = {work.name: [_Queue() for _ in self._shards] for work in works}
        self._fates = {work.name: Fate() for work in works}
        self._buckets = {
            one.name: [_Bucket(one.most) for _ in (self._shards if one.is_sharded else (0,))]
            for one in resources
        }
        self._later: dict[int, list[tuple[str, int, float]]] = {}

    def run(self, sessions_per_second: float, seconds: int) -> Outcome:
        """What became of everything that was due in so many seconds."""
        for second in range(seconds):
            self._arrive(sessions_per_second, second)
            wanted = [
                (work, [_wanted(work, queue, second) for queue in self._queues[work.name]])
                for work in self._works
            ]
            passed = self._through(self._gates, wanted, second)
            self._lose_of(wanted, passed, at_gate=True)
            done = self._through(self._others, passed, second)
            self._lose_of(passed, done)
            for work, amounts in done:
                self._settle(work, amounts, second)
        return self._outcome(seconds)

    def _arrive(self, sessions_per_second: float, second: int) -> None:
        for work in self._works:
            for shard in self._shards if not work.follows else ():
                amount = self._poisson(sessions_per_second / len(self._shards))
                self._queues[work.name][shard].add(second, amount)
        for name, shard, amount in self._later.pop(second, ()):
            self._queues[name][shard].add(second, amount)

    def _poisson(self, mean: float) -> float:
        if mean >= _NORMAL_FROM:
            return max(0, round(self._chance.gauss(mean, mean**0.5)))
        count, at = 0, self._chance.expovariate(1)
        while at < mean:
            count, at = count + 1, at + self._chance.expovariate(1)
        return count

    def _through(self, resources: Sequence[Resource], asking: _Amounts, second: int) -> _Amounts:
        """What is left of the amounts, each with the least of its shares of what it takes."""
        shares = {one.name: self._shares(one, asking, second) for one in resources}
        left = []
        for work, amounts in asking:
            of_work = [shares[name] for name in work.takes if name in shares]
            least = [min((one[shard] for one in of_work), default=1.0) for shard in self._shards]
            left.append((work, list(map(operator.mul, amounts, least))))
        return left

    def _shares(self, resource: Resource, asking: _Amounts, second: int) -> list[float]:
        """Of a resource, which part of what is asked of it there is, in each shard."""
        asked = [
            sum(amounts[shard] * work.takes.get(resource.name, 0) for work, amounts in asking)
            for shard in self._shards
        ]
        buckets = self._buckets[resource.name]
        if resource.is_sharded:
            return [bucket.share(one, second) for bucket, one in zip(buckets, asked, strict=True)]
        return [buckets[0].share(sum(asked), second)] * len(asked)

    def _settle(self, work: Work, amounts: Sequence[float], second: int) -> None:
        """It is done, and what follows it will be due."""
        self._fates[work.name].done += sum(amounts)
        for shard, amount in enumerate(amounts):
            self._queues[work.name][shard].take(amount)
            for next_one in self._works:
                if work.name in next_one.follows and amount:
                    entry = (next_one.name, shard, amount * next_one.times)
                    self._later.setdefault(second + next_one.after, []).append(entry)

    def _lose_of(self, asked: _Amounts, given: _Amounts, *, at_gate: bool = False) -> None:
        """The difference of what does not wait."""
        for (work, amounts), (_, left) in zip(asked, given, strict=True):
            for shard, lost in enumerate(map(operator.sub, amounts, left)):
                if lost and not work.waits:
                    self._queues[work.name][shard].take(lost)
                    self._fates[work.name].lost += lost
                    self._fates[work.name].lost_at_gate += lost if at_gate else 0

    def _outcome(self, seconds: int) -> Outcome:
        for name, queues in self._queues.items():
            self._fates[name].waited = max(seconds - queue.oldest(seconds) for queue in queues)
        since = {
            name: min((one.short_since for one in buckets), default=math.inf)
            for name, buckets in self._buckets.items()
        }
        in_order = sorted(since.items(), key=lambda entry: entry[1])
        return Outcome(self._fates, {name: int(at) for name, at in in_order if at < math.inf})


def _wanted(work: Work, queue: "_Queue", second: int) -> float:
    """Of what waits in a queue. A sweep spreads over its minute what was due when it began."""
    if not work.is_swept:
        return queue.waiting
    gone = second % _SWEEP_SECONDS
    return queue.due_before(second - gone) / (_SWEEP_SECONDS - gone)


@dataclass(slots=True)
class _Bucket:
    """Of a resource, or a shard of it: what was asked of it so far, what of that it lacked."""

    most: float
    short_since: float = math.inf
    _spare: float = 0
    _asked: float = 0
    _lacked: float = 0

    def share(self, asked: float, second: int) -> float:
        """Which part there is of what is asked of it in a second: it is asked once in each."""
        there = self.most + self._spare
        self._spare = min(self.most, max(0.0, there - asked))
        self._asked += asked
        self._lacked += max(0.0, asked - there)
        if self._lacked > _SHORTAGE * self._asked:
            self.short_since = min(self.short_since, second)
        return there / asked if asked > there else 1.0


@dataclass(slots=True)
class _Queue:
    """What is to be done of one kind of work in one shard, by the second it was due."""

    waiting: float = 0
    _due: deque[tuple[int, float]] = field(default_factory=deque)

    def add(self, second: int, amount: float) -> None:
        if amount:
            self._due.append((second, amount))
            self.waiting += amount

    def take(self, amount: float) -> None:
        self.waiting -= amount
        while self._due and amount >= self._due[0][1] - _NOTHING:
            amount -= self._due.popleft()[1]
        if self._due and amount > 0:
            second, there = self._due[0]
            self._due[0] = (second, there - amount)

    def due_before(self, second: int) -> float:
        return sum(amount for due, amount in self._due if due < second)

    def oldest(self, otherwise: int) -> int:
        return self._due[0][0] if self._due else otherwise
