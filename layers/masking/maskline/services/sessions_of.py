"""Which sessions a caller may see and change."""

import uuid

from maskline.domain.accounts import Caller
from maskline.domain.errors import SessionNotFoundError
from maskline.domain.sessions import Session
from maskline.store import sessions


def owned_session(caller: Caller, session_uuid: str) -> Session:
    """The session if it belongs to the caller. Raises SessionNotFoundError.

    A main account sees its subaccounts' sessions; a subaccount only its own. "Not yours" and "not
    there" look the same.
    """
    session = sessions.get_session(session_uuid) if _is_uuid(session_uuid) else None
    if session is None or not _owns(caller, session):
        raise SessionNotFoundError("not found")
    return session


def _owns(caller: Caller, session: Session) -> bool:
    if session.account_id != caller.owner_id:
        return False
    return caller.subaccount_id in {"", session.subaccount_id}


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
