"""Explain a call to the account whose call it is."""

import re
from functools import partial

from maskline import clock
from maskline.domain.accounts import Client
from maskline.domain.calls.interaction import Interaction
from maskline.domain.errors import CallNotFoundError
from maskline.domain.sessions.session import Session
from maskline.domain.trail import Action, seen
from maskline.domain.why.explanation import Explanation
from maskline.services.sessions.owned import is_past_retention, owned_session, owns
from maskline.services.trail import note_read
from maskline.store.calls import reports
from maskline.store.calls.known import KnownCall, read_known_call
from maskline.store.sessions import sessions

# As carriers' ids are: whatever else is asked for is no call.
_CALL_UUID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def explain_call(client: Client, call_uuid: str) -> Explanation:
    """The decision on a call, by the id of its client's leg. Raises CallNotFoundError.

    A call with a session is whose the session is, any other the owner's of the number. "Not yours"
    and "not there" look the same, and take the same.
    """
    known = _known(client, call_uuid)
    place = known.decision.session_uuid if known else ""
    session = sessions.get_owned_session(place or call_uuid, partial(owns, client))
    if known is None or not _is_theirs(known, session, client):
        raise CallNotFoundError("not found")
    is_conversation = session is not None and known.decision.is_connected
    conversations = _conversations(place) if is_conversation else ()
    return _noted(Explanation(known.decision, session, conversations), client)


def explain_call_of_session(client: Client, session_uuid: str, call_uuid: str) -> Explanation:
    """The decision on a call that a session had to do with, by the id of either leg.

    Raises SessionNotFoundError or CallNotFoundError.
    """
    session = owned_session(client, session_uuid)
    conversations = _conversations(session_uuid)
    by_callee = (one.call_uuid for one in conversations if one.callee.uuid == call_uuid)
    known = _known(client, next(by_callee, call_uuid))
    if known is None or known.decision.session_uuid != session_uuid:
        raise CallNotFoundError("not found")
    return _noted(Explanation(known.decision, session, conversations), client)


def _known(client: Client, call_uuid: str) -> KnownCall | None:
    if not _CALL_UUID.fullmatch(call_uuid):
        raise CallNotFoundError("not found")
    return read_known_call(client.owner_id, call_uuid, clock.now_ms())


def _is_theirs(known: KnownCall, session: Session | None, client: Client) -> bool:
    if known.decision.session_uuid:
        return session is not None and not is_past_retention(session)
    return owns(client, client.owner_id, known.subaccount_id)


def _conversations(session_uuid: str) -> tuple[Interaction, ...]:
    return reports.list_interactions(session_uuid, readable=True)


def _noted(explanation: Explanation, client: Client) -> Explanation:
    """The explanation, once the trail says that it was read."""
    session = explanation.session
    note_read(seen(client, Action.EXPLAINED, [session.session_uuid] if session else []))
    return explanation
