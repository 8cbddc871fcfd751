"""The schedule of a callback's attempts: when it is tried again, and when it is given up.

Ten requests to the customer's URL over five hours and more, then the dead-letter queue. Only a 2xx
is success; everything else, a redirect and a 410 included, is tried again: each session has a URL
of its own, so there is no endpoint to switch off. A failure of ours costs none of the ten.

A URL that we refuse to call (not https, an address that is not public) is in the dead-letter queue
at once. Waiting would mend nothing, for the message keeps its URL, and would hold back the
session's next events, which may carry a better one.
"""

import math
from datetime import UTC
from email.utils import parsedate_to_datetime

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY_MS = 24 * _HOUR * 1000

GAPS_SECONDS = (
    5,
    30,
    2 * _MINUTE,
    5 * _MINUTE,
    15 * _MINUTE,
    30 * _MINUTE,
    1 * _HOUR,
    3 * _HOUR // 2,
    2 * _HOUR,
)
MAX_ATTEMPTS = len(GAPS_SECONDS) + 1
# What each request may take. A dead endpoint is to take little of what all customers share, but one
# that is slow, and was away, gets its event all the same: no more than two short ones in a row, and
# the last is none.
FULL_SECONDS = 10.0
SECONDS = (
    FULL_SECONDS,
    FULL_SECONDS,
    3.0,
    3.0,
    FULL_SECONDS,
    3.0,
    3.0,
    FULL_SECONDS,
    3.0,
    FULL_SECONDS,
)
# Half of what the queue keeps a message: see docs/callbacks.md for all that fits into the rest.
OLD_MS = 7 * _DAY_MS

_FIRST_PAUSE_SECONDS = 5
_LONGEST_PAUSE_SECONDS = 10 * _MINUTE


def is_spent(failed: int, *, age_ms: int) -> bool:
    """Tell if so many failed requests are enough to give up an event that is queued so long.

    One is enough for an old event: others wait behind it, and the queue forgets what is too old.
    """
    return failed >= (MAX_ATTEMPTS if age_ms < OLD_MS else 1)


def seconds_allowed(number: int) -> float:
    """Return how long the request of that number, from 1, may take until it is answered."""
    return SECONDS[number - 1]


def seconds_until_next(failed: int, *, asked_seconds: int = 0) -> int:
    """Return the wait for the next request after so many that failed, one or more.

    The receiver may ask for a longer wait (Retry-After), but for none beyond the longest gap.
    """
    return max(GAPS_SECONDS[failed - 1], min(asked_seconds, GAPS_SECONDS[-1]))


def seconds_after_own_failure(receives: int) -> int:
    """Return the wait after a failure of ours with a message that was received so often.

    Short at the end of a short trouble; long enough for the queue to have patience for a week.
    """
    return min(_FIRST_PAUSE_SECONDS << min(receives - 1, 10), _LONGEST_PAUSE_SECONDS)


def asked_seconds(retry_after: str, *, now: int) -> int:
    """The wait that a Retry-After header asks for, as seconds or a date; 0 if it makes no sense."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return int(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return 0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, math.ceil(aware.timestamp() - now / 1000))
