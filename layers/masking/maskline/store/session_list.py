"""Walking a list of sessions, newest or oldest first, from any place and no further than needed."""

import math
import sys
from collections.abc import Iterator
from functools import partial

from maskline.domain.session_list import Position, Walk
from maskline.store import session_index, table
from maskline.store.session_index import Search, Strand

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
# Fewer sessions are skipped by reading them: counting would need as many requests.
_READ_INSTEAD = 400


def walk(search: Search, start: Position | None, *, needed: int, counted: int) -> Walk:
    """Read on behind `start` until `needed` matches stand in order and `counted` were found.

    Stops earlier at the end of the list, or when it has looked at very many rows: then `reached`
    says how far.
    """
    found = Walk()
    strands = session_index.strands(search, start)
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
        *(partial(session_index.read_on, search, strand, rows) for strand in still_open)
    )
    return [*(strand for strand in strands if not strand.is_open), *read]


def _merged(search: Search, strands: list[Strand]) -> Walk:
    """What is behind the least far strand might have others of its partition before it."""
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


def skip(search: Search, offset: int) -> tuple[Position | None, int]:
    """The place of at most `offset` sessions from the front, and how many are left to skip.

    The sessions are counted where they are, not fetched. The search must not ask for more than a
    creation and a party.
    """
    place, left = None, offset
    while left > _READ_INSTEAD:
        jump = _longest_jump(search, place, left)
        if jump is None:
            break
        passed, place = jump
        left -= passed
    return place, left


def _longest_jump(search: Search, start: Position | None, most: int) -> tuple[int, Position] | None:
    """Over how many sessions, and to where. A partition has its share of them, more or less."""
    strands = session_index.strands(search, start)
    rows = (most - 4 * math.isqrt(most)) // max(1, len(strands))
    while strands and rows > 0:
        passed, target = _jump(search, strands, rows)
        if passed <= most:
            return passed, target
        rows //= 2
    return None


def _jump(search: Search, strands: list[Strand], rows: int) -> tuple[int, Position]:
    """Past `rows` sessions of the partition that comes least far, and past all before those."""
    counts = table.in_parallel(
        *(partial(session_index.count, search, strand, rows) for strand in strands)
    )
    ends = [reached for _, reached in counts if reached]
    if not ends:
        return sum(passed for passed, _ in counts), Position(search.filter.created_from, "")
    target = min(ends)
    exact = table.in_parallel(
        *(
            partial(_count_to, search, strand, counted, target)
            for strand, counted in zip(strands, counts, strict=True)
        )
    )
    return sum(exact), target


def _count_to(
    search: Search, strand: Strand, counted: tuple[int, Position | None], target: Position
) -> int:
    """How many sessions of a partition come up to a position, of which some are counted."""
    passed, reached = counted
    if reached == target:
        return passed
    if reached is None:
        return session_index.count(search, session_index.up_to(strand, target), None)[0]
    rest = session_index.up_to(session_index.behind(search, strand, reached), target)
    return passed + session_index.count(search, rest, None)[0]
