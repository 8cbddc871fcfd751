"""How far faults are explored: a sample in the normal suite, all of it with MASKLINE_EXPLORE=1."""

import os
from collections.abc import Iterable

from tests.faults.exploration import Schedule

IS_EXPLORING = os.environ.get("MASKLINE_EXPLORE") == "1"

# Of the schedules of each story; a prime, so that the sample wanders over calls and faults.
_EVERY = 53
SEEDS = range(1000 if IS_EXPLORING else 12)


def sampled(schedules: Iterable[Schedule]) -> list[Schedule]:
    """All, or a few that are the same in every run."""
    return list(schedules)[:: 1 if IS_EXPLORING else _EVERY]
