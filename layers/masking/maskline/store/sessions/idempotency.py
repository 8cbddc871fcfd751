"""Idempotent creates: what a client's key was first used for, written with the session itself."""

from dataclasses import dataclass

from maskline.domain.sessions.request import IdempotencyKey
from maskline.domain.sessions.session import Session
from maskline.store import keys, table
from maskline.store.sealing.seal import seal_for
from maskline.store.sessions.records import session_from_record, session_record
from maskline.store.table import Record

_KEEP_SECONDS = 24 * 3600
_KEY_IS_NEW = "attribute_not_exists(PK) OR #ttl <= :now_seconds"


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """The first request under a key, and the session as its answer showed it."""

    fingerprint: str
    api_id: str
    session: Session


def key_hash(idempotency: IdempotencyKey) -> str:
    """Return the hash that stands for a client's key in the session that it created."""
    return keys.request_hash(idempotency.key)


def get_request(account_id: str, key: str, now: int) -> StoredRequest | None:
    """The first request under that key within the last day."""
    record = table.get(keys.request(account_id, key))
    if record is None or record["ttl"] * 1000 <= now:
        return None
    return request_from_record(record)


def remember_action(
    account_id: str, idempotency: IdempotencyKey, api_id: str, session: Session
) -> table.Item:
    """The transaction's part that remembers a request; fails if the key was used within a day."""
    now_seconds = session.created_at // 1000
    key = keys.request(account_id, idempotency.key)
    seal = seal_for(session.account_id, key)
    record = {
        **key,
        "item": "request",
        # A bare hash of a request could be compared with those of all numbers.
        "fingerprint": seal.seal("fingerprint", idempotency.fingerprint),
        "api_id": api_id,
        "session": session_record(session),
        "ttl": now_seconds + _KEEP_SECONDS,
    }
    return table.put_action(record, _KEY_IS_NEW, names={"#ttl": "ttl"}, now_seconds=now_seconds)


def request_from_record(record: Record) -> StoredRequest:
    """A stored request from its item. Raises sealing.SealBrokenError."""
    session = session_from_record(record["session"])
    fingerprint = seal_for(session.account_id, record).open("fingerprint", record["fingerprint"])
    return StoredRequest(fingerprint, record["api_id"], session)
