"""Links between pages of the session list: what a link remembers is what its page is asked for."""

import base64
import contextlib
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.api.http import request_from
from maskline.api.pagination import MAX_OFFSET, Paging, page_request
from maskline.api.sessions.list_links import meta, place_of
from maskline.domain.errors import InvalidParameterError
from maskline.domain.sessions.page import Cursor, Links, PageRequest, Position
from tests.unit.api.samples import api_event

PATH = "/v1/Account/MAXXXXXXXXXXXXXXXXXX/Masking/Session/"
UUID = "75fba9ba-1a3d-4e69-ba4a-7f01a7e6ab01"


def asked_for(query: str) -> Paging:
    return page_request(request_from(api_event(query=query), api_id="").query)


instants = st.integers(0, 10**14)
positions = st.builds(Position, instants, st.uuids().map(str) | st.just(""))
cursors = st.builds(Cursor, instants, instants, st.none() | positions, st.booleans())
# Without a cursor no page begins further than clients may ask.
places = st.builds(PageRequest, st.integers(1, 20), st.integers(0, MAX_OFFSET)) | st.builds(
    PageRequest, st.integers(1, 20), st.integers(0, 10**6), cursors
)


@given(place=places)
def test_a_link_leads_to_its_page(place: PageRequest) -> None:
    page = Paging(place.limit, 40, (("first_party", "+12025550101"), ("status", "all")))

    shown = meta(page, PATH, 100, Links(40, place, place))

    assert shown["next"] == shown["previous"]
    link = urlsplit(shown["next"])
    followed = asked_for(link.query)
    assert (link.path, followed.filters) == (PATH, page.filters)
    assert place_of(followed) == place


def test_meta_has_the_recorded_keys() -> None:
    assert meta(asked_for(""), PATH, 1, Links()) == {
        "limit": 20,
        "next": None,
        "offset": 0,
        "previous": None,
        "total_count": 1,
    }


@pytest.mark.parametrize(
    "content",
    [
        "",
        "1",
        "1.2",
        "1.2.sideways",
        "1.2.behind.3",
        f"1.2.behind.x.{UUID}",
        f"1.2.behind.3.{UUID}.4",
        f"1.2.behind.3.{UUID}\n",
        f"-1.2.behind.3.{UUID}",
        f"1.2.behind.{10**20}.{UUID}",
        f"1.2.behind.3.{UUID.upper()}",
        "\u0661.2.behind",
    ],
)
def test_a_cursor_that_no_list_has_given_is_refused(content: str) -> None:
    cursor = base64.urlsafe_b64encode(content.encode()).decode() or "="

    with pytest.raises(InvalidParameterError, match="cursor is not one that a list has given"):
        place_of(asked_for(f"cursor={cursor}"))


@given(text=st.text(min_size=1).filter(str.strip))
def test_no_text_breaks_the_cursor(text: str) -> None:
    with contextlib.suppress(InvalidParameterError):
        assert place_of(Paging(20, 0, (), text.strip())).cursor
