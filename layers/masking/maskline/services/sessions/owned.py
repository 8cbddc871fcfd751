"""Find the sessions that a caller may see and change."""

import uuid
from functools import partial

from maskline import clock
from maskline.domain.accounts import Client
from maskline.domain.errors import SessionNotFoundError
from maskline.domain.sessions.session import Session
from maskline.store.sessions import sessions
from maskline.store.sessions.records import purge_at_seconds


def owned_session(client: Client, session_uuid: str) -> Session:
    """The session if it belongs to the client. Raises SessionNotFoundError.

    A main account sees its subaccounts' sessions; a subaccount only its own. "Not yours" and "not
    there" look the same, and so does "past its retention": TTL may be days late.
    """
    if not _is_uuid(session_uuid):
        raise SessionNotFoundError("not found")
    session = sessions.get_owned_session(session_uuid, partial(owns, client))
    if session is None or is_past_retention(session):
        raise SessionNotFoundError("not found")
    return session


def owns(client: Client, account_id: str, subaccount_id: str) -> bool:
    """Tell if what belongs to that account and subaccount is the client's."""
    return account_id == client.owner_id and client.subaccount_id in {"", subaccount_id}


def is_past_retention(session: Session) -> bool:
    """Tell if a session must look as if it were gone."""
    return purge_at_seconds(session) * 1000 <= clock.now_ms()


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
