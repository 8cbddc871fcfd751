"""Explain a call to the account whose call it is."""

import re
from functools import partial

from maskline import clock
from maskline.domain.accounts import Caller
from maskline.domain.audit import Action, seen
from maskline.domain.errors import CallNotFoundError
from maskline.domain.explanations import Explanation
from maskline.domain.interactions import Interaction
from maskline.domain.sessions import Session
from maskline.services.audit_reads import note_read
from maskline.services.sessions_of import is_past_retention, owned_session, owns
from maskline.store import calls, sessions
from maskline.store.known_calls import KnownCall, read_known_call

# As carriers' ids are: whatever else is asked for is no call.
_CALL_UUID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def explain_call(caller: Caller, call_uuid: str) -> Explanation:
    """The decision on a call, by the id of its caller's leg. Raises CallNotFoundError.

    A call with a session is whose the session is, any other the owner's of the number. "Not yours"
    and "not there" look the same, and take the same.
    """
    known = _known(caller, call_uuid)
    place = known.decision.session_uuid if known else ""
    session = sessions.get_owned_session(place or call_uuid, partial(owns, caller))
    if known is None or not _is_theirs(known, session, caller):
        raise CallNotFoundError("not found")
    is_conversation = session is not None and known.decision.is_connected
    conversations = _conversations(place) if is_conversation else ()
    return _noted(Explanation(known.decision, session, conversations), caller)


def explain_call_of_session(caller: Caller, session_uuid: str, call_uuid: str) -> Explanation:
    """The decision on a call that a session had to do with, by the id of either leg.

    Raises SessionNotFoundError or CallNotFoundError.
    """
    session = owned_session(caller, session_uuid)
    conversations = _conversations(session_uuid)
    by_callee = (one.call_uuid for one in conversations if one.callee.uuid == call_uuid)
    known = _known(caller, next(by_callee, call_uuid))
    if known is None or known.decision.session_uuid != session_uuid:
        raise CallNotFoundError("not found")
    return _noted(Explanation(known.decision, session, conversations), caller)


def _known(caller: Caller, call_uuid: str) -> KnownCall | None:
    if not _CALL_UUID.fullmatch(call_uuid):
        raise CallNotFoundError("not found")
    return read_known_call(caller.owner_id, call_uuid, clock.now_ms())


def _is_theirs(known: KnownCall, session: Session | None, caller: Caller) -> bool:
    if known.decision.session_uuid:
        return session is not None and not is_past_retention(session)
    return owns(caller, caller.owner_id, known.subaccount_id)


def _conversations(session_uuid: str) -> tuple[Interaction, ...]:
    return calls.list_interactions(session_uuid, readable=True)


def _noted(explanation: Explanation, caller: Caller) -> Explanation:
    """The explanation, once the trail says that it was read."""
    session = explanation.session
    note_read(seen(caller, Action.EXPLAINED, [session.session_uuid] if session else []))
    return explanation
