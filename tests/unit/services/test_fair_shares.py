"""The time of a run is shared out between accounts, then between the orders of each."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from maskline.services.fair_shares import fair_shares


@dataclass(frozen=True)
class Order:
    account_id: str
    name: int = 0


class Work:
    """A clock that moves by what each order costs."""

    def __init__(self, orders: Sequence[Order], seconds: float, cost: float) -> None:
        self.at = 100.0
        self.shares: list[tuple[Order, float]] = []
        for order, ends_at in fair_shares(orders, seconds, now=self.now, shuffle=as_they_are):
            self.shares.append((order, ends_at - self.at))
            self.at += cost

    def now(self) -> float:
        return self.at

    @property
    def reached(self) -> Mapping[str, int]:
        return Counter(order.account_id for order, _ in self.shares)


def as_they_are(_orders: list[Any]) -> None:
    """In place of chance."""


def orders_of(account_id: str, count: int) -> list[Order]:
    return [Order(account_id, name) for name in range(count)]


FLOOD = orders_of("a", 1000)


@pytest.mark.parametrize("orders", [[*FLOOD, Order("z")], [Order("z"), *FLOOD]])
def test_whoever_has_few_orders_comes_first_and_leaves_the_rest_to_others(
    orders: list[Order],
) -> None:
    work = Work(orders, seconds=40, cost=0.1)

    assert work.shares[0] == (Order("z"), pytest.approx(20))
    assert work.reached["a"] == pytest.approx(399, abs=1)
    assert work.at == pytest.approx(140, abs=0.2)


def test_accounts_with_too_many_orders_each_get_the_same_time() -> None:
    work = Work([*FLOOD, *orders_of("b", 500), *orders_of("c", 2000)], seconds=30, cost=0.1)

    assert [work.reached[account] for account in "abc"] == [pytest.approx(100, abs=1)] * 3


def test_orders_of_an_account_share_alike_and_inherit_what_is_left() -> None:
    work = Work(orders_of("a", 4), seconds=40, cost=1)

    assert [share for _, share in work.shares] == pytest.approx([10, 13, 19, 37])


def test_nothing_starts_once_the_time_is_over() -> None:
    assert Work([*FLOOD, Order("z")], seconds=1, cost=2).reached == {"z": 1}
    assert Work(FLOOD, seconds=0, cost=1).reached == {}


def test_chance_decides_within_an_account_and_among_equals() -> None:
    orders = [*orders_of("a", 10), *orders_of("b", 10)]

    def first(seed: int) -> Order:
        chance = random.Random(seed)
        return next(fair_shares(orders, 40, now=lambda: 0.0, shuffle=chance.shuffle))[0]

    assert {first(seed) for seed in range(300)} == set(orders)
