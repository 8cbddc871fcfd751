"""Reading sessions with their conversations: one, or a page of a list."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from maskline import clock
from maskline.domain.accounts import Client
from maskline.domain.calls.interaction import Interaction
from maskline.domain.errors import InvalidParameterError
from maskline.domain.sessions.filter import SessionFilter
from maskline.domain.sessions.page import (
    Links,
    Outline,
    PageRequest,
    Position,
    page_before,
    page_behind,
)
from maskline.domain.sessions.session import Session
from maskline.domain.trail import Action, seen
from maskline.services.sessions.owned import owned_session
from maskline.services.trail import note_read
from maskline.store import table
from maskline.store.calls import reports
from maskline.store.lists import walk as session_list
from maskline.store.lists.index import Search
from maskline.store.sessions import sessions


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session and its conversations, oldest first."""

    session: Session
    interactions: tuple[Interaction, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest session first; the rest is as in its outline."""

    views: tuple[SessionView, ...]
    total_count: int
    links: Links = field(default_factory=Links)


def get_session(client: Client, session_uuid: str) -> SessionView:
    """A session of the client's. Raises SessionNotFoundError."""
    view = view_of(owned_session(client, session_uuid))
    note_read(seen(client, Action.READ, [session_uuid]))
    return view


def view_of(session: Session) -> SessionView:
    """A session with its readable conversations; one that never had a call needs no read."""
    if not session.totals.call_count and session.last_interaction_at is None:
        return SessionView(session, ())
    return SessionView(session, reports.list_interactions(session.session_uuid, readable=True))


def list_sessions(client: Client, session_filter: SessionFilter, place: PageRequest) -> Page:
    """The sessions that match, newest first. The index may lag a create by moments.

    One that cannot be read is counted where the index alone finds it, and left out of its page.
    Raises InvalidParameterError for an offset that a filtered list is not read to.
    """
    search = Search(client.owner_id, session_filter, clock.now_ms())
    outline = _outline(search, place)
    views = _views(outline.shown)
    note_read(seen(client, Action.LISTED, [view.session.session_uuid for view in views]))
    return Page(views, outline.total_count, outline.links)


def _outline(search: Search, place: PageRequest) -> Outline:
    cursor = place.cursor
    if cursor and cursor.is_backward:
        backward = replace(search, is_backward=True)
        needed = place.limit
        walk = session_list.walk(backward, cursor.position, needed=needed, counted=needed)
        return page_before(place, cursor, walk)
    start, skipped = (cursor.position, 0) if cursor else (None, place.offset)
    walk = session_list.walk(
        search,
        start,
        needed=skipped + place.limit + 1,
        counted=skipped + place.wanted_ahead,
    )
    if walk.reached and len(walk.found) < skipped:
        raise _too_far()
    as_of = cursor.as_of if cursor else search.now
    return page_behind(place, walk, skipped=skipped, as_of=as_of)


def _too_far() -> InvalidParameterError:
    return InvalidParameterError(
        "offset",
        "Invalid parameter. offset is further than a list with these filters is read: "
        "follow meta.next, or narrow the time",
    )


def _views(shown: Iterable[Position]) -> tuple[SessionView, ...]:
    wanted = [position.session_uuid for position in shown]
    found = sessions.get_sessions(wanted) if wanted else {}
    present = [found[session_uuid] for session_uuid in wanted if session_uuid in found]
    if not present:
        return ()
    return tuple(table.in_parallel(*(partial(view_of, session) for session in present)))
