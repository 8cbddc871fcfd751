"""Changing a live session: its settings, and who is in it while it misses a party."""

from maskline import clock
from maskline.domain.accounts import Client
from maskline.domain.sessions.request import SessionChange
from maskline.domain.sessions.session import Session, require_live, updated
from maskline.domain.trail import Action, changed_fields, done
from maskline.services.retrying import until_written
from maskline.services.sessions.add_party import Addition, add_party
from maskline.services.sessions.owned import owned_session
from maskline.services.sessions.read import SessionView, view_of
from maskline.store import table, trail
from maskline.store.sessions import sessions


def update_session(client: Client, session_uuid: str, change: SessionChange) -> SessionView:
    """Apply a change and return the session as it is then.

    Raises SessionNotFoundError, SessionExpiredError, InvalidParameterError for a field that may not
    be changed, and PoolExhaustedError if the party to be added cannot be told apart on any number.
    """

    names: set[str] = set()

    def entry_of(before: Session, after: Session) -> table.Item:
        """With what any attempt changed: an earlier one may have been applied unseen."""
        names.update(changed_fields(before, after))
        return trail.entry_action(done(client, Action.CHANGED, after, names))

    def attempt() -> SessionView:
        session = owned_session(client, session_uuid)
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
            sessions.save_session_and_routes(changed, entry_of(session, changed))
        else:
            addition = Addition(session, role, party, has_plus=role not in change.without_plus)
            changed = add_party(client, addition, changed, entry_of=entry_of)
        return view_of(changed)

    return until_written(attempt)
