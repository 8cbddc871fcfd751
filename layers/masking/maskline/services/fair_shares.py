"""Sharing out the time of a run: between accounts first, then between the orders of each."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

# Seconds of a clock that only goes forward.
Clock = Callable[[], float]
Shuffle = Callable[[list[Any]], None]


class _Order(Protocol):
    @property
    def account_id(self) -> str: ...


Order = TypeVar("Order", bound=_Order)
T = TypeVar("T")


def fair_shares(
    orders: Iterable[Order],
    seconds: float,
    *,
    now: Clock = time.monotonic,
    shuffle: Shuffle = random.shuffle,
) -> Iterator[tuple[Order, float]]:
    """Each order with the instant at which its share ends, until the time of the run is over.

    No account gets less for the many orders of another. Those with the fewest come first: what they
    leave of their shares goes to the rest. Chance decides among equals, and within an account, so
    that an order which is not reached comes first in another run.
    """
    by_account: dict[str, list[Order]] = {}
    mixed = list(orders)
    shuffle(mixed)
    for order in mixed:
        by_account.setdefault(order.account_id, []).append(order)
    fewest_first = sorted(by_account.values(), key=len)
    for of_account, ends_at in _shares(fewest_first, now() + seconds, now):
        yield from _shares(of_account, ends_at, now)


def _shares(items: Sequence[T], ends_at: float, now: Clock) -> Iterator[tuple[T, float]]:
    for done, item in enumerate(items):
        started_at = now()
        if started_at >= ends_at:
            return
        yield item, started_at + (ends_at - started_at) / (len(items) - done)
