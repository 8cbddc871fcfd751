"""Repeating a read-decide-write attempt that lost a race: bounded, with jittered pauses."""

from collections.abc import Callable
from typing import TypeVar

from maskline.domain.errors import ContentionError
from maskline.store.pauses import MAX_ATTEMPTS, pause_before_retry
from maskline.store.table import ConditionFailedError, ConflictError

T = TypeVar("T")


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
