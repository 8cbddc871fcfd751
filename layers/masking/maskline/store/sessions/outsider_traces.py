"""Traces of outsiders: where to find those who called a session that is not theirs.

The indexes of lists know a session by its parties alone. A trace holds two ids and no number.
"""

from maskline.config import settings
from maskline.domain.calls.route import Route
from maskline.domain.phone_numbers import E164, is_same_phone
from maskline.domain.sessions.session import Session
from maskline.store import keys, table

# A call lasts a day at most, within which its session may be given another end.
_CALL_SECONDS = 2 * 86_400


def call_actions(route: Route, caller: E164) -> list[table.Item]:
    """The transaction's part that keeps a trace of who calls from a phone not the role's own."""
    outsider = E164("") if is_same_phone(caller, route.party) else caller
    return _trace_actions(route.account_id, outsider, (route.session_uuid, route.expires_at))


def _trace_actions(account_id: str, outsider: E164, place: tuple[str, int]) -> list[table.Item]:
    """The transaction's part that keeps a trace; `place` is the session and its end.

    It stays as long as what the session, its update during the call included, keeps of the call.
    """
    if not outsider:
        return []
    session_uuid, expires_at = place
    deployed = settings()
    kept_seconds = deployed.retention_days * 86_400 + deployed.session_expiry_max_seconds
    trace = {
        **keys.outsider(keys.party_list(account_id, outsider), session_uuid),
        "item": "outsider",
        "ttl": expires_at // 1000 + kept_seconds + _CALL_SECONDS,
    }
    return [table.put_action(trace)]


def last_outsider_actions(session: Session) -> list[table.Item]:
    """Extend the trace of the session's last outsider, because the session's end has changed."""
    place = session.session_uuid, session.expires_at
    return _trace_actions(session.account_id, session.last_outsider, place)
