"""Pages of lists and the links between them."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.api.http import request_from
from maskline.api.pagination import MAX_OFFSET, Paging, page_request
from maskline.domain.errors import InvalidParameterError
from tests.unit.api.samples import api_event

PATH = "/v1/Account/MAXXXXXXXXXXXXXXXXXX/Masking/Session/"


def page(query: str) -> Paging:
    return page_request(request_from(api_event(query=query), api_id="").query)


@pytest.mark.parametrize(
    ("query", "limit", "offset"),
    [("", 20, 0), ("limit=&offset=", 20, 0), ("limit=1&offset=7", 1, 7), ("Limit=20", 20, 0)],
)
def test_the_page_is_the_one_asked_for(query: str, limit: int, offset: int) -> None:
    assert (page(query).limit, page(query).offset) == (limit, offset)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("limit=0", "limit is outside the allowed range"),
        ("limit=21", "limit is outside the allowed range"),
        ("limit=many", "limit should be an integer"),
        ("offset=-1", "offset is outside the allowed range"),
        (f"offset={MAX_OFFSET + 1}", "offset is greater than 10000: follow meta.next"),
    ],
)
def test_a_wrong_page_is_refused(query: str, reason: str) -> None:
    with pytest.raises(InvalidParameterError, match=reason):
        page(query)


def test_meta_has_the_recorded_keys() -> None:
    assert page("").meta(PATH, 1) == {
        "limit": 20,
        "next": None,
        "offset": 0,
        "previous": None,
        "total_count": 1,
    }


def test_links_keep_the_filters() -> None:
    meta = page("first_party=+12025550101&limit=2&offset=2&status=all").meta(PATH, 5)

    filters = "first_party=+12025550101&status=all"
    assert meta["next"] == f"{PATH}?{filters}&limit=2&offset=4"
    assert meta["previous"] == f"{PATH}?{filters}&limit=2&offset=0"


def follow(link: str) -> Paging:
    """The page behind a link, requested literally."""
    parts = urlsplit(link)
    assert parts.path == PATH
    return page(parts.query)


filters = st.lists(
    st.tuples(
        st.text(min_size=1).filter(lambda name: name.lower() not in {"limit", "offset", "cursor"}),
        st.text(),
    ),
    max_size=4,
)


@given(total=st.integers(0, 200), limit=st.integers(1, 20), filters=filters)
def test_following_next_visits_every_item_once(
    total: int, limit: int, filters: list[tuple[str, str]]
) -> None:
    # A REST API tells the values of each name in order, not the order of names that alternate.
    names = dict.fromkeys(name for name, _ in filters)
    grouped = tuple(one for name in names for one in filters if one[0] == name)
    current = Paging(limit, 0, grouped)
    seen: list[int] = []
    while True:
        seen += range(total)[current.offset : current.offset + current.limit]
        link = current.meta(PATH, total)["next"]
        if link is None:
            break
        current = follow(link)
        assert current.filters == grouped

    assert seen == list(range(total))


@given(total=st.integers(0, 100), limit=st.integers(1, 20), offset=st.integers(0, 150))
def test_following_previous_reaches_the_start(total: int, limit: int, offset: int) -> None:
    current = Paging(limit, offset, ())
    while link := current.meta(PATH, total)["previous"]:
        before = current.offset
        current = follow(link)
        assert current.offset < before

    assert current.offset == 0
