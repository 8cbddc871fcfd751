"""Running things at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def together(actions: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all actions, each in its own thread, started as one; errors are raised."""
    start = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T:
        start.wait(timeout=10)
        return action()

    with ThreadPoolExecutor(max_workers=len(actions)) as executor:
        return list(executor.map(run, actions))
