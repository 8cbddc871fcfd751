"""Pages of the session list: where one starts, what it shows, and where its neighbours start.

Sessions stand newest first. A page is asked for by an offset, or by the link of another page, which
holds the position of a session: reading from there costs the same on every page.
"""

from dataclasses import dataclass

# A first page counts so many sessions beyond itself: `total_count` is exact up to there.
COUNTED_AHEAD = 1000


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The place of a session in the list; a greater one is further in front."""

    created_at: int
    session_uuid: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """The memory of a link to a neighbouring page.

    The page begins behind `position`, or ends just before it if `is_backward`; None is the front.
    `as_of` is the instant at which the first of these pages was asked for, `total_count` what it
    said.
    """

    as_of: int
    total_count: int
    position: Position | None = None
    is_backward: bool = False


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of the list: at most `limit` sessions behind `offset` others. The cursor wins if there
    is one.

    Beside a cursor the offset is what is shown.
    """

    limit: int
    offset: int = 0
    cursor: Cursor | None = None

    @property
    def wanted_ahead(self) -> int:
        """Count the sessions to find from the page's start: its own, and a few or many to count."""
        end = self.offset + self.limit
        if self.cursor and self.cursor.total_count > end:
            return self.limit + 1
        return self.limit + COUNTED_AHEAD


@dataclass(frozen=True, slots=True)
class Walk:
    """The result of reading the list from a place.

    `found` are the matching sessions in the order of the walk, complete up to `reached` (None: the
    end of the list). `at_least` also counts matches beyond it that may have gaps before them.
    """

    found: tuple[Position, ...] = ()
    reached: Position | None = None
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Links:
    """The number of sessions before a page, and its neighbours: None where nothing is there."""

    offset: int = 0
    next: PageRequest | None = None
    previous: PageRequest | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A page without the sessions themselves.

    `total_count` is exact if there is no next page, or if all could be counted; else there are at
    least so many.
    """

    shown: tuple[Position, ...]
    total_count: int
    links: Links


# Older than every session: where the list ends.
_END = Position(0, "")


def page_behind(place: PageRequest, walk: Walk, *, skipped: int, as_of: int) -> Outline:
    """The page whose walk towards older sessions began `skipped` sessions before it."""
    shown = walk.found[skipped : skipped + place.limit]
    total = place.offset - skipped + walk.at_least
    following = None
    if walk.reached is not None:
        # There may be more: clients that loop while offset < total_count must go on.
        known = place.cursor.total_count if place.cursor else 0
        total = max(total, known, place.offset + place.limit + 1)
    if walk.reached is not None or len(walk.found) > skipped + place.limit:
        last = shown[-1] if len(shown) == place.limit else walk.reached
        following = PageRequest(place.limit, place.offset + len(shown), Cursor(as_of, total, last))
    offset = min(place.offset, max(1, total))
    first = shown[0] if shown else walk.reached or _END
    previous = _previous(place.limit, offset, Cursor(as_of, total, first, is_backward=True))
    return Outline(shown, total, Links(place.offset, following, previous))


def page_before(place: PageRequest, cursor: Cursor, walk: Walk) -> Outline:
    """The page that ends just before the cursor, found by a walk towards newer sessions."""
    shown = walk.found[: place.limit][::-1]
    is_front = walk.reached is None and len(walk.found) <= place.limit
    offset = 0 if is_front else max(1, place.offset + place.limit - len(shown))
    end = offset + len(shown)
    total = max(cursor.total_count, end + 1)
    last = shown[-1] if shown else walk.reached
    following = PageRequest(place.limit, end, Cursor(cursor.as_of, total, last))
    first = shown[0] if shown else walk.reached
    backward = Cursor(cursor.as_of, total, first, is_backward=True)
    links = Links(offset, following, _previous(place.limit, offset, backward))
    return Outline(shown, total, links)


def _previous(limit: int, offset: int, backward: Cursor) -> PageRequest | None:
    """The first page is found from the front: it is whole, also where the offset is no multiple."""
    if offset == 0:
        return None
    if offset <= limit:
        return PageRequest(limit, 0, Cursor(backward.as_of, backward.total_count))
    return PageRequest(limit, offset - limit, backward)
