"""Estimate how fast the busiest party gets busier, and when that is too much for a pool."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from math import exp, log
from statistics import linear_regression

from maskline.domain.sessions.session import Strategy
from tools.planning.spans import Span, most_at_once

_WEEK_MS = 7 * 86_400_000
_DAYS_PER_MONTH = 365.25 / 12
_WEEKS_PER_MONTH = _DAYS_PER_MONTH / 7
_FEWEST_WEEKS = 4


def monthly_growth(spans: Sequence[Span]) -> float | None:
    """Growth of the busiest party's numbers at once in a month: 0.1 is a tenth more.

    Read from the peaks of the full weeks, by a straight line through their logarithms. None if
    there are fewer than four. More people with as many sessions each are no growth: they need no
    further numbers.
    """
    peaks = _weekly_peaks(spans)
    if len(peaks) < _FEWEST_WEEKS:
        return None
    slope = linear_regression(range(len(peaks)), [log(peak) for peak in peaks]).slope
    return exp(slope * _WEEKS_PER_MONTH) - 1


def _weekly_peaks(spans: Sequence[Span]) -> list[int]:
    """Weeks count from the first session; the last one, which is not over, is left out."""
    weeks: dict[int, list[Span]] = defaultdict(list)
    start = min((span.starts_at for span in spans), default=0)
    for span in spans:
        weeks[(span.starts_at - start) // _WEEK_MS].append(span)
    full = [week for week in sorted(weeks) if week < max(weeks)]
    return [max(most_at_once(weeks[week], Strategy.SHARED).values()) for week in full]


def lasts_until(pool: int, need: int, *, growth: float | None, today: date) -> date | None:
    """The day on which a need that grows by `growth` a month is more than the pool.

    Today if it already is; None if it does not grow, or nobody knows by how much.
    """
    if pool < need:
        return today
    if growth is None or growth <= 0:
        return None
    months = log(pool / need) / log(1 + growth)
    return today + timedelta(days=min(months * _DAYS_PER_MONTH, (date.max - today).days))
