"""Sessions and the routes that lead to them: every write that must agree is one transaction."""

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from maskline.config import settings
from maskline.domain.events import SessionEvent
from maskline.domain.phone_numbers import E164
from maskline.domain.routing import Route, routes_of
from maskline.domain.session_filter import SessionSummary
from maskline.domain.sessions import LiveCall, Role, Session, Settings, Strategy, Totals
from maskline.store import keys, table
from maskline.store.table import Record

_UNCHANGED = "version = :version"
_STILL_OURS = "session_uuid = :session"
_PAIR_IS_FREE = "attribute_not_exists(PK) OR reusable_at <= :now"


def get_session(session_uuid: str) -> Session | None:
    """The session, live or not, strongly consistent."""
    record = table.get(keys.session(session_uuid))
    return session_from_record(record) if record else None


def get_sessions(session_uuids: list[str]) -> dict[str, Session]:
    """Several sessions by uuid; those purged meanwhile are left out."""
    found = table.batch_get([keys.session(session_uuid) for session_uuid in session_uuids])
    sessions = [session_from_record(record) for record in found.values()]
    return {session.session_uuid: session for session in sessions}


def creation_actions(session: Session) -> list[table.Item]:
    """The transaction's part that stores a session and claims both (party, number) pairs.

    It fails at the position of a pair that is taken. Order: session, first route, second route.
    """
    return [
        table.put_action(session_record(session), "attribute_not_exists(PK)"),
        *(
            table.put_action(route_record(route), _PAIR_IS_FREE, now=session.created_at)
            for route in routes_of(session)
        ),
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


def save_session_and_routes(session: Session) -> None:
    """Write a changed session together with the routes that copy its settings and its end.

    Raises table.ConditionFailedError if the session was written since it was read.
    """
    table.transact(
        [
            table.put_action(next_record(session, ()), _UNCHANGED, version=session.version),
            *(
                table.put_action(route_record(route), _STILL_OURS, session=session.session_uuid)
                for route in routes_of(session)
            ),
        ]
    )


def list_due(now: int) -> list[str]:
    """Uuids of sessions whose time is over and whose timeout is still to be told."""
    return [
        record["PK"].removeprefix("SESSION#")
        for shard in range(keys.SHARDS)
        for record in table.query(
            "expiry_shard = :shard AND expires_at <= :now",
            {":shard": keys.expiry_shard(shard), ":now": now},
            IndexName=keys.SESSIONS_BY_EXPIRY,
        )
    ]


def read_holdings(party: E164) -> dict[E164, tuple[str, int]]:
    """Every number that was ever given to a party and is not collected yet.

    Maps the number to the session that has or had it and the instant from which it may be reused.
    """
    routes = table.query(
        "PK = :party",
        {":party": keys.party_partition(party)},
        ProjectionExpression="virtual_number, session_uuid, reusable_at",
    )
    return {
        E164(route["virtual_number"]): (route["session_uuid"], route["reusable_at"])
        for route in routes
    }


def next_record(session: Session, told: tuple[SessionEvent, ...]) -> Record:
    """The record of the version after `session`'s, whose outbox holds just `told`."""
    record = session_record(replace(session, version=session.version + 1))
    if told:
        record["outbox"] = [event.to_record() for event in told]
    return record


def purge_at_seconds(session: Session) -> int:
    """When TTL may remove what is kept of a session, in epoch seconds."""
    return -(-session.expires_at // 1000) + settings().retention_days * 86_400


def session_record(session: Session) -> Record:
    """The item of a session, without an outbox."""
    choices = session.settings
    record: Record = {
        **keys.session(session.session_uuid),
        "item": "session",
        "session_uuid": session.session_uuid,
        "account_id": session.account_id,
        "subaccount_id": session.subaccount_id,
        "first_party": session.first_party,
        "second_party": session.second_party,
        "first_party_key": keys.party_key(session.first_party),
        "second_party_key": keys.party_key(session.second_party),
        "first_virtual_number": session.first_virtual_number,
        "second_virtual_number": session.second_virtual_number,
        "strategy": session.strategy,
        "carrier": session.carrier,
        "session_expiry_seconds": choices.session_expiry_seconds,
        "call_time_limit_seconds": choices.call_time_limit_seconds,
        "ring_timeout_seconds": choices.ring_timeout_seconds,
        "callback_url": choices.callback_url,
        "callback_method": choices.callback_method,
        "created_at": session.created_at,
        "modified_at": session.modified_at,
        "expires_at": session.expires_at,
        "last_interaction_at": session.last_interaction_at,
        "total_call_count": session.totals.call_count,
        "total_billed_seconds": session.totals.billed_seconds,
        "total_amount": session.totals.amount,
        "sequence": session.sequence,
        "version": session.version,
        "ttl": purge_at_seconds(session),
        "account_shard": keys.account_shard(
            session.account_id, keys.shard_of(session.session_uuid)
        ),
        "created_order": keys.created_order(session.created_at, session.session_uuid),
    }
    return record | _line_part(session.live_call) | _expiry_part(session)


def _line_part(held: LiveCall | None) -> Record:
    """Absent while nobody talks: the condition on the line asks for absence."""
    if held is None:
        return {}
    return {
        "live_call_uuid": held.call_uuid,
        "live_caller_role": held.caller_role,
        "live_until": held.until,
    }


def _expiry_part(session: Session) -> Record:
    """Absent once the timeout is told: the expiry index holds only sessions that still need it."""
    if not session.timeout_pending:
        return {}
    return {"expiry_shard": keys.expiry_shard(keys.shard_of(session.session_uuid))}


def session_from_record(record: Record) -> Session:
    """The inverse of `session_record`."""
    return Session(
        session_uuid=record["session_uuid"],
        account_id=record["account_id"],
        subaccount_id=record["subaccount_id"],
        first_party=E164(record["first_party"]),
        second_party=E164(record["second_party"]),
        first_virtual_number=E164(record["first_virtual_number"]),
        second_virtual_number=E164(record["second_virtual_number"]),
        strategy=Strategy(record["strategy"]),
        carrier=record["carrier"],
        settings=_settings_from(record),
        created_at=record["created_at"],
        modified_at=record["modified_at"],
        expires_at=record["expires_at"],
        live_call=_line_from(record),
        totals=_totals_from(record),
        last_interaction_at=record["last_interaction_at"],
        timeout_pending="expiry_shard" in record,
        sequence=record["sequence"],
        version=record["version"],
    )


def _settings_from(record: Record) -> Settings:
    return Settings(
        session_expiry_seconds=record["session_expiry_seconds"],
        call_time_limit_seconds=record["call_time_limit_seconds"],
        ring_timeout_seconds=record["ring_timeout_seconds"],
        callback_url=record["callback_url"],
        callback_method=record["callback_method"],
    )


def _line_from(record: Record) -> LiveCall | None:
    if "live_call_uuid" not in record:
        return None
    role = Role(record["live_caller_role"])
    return LiveCall(record["live_call_uuid"], role, record["live_until"])


def _totals_from(record: Record) -> Totals:
    return Totals(
        record["total_call_count"], record["total_billed_seconds"], Decimal(record["total_amount"])
    )


def route_record(route: Route) -> Record:
    """The item of a route."""
    return {
        **keys.route(route.party, route.virtual_number),
        "item": "route",
        "session_uuid": route.session_uuid,
        "account_id": route.account_id,
        "role": route.role,
        "party": route.party,
        "virtual_number": route.virtual_number,
        "peer": route.peer,
        "caller_id": route.caller_id,
        "ring_timeout_seconds": route.ring_timeout_seconds,
        "call_time_limit_seconds": route.call_time_limit_seconds,
        "expires_at": route.expires_at,
        "reusable_at": route.reusable_at,
        "ttl": -(-route.reusable_at // 1000),
        "number_shard": keys.number_shard(route.virtual_number, keys.shard_of(route.session_uuid)),
    }


def route_from_record(record: dict[str, Any]) -> Route:
    """The inverse of `route_record`."""
    return Route(
        session_uuid=record["session_uuid"],
        account_id=record["account_id"],
        role=Role(record["role"]),
        party=E164(record["party"]),
        virtual_number=E164(record["virtual_number"]),
        peer=E164(record["peer"]),
        caller_id=E164(record["caller_id"]),
        ring_timeout_seconds=record["ring_timeout_seconds"],
        call_time_limit_seconds=record["call_time_limit_seconds"],
        expires_at=record["expires_at"],
        reusable_at=record["reusable_at"],
    )


def list_summaries(account_id: str, created_from: int, created_before: int) -> list[SessionSummary]:
    """A main account's sessions created in [from, before), newest first, from the list index."""
    shards = table.in_parallel(
        *(
            partial(_shard_summaries, account_id, shard, created_from, created_before)
            for shard in range(keys.SHARDS)
        )
    )
    everything = (summary for shard in shards for summary in shard)
    return sorted(
        everything, key=lambda summary: (summary.created_at, summary.session_uuid), reverse=True
    )


def _shard_summaries(
    account_id: str, shard: int, created_from: int, created_before: int
) -> list[SessionSummary]:
    records = table.query(
        "account_shard = :shard AND created_order BETWEEN :from AND :before",
        {
            ":shard": keys.account_shard(account_id, shard),
            ":from": keys.created_order(created_from, ""),
            ":before": keys.created_order(created_before, ""),
        },
        IndexName=keys.SESSIONS_BY_ACCOUNT,
    )
    return [_summary_from(record) for record in records]


def _summary_from(record: Record) -> SessionSummary:
    return SessionSummary(
        session_uuid=record["session_uuid"],
        created_at=record["created_at"],
        expires_at=record["expires_at"],
        live_until=record.get("live_until"),
        first_party_key=record["first_party_key"],
        second_party_key=record["second_party_key"],
        first_virtual_number=E164(record["first_virtual_number"]),
        second_virtual_number=E164(record["second_virtual_number"]),
        subaccount_id=record["subaccount_id"],
    )
