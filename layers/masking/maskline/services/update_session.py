"""Changing a live session: its settings, and who is in it while it misses a party."""

from maskline import clock
from maskline.domain.accounts import Caller
from maskline.domain.session_requests import SessionChange
from maskline.domain.sessions import require_live, updated
from maskline.services.add_party import Addition, add_party
from maskline.services.read_sessions import SessionView, view_of
from maskline.services.retrying import until_written
from maskline.services.sessions_of import owned_session
from maskline.store import sessions


def update_session(caller: Caller, session_uuid: str, change: SessionChange) -> SessionView:
    """Apply a change and return the session as it is then.

    Raises SessionNotFoundError, SessionExpiredError, InvalidParameterError for a field that may not
    be changed, and PoolExhaustedError if the party to be added cannot be told apart on any number.
    """

    def attempt() -> SessionView:
        session = owned_session(caller, session_uuid)
        # After the read: what was ended before it is over by this instant, and stays so.
        now = clock.now_ms()
        require_live(session, now)
        change.require_fixed_unchanged(session)
        changed = updated(
            session,
            change.applied_to(session.settings),
            restart_expiry=change.restarts_expiry,
            now=now,
        )
        party, role = change.party_to_add(session), session.missing_role
        if party is None or role is None:
            sessions.save_session_and_routes(changed)
        else:
            changed = add_party(caller, Addition(session, role, party), changed)
        return view_of(changed)

    return until_written(attempt)
