"""Pages of a list, and the relative URLs of the pages before and after."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from maskline.api import fields
from maskline.api.shapes import Meta
from maskline.domain.errors import InvalidParameterError

MAX_LIMIT = 20
# Before an offset every item is read anew: longer lists are for clients that follow `next`.
MAX_OFFSET = 10_000
# Beside a cursor an offset is only shown.
_MAX_SHOWN = 10**9

# The arguments of paging, with the JSON schema of each.
PAGING: dict[str, fields.Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": MAX_LIMIT},
    "offset": {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
}
# Put there by the links of the session list, and by nobody else.
CURSOR: dict[str, fields.Schema] = {"cursor": {"type": "string"}}

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Paging:
    """A page of a list; `filters` is the query without the paging, as the client wrote it.

    `cursor` is what a link of ours put there, "" if nothing.
    """

    limit: int
    offset: int
    filters: Query
    cursor: str = ""

    def meta(self, path: str, total_count: int) -> Meta:
        """The `meta` object of the answer, its keys in alphabetical order."""
        has_next = self.offset + self.limit < total_count
        return {
            "limit": self.limit,
            "next": self.url(path, self.offset + self.limit) if has_next else None,
            "offset": self.offset,
            "previous": self.url(path, max(0, self.offset - self.limit)) if self.offset else None,
            "total_count": total_count,
        }

    def url(self, path: str, offset: int, *, cursor: str = "") -> str:
        """Another page of the same list, relative to the host."""
        paging = [("limit", str(self.limit)), ("offset", str(offset))]
        if cursor:
            paging.append(("cursor", cursor))
        return f"{path}?{urlencode((*self.filters, *paging))}"


def page_request(query: Query) -> Paging:
    """The page that a query asks for. Raises InvalidParameterError."""
    paging = {key.lower(): value.strip() for key, value in query if _is_paging(key)}
    offset = _bounded("offset", paging, range(_MAX_SHOWN), 0)
    if offset > MAX_OFFSET and not paging.get("cursor"):
        raise fields.invalid("offset", f"is greater than {MAX_OFFSET}: follow meta.next")
    return Paging(
        limit=_bounded("limit", paging, range(1, MAX_LIMIT + 1), MAX_LIMIT),
        offset=offset,
        filters=tuple(_without_paging(query)),
        cursor=paging.get("cursor", ""),
    )


def require_known(query: Query, known: Collection[str]) -> None:
    """Refuse a query that names anything else: a list without a mistyped filter shows too much.

    Raises InvalidParameterError. Its sentence does not repeat the name, which may be a number.
    """
    if any(key.lower() not in known for key, _ in query):
        reason = f"Unknown query parameter. This list takes {', '.join(known)}"
        raise InvalidParameterError("query", reason)


def _is_paging(key: str) -> bool:
    return key.lower() in PAGING.keys() | CURSOR.keys()


def _without_paging(query: Query) -> Iterable[tuple[str, str]]:
    return (pair for pair in query if not _is_paging(pair[0]))


def _bounded(name: str, values: dict[str, str], allowed: range, default: int) -> int:
    text = values.get(name, "")
    if not text:
        return default
    number = fields.as_integer(text)
    if number is None:
        raise fields.invalid(name, "should be an integer")
    if number not in allowed:
        raise fields.invalid(name, "is outside the allowed range")
    return number
