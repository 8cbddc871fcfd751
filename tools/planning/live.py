"""Count the live sessions of each party, as time goes on."""

import heapq
from collections import Counter

from tools.planning.spans import Span


class LiveCounts:
    """Sessions begin in order of time."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._ends: list[tuple[int, tuple[str, ...]]] = []

    def has_room(self, party: str, at_once: int) -> bool:
        """Tell if a party may have one more; an `at_once` of 0 is no limit."""
        return not at_once or self._counts[party] < at_once

    def begin(self, span: Span) -> None:
        self._counts.update(span.parties)
        heapq.heappush(self._ends, (span.ends_at, span.parties))

    def end_until(self, now: int) -> None:
        """End the sessions that are over: one that begins at the same instant has their room."""
        while self._ends and self._ends[0][0] <= now:
            self._counts.subtract(heapq.heappop(self._ends)[1])
