"""When a callback that failed is tried again, and when it is given up.

Ten attempts over five hours and more, then the dead-letter queue (the queue's own maxReceiveCount
moves it there). Only a 2xx is success; everything else, a redirect and a 410 included, is tried
again: each session has a URL of its own, so there is no endpoint to switch off.

A URL that we refuse to call (not https, an address that is not public) uses up its attempts at once
and is in the dead-letter queue seconds later, by the same road. Waiting would mend nothing, for the
message keeps its URL, and would hold back the session's next events, which may carry a better one.
"""

import math
from datetime import UTC
from email.utils import parsedate_to_datetime

_MINUTE = 60
_HOUR = 60 * _MINUTE

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


def seconds_until_next(attempt: int, *, asked_seconds: int = 0) -> int:
    """How long to wait after the failed attempt of that number, from 1; 0 after the last.

    The receiver may ask for a longer wait (Retry-After), but for none beyond the longest gap.
    """
    if attempt >= MAX_ATTEMPTS:
        return 0
    return max(GAPS_SECONDS[attempt - 1], min(asked_seconds, GAPS_SECONDS[-1]))


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
