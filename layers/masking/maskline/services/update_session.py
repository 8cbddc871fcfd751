"""Changing a live session's settings."""

from maskline import clock
from maskline.domain.accounts import Caller
from maskline.domain.session_requests import SessionChange
from maskline.domain.sessions import require_live, updated
from maskline.services.read_sessions import SessionView, view_of
from maskline.services.retrying import until_written
from maskline.services.sessions_of import owned_session
from maskline.store import sessions


def update_session(caller: Caller, session_uuid: str, change: SessionChange) -> SessionView:
    """Apply a change and return the session as it is then.

    Raises SessionNotFoundError, SessionExpiredError, and InvalidParameterError for a field that may
    not be changed.
    """

    def attempt() -> SessionView:
        now = clock.now_ms()
        session = owned_session(caller, session_uuid)
        require_live(session, now)
        change.require_fixed_unchanged(session)
        changed = updated(
            session,
            change.applied_to(session.settings),
            restart_expiry=change.restarts_expiry,
            now=now,
        )
        sessions.save_session_and_routes(changed)
        return view_of(changed)

    return until_written(attempt)
