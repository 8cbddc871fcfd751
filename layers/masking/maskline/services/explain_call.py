"""Why a call went where it went, for the account whose call it is."""

import re
from functools import partial

from maskline import clock
from maskline.domain.accounts import Caller
from maskline.domain.audit import Action, seen
from maskline.domain.decisions import CONNECTION
from maskline.domain.errors import CallNotFoundError
from maskline.domain.explanations import Explanation, pushed_aside
from maskline.domain.sessions import Session
from maskline.services.audit_reads import note_read
from maskline.services.sessions_of import is_past_retention, owned_session, owns
from maskline.store import calls, sessions
from maskline.store.known_calls import KnownCall, read_known_call

# As carriers' ids are: whatever else is asked for is no call.
_CALL_UUID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def explain_call(caller: Caller, call_uuid: str) -> Explanation:
    """The decision on a call, by the id of either leg. Raises CallNotFoundError.

    A call with a session is whose the session is, any other the owner's of the number. "Not yours"
    and "not there" look the same, and take the same.
    """
    known = _known(caller, call_uuid)
    place = known.session_uuid if known and known.session_uuid else call_uuid
    session = sessions.get_owned_session(place, partial(owns, caller))
    if known is None or not _is_theirs(known, session, caller):
        raise CallNotFoundError("not found")
    return _explained(known, session, caller)


def explain_call_of_session(caller: Caller, session_uuid: str, call_uuid: str) -> Explanation:
    """The same of a call that a session had to do with. Raises SessionNotFoundError, too."""
    session = owned_session(caller, session_uuid)
    known = _known(caller, call_uuid)
    if known is None or known.session_uuid != session_uuid:
        raise CallNotFoundError("not found")
    return _explained(known, session, caller)


def _known(caller: Caller, call_uuid: str) -> KnownCall | None:
    if not _CALL_UUID.fullmatch(call_uuid):
        raise CallNotFoundError("not found")
    return read_known_call(caller.owner_id, call_uuid, clock.now_ms())


def _is_theirs(known: KnownCall, session: Session | None, caller: Caller) -> bool:
    if known.session_uuid:
        return session is not None and not is_past_retention(session)
    decision = known.decision
    return decision is not None and owns(caller, decision.account_id, decision.subaccount_id)


def _explained(known: KnownCall, session: Session | None, caller: Caller) -> Explanation:
    explanation = _explanation(known, session, caller)
    note_read(seen(caller, Action.EXPLAINED, [session.session_uuid] if session else []))
    return explanation


def _explanation(known: KnownCall, session: Session | None, caller: Caller) -> Explanation:
    decision = known.decision
    if decision is None:
        found = _known(caller, known.caller_leg)
        decision = found.decision if found else None
    if decision is None:
        raise CallNotFoundError("not found")
    if session is None or decision.given != CONNECTION:
        return Explanation(decision, session)
    interactions = calls.list_interactions(session.session_uuid, readable=True)
    return Explanation(decision, session, pushed_aside(decision, interactions))
