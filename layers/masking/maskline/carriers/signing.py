"""Checks that the signatures of more than one carrier need."""

import hmac
import re
from collections.abc import Iterable

from maskline import clock

# Either way, as the carriers' own SDKs have it.
_FRESH_SECONDS = 300
_SECONDS = re.compile("[0-9]{1,12}")


def is_fresh(instant: str) -> bool:
    """Tell if an instant in seconds is about now: the carriers' now, not a local stack's."""
    if not _SECONDS.fullmatch(instant):
        return False
    return abs(clock.world_ms() // 1000 - int(instant)) <= _FRESH_SECONDS


def is_among(given: Iterable[str], expected: Iterable[bytes]) -> bool:
    """Tell if one of the given signatures is expected, each compared in constant time.

    As bytes, since `compare_digest` refuses text beyond ASCII, and a forger may send any.
    """
    shown = [one.encode(errors="replace") for one in given]
    return any(hmac.compare_digest(one, other) for one in expected for other in shown)
