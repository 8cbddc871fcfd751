"""Conversations as items of the table, and back."""

from dataclasses import replace
from decimal import Decimal

from maskline.domain.calls.interaction import Interaction, lost_from
from maskline.domain.calls.late_price import price_due_at
from maskline.domain.calls.leg import Leg
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import LegStatus, ReportKind
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session
from maskline.domain.stored import known, unusual
from maskline.store import keys
from maskline.store.sealing.seal import seal_for, seal_of
from maskline.store.sessions.records import purge_at_seconds
from maskline.store.table import Record


def interaction_record(interaction: Interaction, account_id: str) -> Record:
    """The item of a conversation in an account's session, without its end of life.

    It stands in the expiry index while the carrier owes a report on it, or a price.
    """
    awaited = _awaited(interaction)
    key = keys.interaction(interaction.session_uuid, interaction.call_uuid)
    seal = seal_for(account_id, key)
    record: Record = {
        "item": "interaction",
        "account_id": account_id,
        "caller_role": interaction.caller_role,
        "from_number": seal.seal("from_number", interaction.from_number),
        "to_number": seal.seal("to_number", interaction.to_number),
        "virtual_number": interaction.virtual_number,
        "started_at": interaction.started_at,
        "ended_at": interaction.ended_at,
        "caller": _leg_record(interaction.caller),
        "callee": _leg_record(interaction.callee),
        "answer": interaction.answer,
        "price_checks": interaction.price_checks,
    }
    recording = interaction.recording
    ordered = {} if recording is None else {"recording": unusual(recording)}
    return awaited | key | {name: value for name, value in record.items() if value} | ordered


def record_in_session(interaction: Interaction, session: Session, now: int) -> Record:
    """The item of a conversation whose session is known, with its end of life.

    An open call of a session that is over stands in the expiry index, too.
    """
    ttl = {"ttl": purge_at_seconds(session)}
    record = interaction_record(interaction, session.account_id) | ttl
    if interaction.ended_at is not None or session.is_live(now):
        return record
    at = lost_from(session, interaction.call_uuid, interaction.started_at)
    return record | awaited_record(interaction.session_uuid, at)


def _awaited(interaction: Interaction) -> Record:
    session_uuid = interaction.session_uuid
    if interaction.overdue_at is not None:
        return awaited_record(session_uuid, interaction.overdue_at)
    due_at = price_due_at(interaction)
    if due_at is None:
        return {}
    shard = keys.price_shard(keys.shard_of(session_uuid))
    return {"expiry_shard": shard, "expires_at": due_at}


def awaited_record(session_uuid: str, at: int) -> Record:
    """The fields that put a conversation into the expiry index, due at an instant."""
    shard = keys.overdue_shard(keys.shard_of(session_uuid))
    return {"expiry_shard": shard, "expires_at": at}


def interaction_from_record(record: Record) -> Interaction:
    """The inverse of `interaction_record`. Raises sealing.SealBrokenError.

    A role or status that we do not know decides what is told of a call: it raises ValueError.
    """
    seal = seal_of(record)
    session_uuid, call_uuid = keys.session_and_call(record)
    recording = record.get("recording")
    return Interaction(
        session_uuid=session_uuid,
        call_uuid=call_uuid,
        caller_role=Role(record["caller_role"]),
        from_number=E164(seal.open("from_number", record.get("from_number", b""))),
        to_number=E164(seal.open("to_number", record.get("to_number", b""))),
        virtual_number=E164(record["virtual_number"]),
        started_at=record["started_at"],
        ended_at=record.get("ended_at"),
        caller=_leg_from(record["caller"]),
        callee=_leg_from(record["callee"]),
        recording=None if recording is None else _recording_from(recording),
        answer=ReportKind(record["answer"]) if "answer" in record else None,
        price_checks=record.get("price_checks", 0),
    )


def _leg_record(leg: Leg) -> Record:
    """An earlier release takes an amount that is not known for nothing, and reads the rest."""
    if leg.amount is not None:
        return unusual(leg)
    return unusual(replace(leg, amount=Decimal(0))) | {"unpriced": True}


def _leg_from(record: Record) -> Leg:
    amount = None if record.get("unpriced") else Decimal(record.get("amount", 0))
    read = {"status": LegStatus(record["status"]), "amount": amount}
    return Leg(**known(Leg, record) | read)


def _recording_from(record: Record) -> Recording:
    status = RecordingStatus(record.get("status", RecordingStatus.ORDERED))
    return Recording(**known(Recording, record) | {"status": status})
