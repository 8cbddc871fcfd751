"""Taking a person out of a session: one transaction, or several where they had many calls there.

The session's own record comes last: by it the rest is found again after a crash. Every transaction
raises the session's version, so that nobody writes back what they read before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from maskline.domain.accounts import Origin
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.route import Route
from maskline.domain.erasure import ErasureOrder, Kind
from maskline.domain.sessions.session import Role, Session
from maskline.domain.trail import Action, Function, carried_out
from maskline.store import keys, table, trail
from maskline.store.calls.records import record_in_session
from maskline.store.erasure import orders as erasures
from maskline.store.sessions.route_records import route_key, route_record
from maskline.store.sessions.sessions import next_record

# With a PIN call each, and beside the session's own records, within a transaction's hundred: one
# with PINs that was moved ten times has 44 routes.
_CALLS_AT_ONCE = 20

Change = tuple[Interaction, Interaction]


@dataclass(frozen=True, slots=True)
class Erasing:
    """A session as it was read, and what is to become of it, its conversations and its routes.

    Of the conversations only those that change: as they were, and as they stay. A route leads to
    what stays of it, None for nothing.
    """

    before: Session
    after: Session
    interactions: Sequence[Change]
    routes: Mapping[Route, Route | None]


def erase(order: ErasureOrder, erasing: Erasing, now: int) -> None:
    """Write it, each transaction with an audit entry.

    Raises table.ConditionFailedError where somebody wrote since it was read.
    """
    version, left = erasing.before.version, list(erasing.interactions)
    while len(left) > _CALLS_AT_ONCE:
        batch, left = left[:_CALLS_AT_ONCE], left[_CALLS_AT_ONCE:]
        counted = erasures.count_action(order, _counted(batch))
        written = replace(erasing.before, version=version)
        actions = [_next_version(written), counted, _entry_action(order, written, now)]
        table.transact(actions + _call_actions(erasing.after, batch, now))
        version += 1
    after = replace(erasing.after, version=version)
    table.transact(_last_actions(order, replace(erasing, after=after), left, now=now))


def _last_actions(
    order: ErasureOrder, erasing: Erasing, left: Sequence[Change], *, now: int
) -> list[table.Item]:
    before, after = erasing.before, erasing.after
    routes = _route_actions(erasing)
    erased = {Kind.SESSIONS: 1, Kind.ROUTES: len(routes)} | _counted(left)
    trace = keys.outsider(order.person.sessions, before.session_uuid)
    return [
        table.put_action(next_record(after, ()), "version = :version", version=after.version),
        erasures.count_action(order, erased),
        table.put_action(erasures.tombstone(order, before.session_uuid, now)),
        table.delete_action(trace, ""),
        _entry_action(order, after, now),
        *_pair_actions(before, after),
        *_request_actions(before, after),
        *routes,
        *_call_actions(after, left, now),
    ]


def _counted(changes: Sequence[Change]) -> dict[Kind, int]:
    recordings = [before.recording for before, _ in changes if before.recording]
    return {
        Kind.INTERACTIONS: len(changes),
        Kind.RECORDINGS: sum(bool(recording.uuid) for recording in recordings),
    }


def _entry_action(order: ErasureOrder, written: Session, now: int) -> table.Item:
    origin = Origin(order.request_id, now)
    entry = carried_out(Function.CARRY_OUT_ERASURES, Action.ERASED, written, origin=origin)
    return trail.entry_action(entry)


def _next_version(session: Session) -> table.Item:
    return table.update_action(
        keys.session(session.session_uuid),
        "SET version = version + :one",
        "version = :version",
        one=1,
        version=session.version,
    )


def _call_actions(session: Session, changes: Sequence[Change], now: int) -> list[table.Item]:
    """Write the conversations; delete what is known of their callers' PIN calls."""
    asks_pin = session.terms.pin is not None
    records = [table.put_action(record_in_session(after, session, now)) for _, after in changes]
    asked = [
        table.delete_action(keys.pin_call(session.account_id, after.call_uuid), "")
        for _, after in changes
    ]
    return records + (asked if asks_pin else [])


def _route_actions(erasing: Erasing) -> list[table.Item]:
    """For the routes that are still there, and still this session's."""
    found = table.batch_get([route_key(route) for route in erasing.routes])
    ours = {
        place
        for place, record in found.items()
        if record["session_uuid"] == erasing.before.session_uuid
    }
    return [
        _route_action(route, kept)
        for route, kept in erasing.routes.items()
        if tuple(route_key(route).values()) in ours and kept != route
    ]


def _route_action(route: Route, kept: Route | None) -> table.Item:
    still_ours = "session_uuid = :session"
    if kept is None:
        return table.delete_action(route_key(route), still_ours, session=route.session_uuid)
    return table.put_action(route_record(kept), still_ours, session=route.session_uuid)


def _pair_actions(before: Session, after: Session) -> list[table.Item]:
    """Delete the last numbers of two people: they go with either of them."""
    parties = [before.party(role) for role in Role]
    if not all(parties) or parties == [after.party(role) for role in Role]:
        return []
    owner_id = before.subaccount_id or before.account_id
    return [table.delete_action(keys.pair(owner_id, parties), "")] if before.terms.is_sticky else []


def _request_actions(before: Session, after: Session) -> list[table.Item]:
    """The copy that a repeated create would be answered with."""
    if before.request_hash == after.request_hash:
        return []
    owners = {before.account_id, before.subaccount_id} - {""}
    places = [keys.hashed_request(owner, before.request_hash) for owner in owners]
    found = table.batch_get(places)
    return [
        table.delete_action({"PK": record["PK"], "SK": record["SK"]}, "")
        for record in found.values()
        if keys.session_and_call(record["session"])[0] == before.session_uuid
    ]
