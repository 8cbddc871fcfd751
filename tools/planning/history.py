"""A history of sessions: read from CSV, and varied into others that might as well have been."""

import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import exp

from tools.planning.spans import ANY, LiveCounts, Span

REQUIRED = ("created_at", "ended_at", "first_party", "second_party")
OPTIONAL = ("first_country", "second_country", "cooloff_seconds")


class HistoryError(ValueError):
    """A history that cannot be read: says the line and what is wrong, not what it holds."""


def read_csv(lines: Iterable[str]) -> list[Span]:
    """Sessions in order of time. Columns: REQUIRED, and any of OPTIONAL, in any order.

    One without a second party has an open door. Raises HistoryError.
    """
    rows = csv.DictReader(lines)
    missing = set(REQUIRED) - set(rows.fieldnames or ())
    if missing:
        raise HistoryError(f"no column {', '.join(sorted(missing))}")
    spans = []
    for line, row in enumerate(rows, start=2):
        try:
            spans.append(_span(row))
        except (KeyError, TypeError, ValueError):
            raise HistoryError(f"line {line}: not a session") from None
    return in_order(spans)


def in_order(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.starts_at, span.ends_at))


def _span(row: dict[str, str]) -> Span:
    starts_at, ends_at = _instant(row["created_at"]), _instant(row["ended_at"])
    if ends_at < starts_at or not row["first_party"] or row["second_party"] is None:
        raise ValueError
    has_door, first_country = not row["second_party"], row.get("first_country") or ANY
    return Span(
        starts_at=starts_at,
        ends_at=ends_at,
        first=row["first_party"],
        second=row["second_party"],
        first_country=first_country,
        # A party that is missing counts as of the known one's country, as in a create.
        second_country=(not has_door and row.get("second_country")) or first_country,
        cooloff_ms=int(float(row.get("cooloff_seconds") or 0) * 1000),
        has_door=has_door,
    )


def _instant(text: str) -> int:
    """Epoch milliseconds of an ISO 8601 instant, UTC where it names no zone."""
    moment = datetime.fromisoformat(text)
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def varied(spans: Sequence[Span], *, creates: int, at_once: int, seed: int) -> Iterator[list[Span]]:
    """Histories like this one, until they hold so many sessions in all.

    Each session comes to pass 0, 1, 2 ... times (Poisson, 1 in the mean), each time earlier or
    later by at most the time for which it held its numbers. Nobody gets more than `at_once` live
    sessions at a time; 0 is no limit.
    """
    chance, made = random.Random(seed), 0
    while spans and made < creates:
        history = list(_with_room(in_order(_resampled(spans, chance)), at_once))
        made += max(1, len(history))
        yield history


def _resampled(spans: Sequence[Span], chance: random.Random) -> Iterator[Span]:
    for span in spans:
        held = span.reusable_at - span.starts_at
        for _ in range(_poisson(chance)):
            shift = int(chance.uniform(-held, held))
            yield replace(span, starts_at=span.starts_at + shift, ends_at=span.ends_at + shift)


def _poisson(chance: random.Random) -> int:
    """Knuth's method, for a mean of 1."""
    count, product = 0, chance.random()
    while product > exp(-1):
        count, product = count + 1, product * chance.random()
    return count


def _with_room(spans: Iterable[Span], at_once: int) -> Iterator[Span]:
    live = LiveCounts()
    for span in spans:
        live.end_until(span.starts_at)
        if all(live.has_room(party, at_once) for party in span.parties):
            live.begin(span)
            yield span
