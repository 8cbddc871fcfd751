"""Sessions as items of the table, and back."""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal

from maskline.config import settings
from maskline.domain import callback_urls
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import (
    FormerNumber,
    LiveCall,
    PinTerms,
    Role,
    Rung,
    Session,
    Settings,
    Strategy,
    Terms,
    Totals,
)
from maskline.domain.stored import known, known_word
from maskline.store import keys
from maskline.store.callback_urls import opened_url, sealed_url
from maskline.store.route_records import (
    call_back_from,
    call_back_part,
    call_limits_from,
    call_limits_part,
)
from maskline.store.sealing import ItemSeal, seal_for, seal_of
from maskline.store.table import Record

_RARE_TERMS = ("on_exhaustion", "is_sticky")


def purge_at_seconds(session: Session) -> int:
    """When TTL may remove what is kept of a session, in epoch seconds."""
    return -(-session.expires_at // 1000) + settings().retention_days * 86_400


def session_record(session: Session) -> Record:
    """The item of a session, without an outbox."""
    key = keys.session(session.session_uuid)
    seal = seal_for(session.account_id, key)
    record: Record = {
        **key,
        "item": "session",
        "session_uuid": session.session_uuid,
        "account_id": session.account_id,
        "subaccount_id": session.subaccount_id,
        "first_party": seal.seal("first_party", session.first_party),
        "second_party": seal.seal("second_party", session.second_party),
        "last_outsider": seal.seal("last_outsider", session.last_outsider),
        "first_virtual_number": session.first_virtual_number,
        "second_virtual_number": session.second_virtual_number,
        "moves": session.moves,
        "strategy": session.strategy,
        "carrier": session.carrier,
        **_settings_record(session.settings, seal),
        "terms": _terms_record(session.terms, seal),
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
    }
    return (
        record
        | _list_part(session)
        | _rare_part(session)
        | (line_record(session.live_call, seal) if session.live_call else {})
        | _expiry_part(session)
    )


def _list_part(session: Session) -> Record:
    """Where lists find the session: its account's, and those of its parties as far as it has any.

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


def _rare_part(session: Session) -> Record:
    """Absent where there is nothing, as nearly always; the list index copies former numbers."""
    former = [asdict(former) for former in session.former_numbers]
    rare = {"rungs": session.rungs, "request": session.request_hash, "former_numbers": former}
    limits = call_back_part(session.call_back) | call_limits_part(session.call_limits)
    return limits | {name: value for name, value in rare.items() if value}


_PINS = ("first_pin", "second_pin")


def _terms_record(terms: Terms, seal: ItemSeal) -> Record:
    """Without what few sessions ask for, where they do not: a session item is close to a KB."""
    record = asdict(terms)
    if terms.pin:
        record["pin"] |= {name: seal.seal(name, record["pin"][name]) for name in _PINS}
    return {name: term for name, term in record.items() if term or name not in _RARE_TERMS}


def _terms_from(record: Record, seal: ItemSeal) -> Terms:
    pin = record["pin"]
    if pin:
        pins = {name: seal.open(name, pin[name]) for name in _PINS}
        pin = PinTerms(**known(PinTerms, pin) | pins)
    rungs = _rungs_from(record.get("on_exhaustion", ()))
    return Terms(**known(Terms, record) | {"pin": pin, "on_exhaustion": rungs})


def _rungs_from(stored: Iterable[str]) -> tuple[Rung, ...]:
    """Without rungs that we do not know: a session is never given more than it agreed to."""
    rungs = (known_word(Rung, rung, None) for rung in stored)
    return tuple(rung for rung in rungs if rung)


def line_record(held: LiveCall, seal: ItemSeal) -> Record:
    """Absent while nobody talks: the condition on the line asks for absence."""
    return {
        "live_call_uuid": held.call_uuid,
        "live_caller": seal.seal("live_caller", held.caller),
        "live_until": held.until,
    }


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
    return Session(
        session_uuid=record["session_uuid"],
        account_id=record["account_id"],
        subaccount_id=record["subaccount_id"],
        first_party=E164(seal.open("first_party", record["first_party"])),
        second_party=E164(seal.open("second_party", record["second_party"])),
        first_virtual_number=E164(record["first_virtual_number"]),
        second_virtual_number=E164(record["second_virtual_number"]),
        strategy=Strategy(record["strategy"]),
        carrier=record["carrier"],
        settings=_settings_from(record, seal),
        terms=_terms_from(record["terms"], seal),
        created_at=record["created_at"],
        modified_at=record["modified_at"],
        expires_at=record["expires_at"],
        last_outsider=E164(seal.open("last_outsider", record["last_outsider"])),
        live_call=_line_from(record, seal),
        totals=_totals_from(record),
        last_interaction_at=record["last_interaction_at"],
        timeout_pending="expiry_shard" in record,
        former_numbers=former_numbers_from(record),
        moves=record["moves"],
        rungs=_rungs_from(record.get("rungs", ())),
        call_back=call_back_from(record),
        call_limits=call_limits_from(record),
        request_hash=record.get("request", ""),
        sequence=record["sequence"],
        version=record["version"],
    )


def former_numbers_from(record: Record) -> tuple[FormerNumber, ...]:
    """The former numbers that the item, or its entry in the list index, holds."""
    return tuple(
        FormerNumber(Role(former["role"]), E164(former["number"]), former["until"])
        for former in record.get("former_numbers", ())
    )


def _settings_record(settings: Settings, seal: ItemSeal) -> Record:
    record = asdict(settings)
    urls = {name: sealed_url(record[name], name, seal) for name in callback_urls.FIELDS}
    return record | urls


def _settings_from(record: Record, seal: ItemSeal) -> Settings:
    stored = known(Settings, record)
    urls = {name: opened_url(stored[name], name, seal) for name in callback_urls.FIELDS}
    return Settings(**stored | urls)


def _line_from(record: Record, seal: ItemSeal) -> LiveCall | None:
    if "live_call_uuid" not in record:
        return None
    caller = E164(seal.open("live_caller", record["live_caller"]))
    return LiveCall(record["live_call_uuid"], caller, record["live_until"])


def _totals_from(record: Record) -> Totals:
    return Totals(
        record["total_call_count"], record["total_billed_seconds"], Decimal(record["total_amount"])
    )
