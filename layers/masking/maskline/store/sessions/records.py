"""Sessions as items of the table, and back."""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import TypeVar

from maskline.config import settings
from maskline.domain.money import US_DOLLAR
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import callback_urls
from maskline.domain.sessions.session import (
    FormerNumber,
    LiveCall,
    PinTerms,
    Role,
    Rung,
    Session,
    Settings,
    Strategy,
    Terms,
)
from maskline.domain.sessions.totals import Totals
from maskline.domain.stored import known, known_word, unusual
from maskline.store import keys
from maskline.store.sealing.seal import ItemSeal, seal_for, seal_of
from maskline.store.sessions.callback_urls import opened_url, sealed_url
from maskline.store.sessions.route_records import (
    call_back_from,
    call_back_part,
    call_limits_from,
    call_limits_part,
)
from maskline.store.table import Record

T = TypeVar("T")


def purge_at_seconds(session: Session) -> int:
    """Return when TTL may remove the items of a session, in epoch seconds."""
    return -(-session.expires_at // 1000) + settings().retention_days * 86_400


def session_record(session: Session) -> Record:
    """The item of a session, without an outbox.

    What is as it usually is, or stands in a key, is left out: a write costs by the kilobyte.
    """
    key = keys.session(session.session_uuid)
    seal = seal_for(session.account_id, key)
    return (
        key
        | {name: value for name, value in _made(session, seal).items() if value}
        | {name: value for name, value in _lived(session, seal).items() if value}
        | _settings_record(session.settings, seal)
        | _list_part(session)
        | call_back_part(session.call_back)
        | call_limits_part(session.call_limits)
        | _line_part(session.live_call)
        | _expiry_part(session)
    )


def _made(session: Session, seal: ItemSeal) -> Record:
    """Return the attributes that a session has from its creation on."""
    first, second = session.first_virtual_number, session.second_virtual_number
    return {
        "item": "session",
        "account_id": session.account_id,
        "subaccount_id": session.subaccount_id,
        "first_party": seal.seal("first_party", session.first_party),
        "second_party": seal.seal("second_party", session.second_party),
        "first_virtual_number": first,
        "second_virtual_number": _other(second, first),
        "moves": session.moves,
        "former_numbers": [asdict(former) for former in session.former_numbers],
        "strategy": _other(session.strategy, Strategy.SHARED),
        "carrier": session.carrier,
        "terms": _terms_record(session.terms, seal),
        "rungs": session.rungs,
        "request": session.request_hash,
    }


def _lived(session: Session, seal: ItemSeal) -> Record:
    """Return the attributes that its life changes, and its end."""
    return {
        "modified_at": _other(session.modified_at, session.created_at),
        "expires_at": session.expires_at,
        "last_outsider": seal.seal("last_outsider", session.last_outsider),
        "last_interaction_at": session.last_interaction_at,
        "total_call_count": session.totals.call_count,
        "total_billed_seconds": session.totals.billed_seconds,
        "total_amount": session.totals.amount,
        "total_currency": _other(session.totals.currency, US_DOLLAR),
        "total_unpriced": session.totals.unpriced,
        "sequence": session.sequence,
        "version": session.version,
        "ttl": purge_at_seconds(session),
    }


def _other(value: T, usual: T) -> T | None:
    return None if value == usual else value


def _list_part(session: Session) -> Record:
    """The fields by which lists find the session: its account's, and those of its known parties.

    The duration is stored since DynamoDB's filters cannot subtract.
    """
    shard = keys.shard_of(session.session_uuid)
    parties = {role: session.party(role) for role in Role if session.party(role)}
    return {
        "account_shard": keys.account_shard(session.account_id, shard),
        "created_order": keys.created_order(session.created_at, session.session_uuid),
        "duration_seconds": session.duration_seconds,
        **{
            f"{role}_party_list": keys.party_list(session.account_id, party)
            for role, party in parties.items()
        },
    }


_PINS = ("first_pin", "second_pin")


def _terms_record(terms: Terms, seal: ItemSeal) -> Record:
    record = unusual(terms)
    if terms.pin:
        record["pin"] |= {name: seal.seal(name, record["pin"][name]) for name in _PINS}
    return record


def _terms_from(record: Record, seal: ItemSeal) -> Terms:
    pin = record.get("pin")
    if pin:
        pins = {name: seal.open(name, pin[name]) for name in _PINS}
        pin = PinTerms(**known(PinTerms, pin) | pins)
    rungs = _rungs_from(record.get("on_exhaustion", ()))
    return Terms(**known(Terms, record) | {"pin": pin, "on_exhaustion": rungs})


def _rungs_from(stored: Iterable[str]) -> tuple[Rung, ...]:
    """Without rungs that we do not know: a session is never given more than it agreed to."""
    rungs = (known_word(Rung, rung, None) for rung in stored)
    return tuple(rung for rung in rungs if rung)


def _line_part(held: LiveCall | None) -> Record:
    """Absent while nobody talks: the condition on the line asks for absence."""
    return {"live_call_uuid": held.call_uuid, "live_until": held.until} if held else {}


def _expiry_part(session: Session) -> Record:
    """Absent once the timeout is told: the expiry index holds only sessions that still need it."""
    if not session.timeout_pending:
        return {}
    return {"expiry_shard": keys.expiry_shard(keys.shard_of(session.session_uuid))}


def session_from_record(record: Record) -> Session:
    """The inverse of `session_record`. Raises sealing.SealBrokenError.

    A strategy or role that we do not know decides calls: it raises ValueError.
    """
    seal = seal_of(record)
    created_at, session_uuid = keys.creation_of(record["created_order"])
    first_number = record["first_virtual_number"]
    return Session(
        session_uuid=session_uuid,
        account_id=record["account_id"],
        subaccount_id=record.get("subaccount_id", ""),
        first_party=_number_from(record, "first_party", seal),
        second_party=_number_from(record, "second_party", seal),
        first_virtual_number=E164(first_number),
        second_virtual_number=E164(record.get("second_virtual_number") or first_number),
        strategy=Strategy(record.get("strategy", Strategy.SHARED)),
        carrier=record["carrier"],
        settings=_settings_from(record, seal),
        terms=_terms_from(record.get("terms", {}), seal),
        created_at=created_at,
        modified_at=record.get("modified_at", created_at),
        expires_at=record["expires_at"],
        last_outsider=_number_from(record, "last_outsider", seal),
        live_call=_line_from(record),
        totals=_totals_from(record),
        last_interaction_at=record.get("last_interaction_at"),
        timeout_pending="expiry_shard" in record,
        former_numbers=former_numbers_from(record),
        moves=record.get("moves", 0),
        rungs=_rungs_from(record.get("rungs", ())),
        call_back=call_back_from(record),
        call_limits=call_limits_from(record),
        request_hash=record.get("request", ""),
        sequence=record.get("sequence", 0),
        version=record["version"],
    )


def _number_from(record: Record, field: str, seal: ItemSeal) -> E164:
    return E164(seal.open(field, record.get(field, b"")))


def former_numbers_from(record: Record) -> tuple[FormerNumber, ...]:
    """The former numbers that the item, or its entry in the list index, holds."""
    return tuple(
        FormerNumber(
            Role(former["role"]),
            E164(former["number"]),
            # Absent where an earlier release moved it: to another number of the same carrier.
            former.get("carrier") or record.get("carrier", ""),
            former["until"],
        )
        for former in record.get("former_numbers", ())
    )


def _settings_record(settings: Settings, seal: ItemSeal) -> Record:
    record = unusual(settings)
    urls = callback_urls.FIELDS & record.keys()
    return record | {name: sealed_url(record[name], name, seal) for name in urls}


def _settings_from(record: Record, seal: ItemSeal) -> Settings:
    stored = known(Settings, record)
    urls = callback_urls.FIELDS & stored.keys()
    return Settings(**stored | {name: opened_url(stored[name], name, seal) for name in urls})


def _line_from(record: Record) -> LiveCall | None:
    if "live_call_uuid" not in record:
        return None
    return LiveCall(record["live_call_uuid"], record["live_until"])


def _totals_from(record: Record) -> Totals:
    return Totals(
        record.get("total_call_count", 0),
        record.get("total_billed_seconds", 0),
        Decimal(record.get("total_amount", 0)),
        record.get("total_currency", US_DOLLAR),
        record.get("total_unpriced", 0),
    )
