"""Links between the pages of the session list: relative URLs that hold a position of the list."""

import base64
import binascii
import re

from maskline.api import fields
from maskline.api.pagination import Paging
from maskline.api.shapes import Meta
from maskline.domain.sessions.page import Cursor, Links, PageRequest, Position

_DIGITS = "[0-9]{1,15}"
_CURSOR = re.compile(
    rf"(?P<as_of>{_DIGITS})\.(?P<total>{_DIGITS})\.(?P<direction>behind|before)"
    rf"(\.(?P<created_at>{_DIGITS})\.(?P<session_uuid>[0-9a-f-]{{36}}|))?",
    re.ASCII,
)


def place_of(page: Paging) -> PageRequest:
    """Find the page's place in the list. Raises InvalidParameterError for a foreign cursor."""
    return PageRequest(page.limit, page.offset, _cursor(page.cursor) if page.cursor else None)


def meta(page: Paging, path: str, total_count: int, links: Links) -> Meta:
    """The `meta` object of the answer, its keys in alphabetical order."""
    return {
        "limit": page.limit,
        "next": _url(page, path, links.next),
        "offset": links.offset,
        "previous": _url(page, path, links.previous),
        "total_count": total_count,
    }


def _url(page: Paging, path: str, place: PageRequest | None) -> str | None:
    if place is None:
        return None
    return page.url(path, place.offset, cursor=_text(place.cursor) if place.cursor else "")


def _text(cursor: Cursor) -> str:
    direction = "before" if cursor.is_backward else "behind"
    parts: list[object] = [cursor.as_of, cursor.total_count, direction]
    if cursor.position is not None:
        parts += [cursor.position.created_at, cursor.position.session_uuid]
    text = ".".join(str(part) for part in parts)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(text: str) -> Cursor:
    """The inverse of `_text`."""
    try:
        padded = text.encode() + b"=" * (-len(text) % 4)
        match = _CURSOR.fullmatch(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
    except (binascii.Error, UnicodeError):
        match = None
    if match is None:
        raise fields.invalid("cursor", "is not one that a list has given")
    position = None
    if match["created_at"] is not None:
        position = Position(int(match["created_at"]), match["session_uuid"])
    return Cursor(
        as_of=int(match["as_of"]),
        total_count=int(match["total"]),
        position=position,
        is_backward=match["direction"] == "before",
    )
