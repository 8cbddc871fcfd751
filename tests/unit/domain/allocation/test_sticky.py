"""Sticky sessions: last time's numbers where they are free, first fit where they are not."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.allocation.choice import Candidates, Holdings, choose_numbers
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Strategy
from tests.support import builders
from tests.support.builders import virtual

FREE = Holdings(first=(), second=())
SIZE = 4


def last(first: int, second: int) -> Mapping[Role, E164]:
    return {Role.FIRST: virtual(first), Role.SECOND: virtual(second)}


def chosen(
    strategy: Strategy,
    known: Mapping[Role, E164],
    holdings: Holdings = FREE,
    *,
    pool: list[VirtualNumber] | None = None,
) -> tuple[E164, E164]:
    pool = builders.pool(SIZE) if pool is None else pool
    found = choose_numbers(Candidates(pool, pool), holdings, strategy, last=known)
    return found.first.number, found.second.number


def test_the_same_number_is_shared_again() -> None:
    assert chosen(Strategy.SHARED, last(2, 2)) == (virtual(2), virtual(2))


def test_each_gets_their_own_number_again() -> None:
    assert chosen(Strategy.PER_PARTY, last(3, 1)) == (virtual(3), virtual(1))


def test_whoever_cannot_have_theirs_gets_the_first_that_is_free() -> None:
    first_taken = Holdings(first={virtual(3)}, second=())
    second_taken = Holdings(first=(), second={virtual(1)})

    assert chosen(Strategy.PER_PARTY, last(3, 1), first_taken) == (virtual(0), virtual(1))
    assert chosen(Strategy.PER_PARTY, last(3, 1), second_taken) == (virtual(3), virtual(0))


def test_a_pair_that_had_a_number_each_shares_one_that_either_knows() -> None:
    assert chosen(Strategy.SHARED, last(3, 1)) == (virtual(3), virtual(3))
    taken = Holdings(first=(), second={virtual(3)})
    assert chosen(Strategy.SHARED, last(3, 1), taken) == (virtual(1), virtual(1))


@pytest.mark.parametrize("strategy", Strategy)
def test_a_number_that_left_the_pool_is_forgotten(strategy: Strategy) -> None:
    assert chosen(strategy, last(9, 9)) == (virtual(0), virtual(0))


def test_both_numbers_are_still_of_one_carrier() -> None:
    pool = [
        builders.virtual_number(0, carrier="one"),
        builders.virtual_number(1, carrier="two"),
        builders.virtual_number(2, carrier="two"),
    ]

    assert chosen(Strategy.PER_PARTY, last(0, 2), pool=pool) == (virtual(0), virtual(0))
    taken = Holdings(first={virtual(0)}, second=())
    assert chosen(Strategy.PER_PARTY, last(0, 2), taken, pool=pool) == (virtual(1), virtual(2))


numbers = st.integers(0, SIZE).map(virtual)


@given(
    strategy=st.sampled_from(Strategy),
    first=st.sets(numbers),
    second=st.sets(numbers),
    known=st.tuples(numbers, numbers),
)
def test_it_is_refused_exactly_when_first_fit_is_and_never_gives_what_is_held(
    strategy: Strategy, first: set[E164], second: set[E164], known: tuple[E164, E164]
) -> None:
    holdings = Holdings(first, second)
    remembered = dict(zip(Role, known, strict=True))
    try:
        plain = chosen(strategy, {}, holdings)
    except PoolExhaustedError:
        with pytest.raises(PoolExhaustedError):
            chosen(strategy, remembered, holdings)
        return

    got = chosen(strategy, remembered, holdings)

    pool = {number.number for number in builders.pool(SIZE)}
    assert set(got) <= pool
    assert got[0] not in first
    assert got[1] not in second
    assert (got[0] == got[1]) or strategy is Strategy.PER_PARTY
    is_free = [one in pool - held for one, held in zip(known, (first, second), strict=True)]
    if strategy is Strategy.PER_PARTY:
        expected = [k if free else p for k, free, p in zip(known, is_free, plain, strict=True)]
        assert list(got) == expected
