"""Pages of the session list and their links, over walks that may stop anywhere."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.sessions import page as session_list
from maskline.domain.sessions.page import (
    Outline,
    PageRequest,
    Position,
    Walk,
    page_before,
    page_behind,
)

AS_OF = 1_000_000


@pytest.fixture(autouse=True)
def counts_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_list, "COUNTED_AHEAD", 10)


class SomeList:
    """Sessions of which some match; a walk looks at `patience` of them more than it needs to."""

    def __init__(self, matching: list[bool], patience: int) -> None:
        self.patience = patience
        self.rows = {Position(10_000 - at, "uuid"): is_in for at, is_in in enumerate(matching)}
        self.matches = [position for position, is_in in self.rows.items() if is_in]

    def page(self, place: PageRequest) -> Outline:
        cursor = place.cursor
        if cursor and cursor.is_backward:
            ahead = [one for one in reversed(self.rows) if cursor.position < one]  # type: ignore[operator] # has one
            return page_before(place, cursor, self._walk(ahead, place.limit))
        start = cursor.position if cursor else None
        ahead = [one for one in self.rows if start is None or one < start]
        skipped = 0 if cursor else place.offset
        walk = self._walk(ahead, skipped + place.wanted_ahead)
        return page_behind(place, walk, skipped=skipped, as_of=AS_OF)

    def _walk(self, ahead: list[Position], wanted: int) -> Walk:
        found: list[Position] = []
        for looked_at, position in enumerate(ahead, start=1):
            found += [position] if self.rows[position] else []
            if len(found) >= wanted or (looked_at >= self.patience and len(ahead) > looked_at):
                return Walk(tuple(found), position, len(found))
        return Walk(tuple(found), None, len(found))

    def followed(self, place: PageRequest) -> Iterator[Outline]:
        following: PageRequest | None = place
        while following is not None:
            outline = self.page(following)
            yield outline
            following = outline.links.next


lists = st.builds(SomeList, st.lists(st.booleans(), max_size=80), st.integers(1, 100))
patient_lists = st.builds(SomeList, st.lists(st.booleans(), max_size=80), st.just(1000))
limits = st.integers(1, 20)


@given(some=lists, limit=limits)
def test_next_leads_to_every_session_once(some: SomeList, limit: int) -> None:
    pages = list(some.followed(PageRequest(limit)))

    assert [position for page in pages for position in page.shown] == some.matches
    assert pages[-1].total_count == len(some.matches)
    seen = 0
    for page in pages:
        assert page.links.offset == seen
        assert (page.total_count > seen + limit) == (page.links.next is not None)
        seen += len(page.shown)


@given(some=patient_lists, limit=limits)
def test_a_loop_over_offsets_sees_every_session_once(some: SomeList, limit: int) -> None:
    seen: list[Position] = []
    offset, total = 0, 1
    while offset < total:
        page = some.page(PageRequest(limit, offset))
        seen += page.shown
        offset, total = offset + limit, page.total_count

    assert seen == some.matches


@given(some=patient_lists, limit=limits, offset=st.integers(0, 120))
def test_an_offset_shows_what_stands_there_and_counts_ahead(
    some: SomeList, limit: int, offset: int
) -> None:
    page = some.page(PageRequest(limit, offset))

    total = len(some.matches)
    assert list(page.shown) == some.matches[offset : offset + limit]
    assert page.total_count in {total, offset + limit + 10}
    assert page.total_count <= total


@given(some=patient_lists, limit=limits)
def test_previous_leads_back_over_the_same_pages(some: SomeList, limit: int) -> None:
    pages = list(some.followed(PageRequest(limit)))
    page = pages[-1]
    for before in reversed(pages[:-1]):
        assert page.links.previous is not None
        page = some.page(page.links.previous)
        assert (page.shown, page.links.offset) == (before.shown, before.links.offset)
        assert page.links.next is not None

    assert page.links.previous is None


@given(some=patient_lists, limit=limits, offset=st.integers(0, 120))
def test_from_any_offset_previous_reaches_the_front(
    some: SomeList, limit: int, offset: int
) -> None:
    assert_front_is_reached(some, some.page(PageRequest(limit, offset)))


@given(some=lists, limit=limits, number=st.integers(0, 100))
def test_from_any_linked_page_previous_reaches_the_front(
    some: SomeList, limit: int, number: int
) -> None:
    pages = list(some.followed(PageRequest(limit)))

    assert_front_is_reached(some, pages[number % len(pages)])


def assert_front_is_reached(some: SomeList, page: Outline) -> None:
    """And everything is behind it."""
    for _ in range(200):
        if page.links.previous is None:
            break
        page = some.page(page.links.previous)

    assert (page.links.previous, page.links.offset) == (None, 0)
    shown = list(page.shown)
    if page.links.next is not None:
        shown += [one for later in some.followed(page.links.next) for one in later.shown]
    assert shown == some.matches
