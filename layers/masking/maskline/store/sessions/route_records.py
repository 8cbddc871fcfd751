"""Routes as items of the table, and back."""

from dataclasses import asdict

from maskline.domain.calls.route import Route, RouteKind
from maskline.domain.limits import CallLimits
from maskline.domain.numbers.destinations import Destinations
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.greeting import Greeting
from maskline.domain.sessions.session import Role
from maskline.domain.stored import known, known_word
from maskline.store import keys
from maskline.store.sealing.seal import seal_for, seal_of
from maskline.store.table import Record


def route_key(route: Route) -> keys.Key:
    """Return the key of a route that was made from its session."""
    match route.kind:
        case RouteKind.PARTY:
            return keys.route(route.party, route.virtual_number)
        case RouteKind.PIN:
            return keys.pin_route(route.virtual_number, route.pin)
        case RouteKind.OPEN:
            return keys.open_route(route.virtual_number)


def route_record(route: Route) -> Record:
    """The item of a route; the PIN itself is in its key only, hashed."""
    key = route_key(route)
    seal = seal_for(route.account_id, key)
    record: Record = {
        **key,
        "item": "route",
        "kind": route.kind,
        "session_uuid": route.session_uuid,
        "account_id": route.account_id,
        "role": route.role,
        "party": seal.seal("party", route.party),
        "virtual_number": route.virtual_number,
        "peer": seal.seal("peer", route.peer),
        "caller_id": route.caller_id,
        "ring_timeout_seconds": route.ring_timeout_seconds,
        "call_time_limit_seconds": route.call_time_limit_seconds,
        "expires_at": route.expires_at,
        "reusable_at": route.reusable_at,
        "play_url": route.play_url,
        "has_whisper": route.has_whisper,
        "record_format": route.record_format,
        "has_pin": route.has_pin,
        "is_pin_forced": route.is_pin_forced,
        "ttl": -(-route.reusable_at // 1000),
    }
    rare = call_back_part(route.call_back) | call_limits_part(route.call_limits)
    flags = {"is_lone": route.is_lone, "is_former": route.is_former}
    set_flags = {name: flag for name, flag in flags.items() if flag}
    return record | rare | set_flags | _listed_part(route) | _greeting_part(route)


def _listed_part(route: Route) -> Record:
    """Absent but from the one route that stands for its session on the number."""
    if not route.is_listed:
        return {}
    shard = keys.shard_of(route.session_uuid)
    name = keys.former_number_shard if route.is_former else keys.number_shard
    return {"number_shard": name(route.virtual_number, shard)}


def _greeting_part(route: Route) -> Record:
    """Absent where the session has nothing to say: the index holds only those that have."""
    if route.greeting is None:
        return {}
    shard = keys.shard_of(route.session_uuid)
    return {
        "greeting_shard": keys.greeting_shard(route.account_id, route.virtual_number, shard),
        "created_at": route.greeting.created_at,
        "asks_pin": route.greeting.asks_pin,
        "unknown_caller_play": route.greeting.unknown_caller_play,
    }


def route_from_record(record: Record) -> Route | None:
    """The inverse of `route_record`, but for what is only needed to write it.

    None if its kind or role is none that we know: it leads nowhere. Raises sealing.SealBrokenError.
    """
    kind = known_word(RouteKind, record["kind"], None)
    role = known_word(Role, record["role"], None)
    if kind is None or role is None:
        return None
    seal = seal_of(record)
    return Route(
        kind=kind,
        session_uuid=record["session_uuid"],
        account_id=record["account_id"],
        role=role,
        party=E164(seal.open("party", record["party"])),
        virtual_number=E164(record["virtual_number"]),
        peer=E164(seal.open("peer", record["peer"])),
        caller_id=E164(record["caller_id"]),
        ring_timeout_seconds=record["ring_timeout_seconds"],
        call_time_limit_seconds=record["call_time_limit_seconds"],
        expires_at=record["expires_at"],
        reusable_at=record["reusable_at"],
        play_url=record["play_url"],
        has_whisper=record["has_whisper"],
        record_format=record["record_format"],
        has_pin=record["has_pin"],
        is_pin_forced=record["is_pin_forced"],
        call_back=call_back_from(record),
        call_limits=call_limits_from(record),
        is_lone="is_lone" in record,
        is_former="is_former" in record,
    )


def owned_route(record: Record | None, number: Record | None) -> Route | None:
    """The route that an item holds if it is of the account that has the dialled number now.

    An account that had the number before may have left some, and a released number has no owner:
    those lead nowhere, and are not even opened.
    """
    return route_from_record(record) if record and is_owned(record, number) else None


def is_owned(record: Record | None, number: Record | None) -> bool:
    """Tell if an item is of the account that has the dialled number now."""
    return bool(record and number and record["account_id"] == number["account_id"])


def call_back_part(call_back: Destinations | None) -> Record:
    """Absent but where a single-party session lets outsiders in."""
    return {"call_back": asdict(call_back)} if call_back else {}


def call_back_from(record: Record) -> Destinations | None:
    """The inverse of `call_back_part`."""
    stored = record.get("call_back")
    return Destinations(tuple(stored["countries"]), stored["allows_premium"]) if stored else None


def call_limits_part(limits: CallLimits | None) -> Record:
    """Absent but where an account has limits of its own."""
    return {"call_limits": asdict(limits)} if limits else {}


def call_limits_from(record: Record) -> CallLimits | None:
    """The inverse of `call_limits_part`."""
    stored = record.get("call_limits")
    return CallLimits(**known(CallLimits, stored)) if stored else None


def greeting_from_record(record: Record) -> Greeting:
    """A greeting from its entry in the index."""
    return Greeting(
        session_uuid=record["session_uuid"],
        created_at=record["created_at"],
        expires_at=record["expires_at"],
        asks_pin=record["asks_pin"],
        unknown_caller_play=record["unknown_caller_play"],
    )
