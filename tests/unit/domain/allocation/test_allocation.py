"""First fit: which numbers a session gets, and how many numbers that takes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.allocation.choice import Allocation, Candidates, Holdings, choose_numbers
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Strategy
from tests.support import builders
from tests.support.builders import virtual

NOTHING_HELD = Holdings(first=(), second=())


def alike(pool: Sequence[VirtualNumber]) -> Candidates:
    """Both parties may be given any number of the pool."""
    return Candidates(pool, pool)


def numbers_of(allocation: Allocation) -> tuple[E164, E164]:
    return allocation.first.number, allocation.second.number


@pytest.mark.parametrize("strategy", Strategy)
def test_free_parties_get_the_first_number_of_the_pool(strategy: Strategy) -> None:
    chosen = choose_numbers(alike(builders.pool(3)), NOTHING_HELD, strategy)

    assert numbers_of(chosen) == (virtual(0), virtual(0))


def test_shared_skips_a_number_that_either_party_holds() -> None:
    holdings = Holdings(first={virtual(0)}, second={virtual(1)})

    chosen = choose_numbers(alike(builders.pool(3)), holdings, Strategy.SHARED)

    assert numbers_of(chosen) == (virtual(2), virtual(2))


def test_per_party_gives_each_the_first_number_that_it_does_not_hold() -> None:
    holdings = Holdings(first={virtual(0), virtual(1)}, second={virtual(0)})

    chosen = choose_numbers(alike(builders.pool(3)), holdings, Strategy.PER_PARTY)

    assert numbers_of(chosen) == (virtual(2), virtual(1))


def test_shared_is_refused_where_per_party_still_fits() -> None:
    holdings = Holdings(first={virtual(0)}, second={virtual(1)})

    with pytest.raises(PoolExhaustedError):
        choose_numbers(alike(builders.pool(2)), holdings, Strategy.SHARED)

    chosen = choose_numbers(alike(builders.pool(2)), holdings, Strategy.PER_PARTY)
    assert numbers_of(chosen) == (virtual(1), virtual(0))


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("size", [0, 2])
def test_a_party_that_holds_the_whole_pool_is_refused(strategy: Strategy, size: int) -> None:
    holdings = Holdings(first={virtual(0), virtual(1)}, second=())

    with pytest.raises(PoolExhaustedError):
        choose_numbers(alike(builders.pool(size)), holdings, strategy)


def test_numbers_held_outside_the_pool_take_nothing_away() -> None:
    holdings = Holdings(first={virtual(7)}, second={virtual(8)})

    chosen = choose_numbers(alike(builders.pool(1)), holdings, Strategy.SHARED)

    assert numbers_of(chosen) == (virtual(0), virtual(0))


def two_carriers() -> list[VirtualNumber]:
    return [
        builders.virtual_number(0, carrier="one"),
        builders.virtual_number(1, carrier="two"),
        builders.virtual_number(2, carrier="two"),
    ]


def test_both_numbers_of_a_session_belong_to_one_carrier() -> None:
    holdings = Holdings(first={virtual(0)}, second=())

    chosen = choose_numbers(alike(two_carriers()), holdings, Strategy.PER_PARTY)

    assert numbers_of(chosen) == (virtual(1), virtual(1))


def test_per_party_is_refused_when_no_single_carrier_serves_both() -> None:
    holdings = Holdings(first={virtual(0)}, second={virtual(1), virtual(2)})

    with pytest.raises(PoolExhaustedError):
        choose_numbers(alike(two_carriers()), holdings, Strategy.PER_PARTY)


@dataclass
class Town:
    """People with live sessions between them, each at most in `limit` at a time."""

    limit: int
    strategy: Strategy
    pool: Sequence[VirtualNumber]
    sessions: list[tuple[int, int, Allocation]] = field(default_factory=list)

    def has_room(self, first: int, second: int) -> bool:
        degree = Counter(person for one in self.sessions for person in one[:2])
        return first != second and max(degree[first], degree[second]) < self.limit

    def join(self, first: int, second: int) -> None:
        held = self.held()
        holdings = Holdings(held[first], held[second])
        chosen = choose_numbers(alike(self.pool), holdings, self.strategy)
        self.sessions.append((first, second, chosen))

    def held(self) -> dict[int, list[E164]]:
        numbers: dict[int, list[E164]] = defaultdict(list)
        for first, second, chosen in self.sessions:
            numbers[first].append(chosen.first.number)
            numbers[second].append(chosen.second.number)
        return numbers

    def is_unambiguous(self) -> bool:
        return all(len(set(numbers)) == len(numbers) for numbers in self.held().values())


# A step joins two people or, given no second one, ends some session.
steps = st.lists(
    st.tuples(st.integers(0, 5), st.one_of(st.integers(0, 5), st.none())), min_size=1, max_size=80
)


def live_through(town: Town, moves: list[tuple[int, int | None]]) -> None:
    for first, second in moves:
        if second is not None and town.has_room(first, second):
            town.join(first, second)
        elif second is None and town.sessions:
            town.sessions.pop(first % len(town.sessions))
        assert town.is_unambiguous()


@given(limit=st.integers(1, 4), moves=steps)
def test_per_party_needs_as_many_numbers_as_the_busiest_person_has_sessions(
    limit: int, moves: list[tuple[int, int | None]]
) -> None:
    live_through(Town(limit, Strategy.PER_PARTY, builders.pool(limit)), moves)


@given(limit=st.integers(1, 4), moves=steps)
def test_shared_needs_at_most_twice_that_less_one(
    limit: int, moves: list[tuple[int, int | None]]
) -> None:
    live_through(Town(limit, Strategy.SHARED, builders.pool(2 * limit - 1)), moves)


@given(
    strategy=st.sampled_from(Strategy),
    size=st.integers(0, 5),
    first=st.sets(st.integers(0, 5).map(virtual)),
    second=st.sets(st.integers(0, 5).map(virtual)),
)
def test_a_refusal_means_that_every_number_is_taken(
    strategy: Strategy, size: int, first: set[E164], second: set[E164]
) -> None:
    numbers = {number.number for number in builders.pool(size)}
    is_full = (
        numbers <= first | second
        if strategy is Strategy.SHARED
        else numbers <= first or numbers <= second
    )

    try:
        chosen = numbers_of(
            choose_numbers(alike(builders.pool(size)), Holdings(first, second), strategy)
        )
    except PoolExhaustedError:
        assert is_full
    else:
        assert not is_full
        assert chosen[0] not in first
        assert chosen[1] not in second
