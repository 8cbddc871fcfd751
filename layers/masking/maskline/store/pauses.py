"""Pauses before something is tried again: jittered, and no more of them than anybody waits for."""

import random
import time

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
