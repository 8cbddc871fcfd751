"""Reading sessions with their conversations: one, or a page of a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from maskline import clock
from maskline.domain.accounts import Caller
from maskline.domain.interactions import Interaction
from maskline.domain.session_filter import SessionFilter, SessionSummary
from maskline.domain.sessions import Session
from maskline.services.sessions_of import owned_session
from maskline.store import calls, keys, sessions, table


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session and its conversations, oldest first."""

    session: Session
    interactions: tuple[Interaction, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest session first, and the number of sessions on all pages."""

    views: tuple[SessionView, ...]
    total_count: int


def get_session(caller: Caller, session_uuid: str) -> SessionView:
    """A session of the caller's. Raises SessionNotFoundError."""
    return view_of(owned_session(caller, session_uuid))


def view_of(session: Session) -> SessionView:
    """A session with its conversations; one that never had a call needs no read."""
    had_calls = session.totals.call_count > 0 or session.last_interaction_at is not None
    return SessionView(session, calls.list_interactions(session.session_uuid) if had_calls else ())


def list_sessions(caller: Caller, session_filter: SessionFilter, limit: int, offset: int) -> Page:
    """The sessions that match, newest first. The index may lag a create by moments."""
    now = clock.now_ms()
    summaries = sessions.list_summaries(
        caller.owner_id, session_filter.created_from, session_filter.created_before
    )
    matching = [
        summary
        for summary in summaries
        if session_filter.matches(summary, now=now, party_key=keys.party_key)
    ]
    shown = matching[offset : offset + limit]
    return Page(_views(shown), len(matching))


def _views(summaries: Iterable[SessionSummary]) -> tuple[SessionView, ...]:
    wanted = [summary.session_uuid for summary in summaries]
    found = sessions.get_sessions(wanted) if wanted else {}
    present = [found[session_uuid] for session_uuid in wanted if session_uuid in found]
    if not present:
        return ()
    return tuple(table.in_parallel(*(partial(view_of, session) for session in present)))
