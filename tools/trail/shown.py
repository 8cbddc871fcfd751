"""Show who did what to a session, in lines for people to read."""

from collections.abc import Iterator
from functools import cache

from maskline import clock
from maskline.api.authentication import fingerprint
from maskline.config import settings
from maskline.domain.accounts import Origin
from maskline.domain.trail import Action, Entry, shown_at
from maskline.store import keys, table
from maskline.store import trail as trail_entries
from maskline.store.accounts.accounts import get_account
from maskline.store.trail_codes import is_genuine

# An order may be as much older than a session that it is carried out on.
_ORDER_MS = 10 * 60_000
_ORDERS = {Action.REPLACEMENT_ORDERED, Action.ERASURE_ORDERED}
_ENDS = {Action.ENDED, Action.ERASED}


def trail(session_uuid: str, *, days: int | None = None) -> Iterator[str]:
    """A line for each thing that was done to the session, or ordered and then done to it."""
    now = clock.now_ms()
    since = now - days * keys.DAY_MS if days else _first_instant(session_uuid, now)
    orders: dict[str, str] = {}
    last: Entry | None = None
    # The local stack's clock may be ahead of this machine's.
    for record in trail_entries.walk(since, max(now, since) + keys.DAY_MS):
        entry = trail_entries.entry_from_record(record)
        if entry.action in _ORDERS:
            orders[entry.entry_id] = _line(entry, record)
        if session_uuid in entry.sessions:
            if entry.function and entry.origin.request_id in orders:
                yield orders.pop(entry.origin.request_id)
            yield _line(entry, record)
            last = entry if entry.expires_at else last
    if last and last.action not in _ENDS and (last.expires_at or 0) <= now:
        yield f"{shown_at(last.expires_at or 0)}  ended by the clock"


def _first_instant(session_uuid: str, now: int) -> int:
    """Nothing was done to a session before it was created."""
    record = table.get(keys.session(session_uuid))
    if record:
        return keys.creation_of(record["created_order"])[0] - _ORDER_MS
    return now - settings().audit_retention_days * keys.DAY_MS


def _line(entry: Entry, record: table.Record) -> str:
    what = entry.action.replace("_", " ") + (
        f" ({', '.join(entry.fields)})" if entry.fields else ""
    )
    mark = "" if is_genuine(record) else "  ALTERED"
    return f"{shown_at(entry.at)}  {what:<20}  {_who(entry)}{mark}"


def _who(entry: Entry) -> str:
    origin = entry.origin
    if entry.function:
        return f"by {entry.function}, ordered by request {origin.request_id}"
    whose = (
        f" as {entry.subaccount_id}"
        if entry.subaccount_id not in {"", origin.credential_of}
        else ""
    )
    return (
        f"by {origin.credential_of}{whose} with {_credential(origin)}"
        f" from {origin.source_ip}, request {origin.request_id}"
    )


def _credential(origin: Origin) -> str:
    known = _fingerprints(origin.credential_of)
    name = known.get(origin.credential, "a token that is valid no more")
    return f"{name} ({origin.credential})"


@cache
def _fingerprints(account_id: str) -> dict[str, str]:
    account = get_account(account_id)
    tokens = account.auth_tokens if account else ()
    return {
        fingerprint(account_id, token): f"token {number} of {len(tokens)}"
        for number, token in enumerate(tokens, start=1)
    }
