"""Sessions and the routes that lead to them: every write that must agree is one transaction."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.route import Route, RouteKind, routes_of
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session
from maskline.store import keys, table
from maskline.store.readable import each_readable
from maskline.store.sessions import expiry_index, last_numbers, outsider_traces
from maskline.store.sessions.outbox import beside, outbox
from maskline.store.sessions.records import session_from_record, session_record
from maskline.store.sessions.route_records import route_key, route_record
from maskline.store.table import Record

_UNCHANGED = "version = :version"
_STILL_OURS = "session_uuid = :session"
_PAIR_IS_FREE = "attribute_not_exists(PK) OR reusable_at <= :now"


def get_session(session_uuid: str) -> Session | None:
    """The session, live or not, strongly consistent."""
    record = table.get(keys.session(session_uuid))
    return session_from_record(record) if record else None


def get_owned_session(session_uuid: str, owns: Callable[[str, str], bool]) -> Session | None:
    """The session if `owns` says yes to its account and subaccount.

    Another's is not even opened: the time that takes would tell that it is there.
    """
    record = table.get(keys.session(session_uuid))
    if record is None or not owns(record["account_id"], record.get("subaccount_id", "")):
        return None
    return session_from_record(record)


def get_sessions(session_uuids: list[str]) -> dict[str, Session]:
    """Several sessions by uuid, without those purged meanwhile and those that cannot be read."""
    found = table.batch_get([keys.session(session_uuid) for session_uuid in session_uuids])
    sessions = each_readable(session_from_record, found.values())
    return {session.session_uuid: session for session in sessions}


def creation_actions(session: Session) -> list[table.Item]:
    """The transaction's part that stores a session and claims all its (proof, number) pairs.

    It fails at the route of a pair that is taken.
    """
    return [
        table.put_action(session_record(session), "attribute_not_exists(PK)"),
        *(_claim_action(route, session.created_at) for route in routes_of(session)),
    ]


def save_session(session: Session, told: tuple[SessionEvent, ...] = ()) -> None:
    """Write a session that was read and changed, with the events to tell.

    Raises table.ConditionFailedError if it was written since it was read.
    """
    table.put(
        next_record(session, told),
        condition=_UNCHANGED,
        values={":version": session.version},
    )


def save_session_and_routes(
    session: Session,
    entry: table.Item,
    *,
    before: Session | None = None,
    told: tuple[SessionEvent, ...] = (),
) -> None:
    """Write a changed session with the routes that copy its settings and its end.

    `entry` is its audit entry. `before` is the session as it was read, where the change moves
    routes: new (proof, number) pairs are claimed, and those that it has no more are given up.
    `told` are the events to tell.
    Raises table.ConditionFailedError if the session was written since it was read, or a pair is
    taken.
    """
    owned = routes_by_place(before or session)
    wanted = routes_by_place(session)
    table.transact(
        [
            table.put_action(next_record(session, told), _UNCHANGED, version=session.version),
            *(
                _kept_action(route) if key in owned else _claim_action(route, session.modified_at)
                for key, route in wanted.items()
            ),
            *(
                _given_up_action(route, session)
                for key, route in owned.items()
                if key not in wanted
            ),
            *(last_numbers.memory_actions(session) if before else ()),
            *outsider_traces.last_outsider_actions(session),
            entry,
        ]
    )


def routes_by_place(session: Session) -> dict[table.Place, Route]:
    """Return a session's routes by the places of their items."""
    return {table.place(route_key(route)): route for route in routes_of(session)}


def _claim_action(route: Route, now: int) -> table.Item:
    return table.put_action(route_record(route), _PAIR_IS_FREE, now=now)


def _kept_action(route: Route) -> table.Item:
    return table.put_action(route_record(route), _STILL_OURS, session=route.session_uuid)


def _given_up_action(route: Route, session: Session) -> table.Item:
    """A door that closes cools off as after a session's end: who came through it dials it again."""
    cooloff_ms = session.terms.cooloff_seconds * 1000
    if route.kind is not RouteKind.OPEN or not cooloff_ms:
        return table.delete_action(route_key(route), _STILL_OURS, session=route.session_uuid)
    now = session.modified_at
    closed = replace(route, peer=E164(""), expires_at=now, reusable_at=now + cooloff_ms)
    return _kept_action(closed)


def list_due(now: int, shards: Iterable[int]) -> list[str]:
    """Uuids of sessions whose time is over and whose timeout is still to be told."""
    return [
        session_uuid for session_uuid, _ in expiry_index.list_due(keys.expiry_shard, now, shards)
    ]


Held = dict[E164, tuple[str, int]]


def read_held_by_party(party: E164) -> Held:
    """Every number that was ever given to a party and is not collected yet.

    Maps the number to the session that has or had it and the instant from which it may be reused.
    """
    routes = table.query(
        "PK = :party",
        {":party": keys.party_partition(party)},
        ProjectionExpression="virtual_number, session_uuid, reusable_at",
    )
    return _held(routes)


def read_open_doors(virtual_numbers: Iterable[E164]) -> Held:
    """Read the open doors of numbers."""
    return _held(table.batch_get([keys.open_route(one) for one in virtual_numbers]).values())


def read_pins(virtual_numbers: Iterable[E164], pin: str) -> Held:
    """Read the numbers on which a PIN is in use."""
    return _held(table.batch_get([keys.pin_route(one, pin) for one in virtual_numbers]).values())


def _held(routes: Iterable[Record]) -> Held:
    return {
        E164(route["virtual_number"]): (route["session_uuid"], route["reusable_at"])
        for route in routes
    }


def next_record(session: Session, told: tuple[SessionEvent, ...]) -> Record:
    """The record of the version after `session`'s, whose outbox holds just `told`."""
    record = session_record(replace(session, version=session.version + 1))
    if told:
        record["outbox"] = outbox(session.account_id, session.session_uuid, told, beside(session))
    return record
