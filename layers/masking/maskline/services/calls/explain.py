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
from maskline.domain.why.search import CallSearch, Place
from maskline.services.sessions.owned import is_past_retention, owned_session, owns
from maskline.services.trail import note_read
from maskline.store.calls import reports
from maskline.store.calls.known import KnownCall, read_known_call, read_known_calls
from maskline.store.numbers import pool as numbers
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
    conversations = _conversations(place) if session else ()
    return _noted(Explanation(known.decision, session, conversations), client)


def list_calls(client: Client, search: CallSearch) -> tuple[list[Explanation], Place | None]:
    """The calls that the client may see, of those that the search finds at the account.

    The place is that of the last one that was looked at, None at the end. An explanation knows of
    its own conversation only. A subaccount lists the calls to numbers of its own: how many others
    there are on a number of the main account's is not for it to know.
    """
    found, last = _found(client, search)
    uuids = {known.decision.session_uuid for known in found} - {""}
    by_uuid = sessions.get_sessions(list(uuids)) if uuids else {}
    theirs = [
        known.decision
        for known in found
        if _is_theirs(known, _owned(by_uuid.get(known.decision.session_uuid), client), client)
    ]
    places = [(one.session_uuid, one.call_uuid) for one in theirs if one.session_uuid]
    own = {one.call_uuid: (one,) for one in reports.read_interactions(places)}
    shown = {one.session_uuid for one in theirs} - {""}
    note_read(seen(client, Action.EXPLAINED, sorted(shown)))
    return [
        Explanation(one, by_uuid.get(one.session_uuid), own.get(one.call_uuid, ()))
        for one in theirs
    ], last


def _found(client: Client, search: CallSearch) -> tuple[list[KnownCall], Place | None]:
    if client.subaccount_id:
        number = numbers.get_number(search.virtual_number)
        if number is None or not owns(client, number.account_id, number.subaccount_id):
            return [], None
    return read_known_calls(client.owner_id, search, clock.now_ms())


def _owned(session: Session | None, client: Client) -> Session | None:
    if session and owns(client, session.account_id, session.subaccount_id):
        return session
    return None


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
