"""Repeating a read-decide-write attempt that lost a race: bounded, with jittered pauses."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from maskline.domain.errors import ContentionError
from maskline.store.table import ConditionFailedError, ConflictError

T = TypeVar("T")

# About two seconds of pauses on average in all: within what clients and carriers wait.
MAX_ATTEMPTS = 12
_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.4
# All processes that start from one snapshot would draw the same numbers of Python's own.
_DICE = random.SystemRandom()


def pause_before_retry(attempt: int) -> None:
    """Sleep a random time that may double with each attempt (full jitter)."""
    longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
    time.sleep(_DICE.uniform(0, longest))


def until_written(attempt: Callable[[], T]) -> T:
    """The result of the first attempt that another writer did not spoil.

    Each attempt must read afresh. Raises ContentionError when the bound is reached.
    """
    for number in range(MAX_ATTEMPTS):
        try:
            return attempt()
        except (ConditionFailedError, ConflictError):
            pause_before_retry(number)
    raise ContentionError("other writers kept winning")
