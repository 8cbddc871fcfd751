"""Walking a list of sessions, newest or oldest first, from any place and no further than needed."""

import sys
from collections.abc import Iterator
from functools import partial

from maskline.domain.sessions.page import Position, Walk
from maskline.store import table
from maskline.store.lists import index
from maskline.store.lists.index import Search, Strand

# So many entries of the list are four kilobytes: to read fewer costs the same.
_LEAST_ROWS = 12
# A filter may leave little: later rounds look at more rows of a partition, up to a bound, since
# suddenly all of them may match. What is only to be counted is looked for in the first rounds.
_GROWTH = 8
_MOST_ROWS = 1024
_COUNTING_ROUNDS = 2
# About 240,000 rows of an account's list. Of a party's each may cost the reading of its session.
_MAX_ROUNDS = 30
_MAX_ROUNDS_OF_PARTY = 10


def walk(search: Search, start: Position | None, *, needed: int, counted: int) -> Walk:
    """Read on behind `start` until `needed` matches stand in order and `counted` were found.

    Stops earlier at the end of the list, or when it has looked at very many rows: then `reached`
    says how far.
    """
    found = Walk()
    strands = index.strands(search, start)
    rows = max(_LEAST_ROWS, -(-counted // max(1, len(strands))))
    rounds = _MAX_ROUNDS if search.indexed_role is None else _MAX_ROUNDS_OF_PARTY
    for round_number in range(1, rounds + 1 if strands else 1):
        strands = _read_on(search, strands, min(rows, _MOST_ROWS))
        found = _merged(search, strands)
        has_counted = found.at_least >= counted or round_number >= _COUNTING_ROUNDS
        if found.reached is None or (has_counted and len(found.found) >= needed):
            break
        rows *= _GROWTH
    return found


def everything(search: Search) -> Iterator[Position]:
    """All sessions that match, in order, however many: not for a request that somebody awaits."""
    reached: Position | None = None
    is_read = False
    while not is_read:
        part = walk(search, reached, needed=sys.maxsize, counted=_MOST_ROWS)
        yield from part.found
        reached, is_read = part.reached, part.reached is None


def _read_on(search: Search, strands: list[Strand], rows: int) -> list[Strand]:
    still_open = [strand for strand in strands if strand.is_open]
    read = table.in_parallel(
        *(partial(index.read_on, search, strand, rows) for strand in still_open)
    )
    return [*(strand for strand in strands if not strand.is_open), *read]


def _merged(search: Search, strands: list[Strand]) -> Walk:
    """Merge the strands. The list ends where the strand ends that was read least far.

    Beyond that point entries that were not read yet could still sort first.
    """
    everything = sorted(
        (position for strand in strands for position in strand.found),
        reverse=not search.is_backward,
    )
    edges = [strand.reached for strand in strands if strand.is_open and strand.reached]
    if not edges:
        return Walk(tuple(everything), None, len(everything))
    edge = min(edges) if search.is_backward else max(edges)
    in_order = tuple(
        position
        for position in everything
        if (position <= edge if search.is_backward else position >= edge)
    )
    return Walk(in_order, edge, len(everything))
