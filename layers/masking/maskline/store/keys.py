"""Every key string of the table and its indexes is built here and nowhere else.

No key holds a phone number of a party or anything a client chose: key values surface in hot-key
reports, audit logs and exports. Parties are addressed by a keyed hash; virtual numbers are ours.
"""

import base64
import hashlib
import hmac
import zlib
from collections.abc import Iterable

from maskline.deployment_keys import subkey
from maskline.domain.phone_numbers import E164, phone_of

# Partitions of a busy account's list and of the expiry index: more take more writes, cost requests.
SHARDS = 8
ALL_SHARDS = tuple(range(SHARDS))
DAY_MS = 86_400_000
_FORMER = "FORMER#"

SESSIONS_BY_ACCOUNT = "sessions_by_account"
SESSIONS_BY_FIRST_PARTY = "sessions_by_first_party"
SESSIONS_BY_SECOND_PARTY = "sessions_by_second_party"
SESSIONS_BY_EXPIRY = "sessions_by_expiry"
ROUTES_BY_NUMBER = "routes_by_number"
GREETINGS_BY_NUMBER = "greetings_by_number"
CALLS_BY_NUMBER = "calls_by_number"

Key = dict[str, str]
HEARTBEAT: Key = {"PK": "HEARTBEAT", "SK": "HEARTBEAT"}
TABLE_SECRET: Key = {"PK": "SECRET", "SK": "SECRET"}


def party_key(party: E164) -> str:
    """The keyed hash that stands for a party's phone (128 bits in base64url)."""
    return _keyed_hash("party", phone_of(party))


def _keyed_hash(purpose: str, text: str) -> str:
    """Hash to 22 characters: an item has several hashes, and a write costs by the kilobyte."""
    digest = hmac.digest(subkey(purpose), text.encode(), hashlib.sha256)[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def session(session_uuid: str) -> Key:
    return {"PK": f"SESSION#{session_uuid}", "SK": "SESSION"}


def interaction(session_uuid: str, call_uuid: str) -> Key:
    return {"PK": f"SESSION#{session_uuid}", "SK": f"CALL#{call_uuid}"}


def call(account_id: str, call_uuid: str) -> Key:
    """The item about a call: its session, or that it is over."""
    return {"PK": call_partition(call_uuid), "SK": f"CALL#{account_id}"}


def decision(account_id: str, call_uuid: str) -> Key:
    """The decision on a call that was not connected, or was placed; others are with the call."""
    return {"PK": call_partition(call_uuid), "SK": f"WHY#{account_id}"}


def call_partition(call_uuid: str) -> str:
    """An id is a carrier's word: what each account knows of a call is its own."""
    return f"CALL#{call_uuid}"


def call_order(session_uuid: str) -> Key:
    return {"PK": f"SESSION#{session_uuid}", "SK": "ORDER"}


def attempts(session_uuid: str, message_id: str) -> Key:
    """The failed requests for one of the session's events, by the queue's name for the message."""
    return {"PK": f"SESSION#{session_uuid}", "SK": f"ATTEMPTS#{message_id}"}


def overdue_shard(shard: int) -> str:
    """In the expiry index, beside the sessions: the calls to be looked after at an instant."""
    return f"OVERDUE#{shard}"


def session_and_call(key: Key) -> tuple[str, str]:
    """Return the session and call of an item: session "" outside all sessions, call "" for none."""
    return key["PK"].partition("SESSION#")[2], key["SK"].partition("CALL#")[2]


def party_partition(party: E164) -> str:
    return f"PARTY#{party_key(party)}"


def route(party: E164, virtual_number: E164) -> Key:
    return {"PK": party_partition(party), "SK": f"NUMBER#{virtual_number}"}


def pair(owner_id: str, parties: Iterable[E164]) -> Key:
    """The last numbers of two people in an account or subaccount, whichever of them comes first."""
    hashed = _keyed_hash("pair", "/".join([owner_id, *sorted(map(phone_of, parties))]))
    return {"PK": f"PAIR#{hashed}", "SK": "PAIR"}


def open_route(virtual_number: E164) -> Key:
    return {"PK": f"NUMBER#{virtual_number}#OPEN", "SK": "OPEN"}


def pin_route(virtual_number: E164, pin: str) -> Key:
    """A partition for each PIN: a number with a hundred thousand of them is not hot."""
    return {"PK": f"NUMBER#{virtual_number}#PIN#{_keyed_hash('pin', pin)}", "SK": "PIN"}


def pin_call(account_id: str, call_uuid: str) -> Key:
    return {"PK": pin_call_partition(call_uuid), "SK": f"ACCOUNT#{account_id}"}


def pin_call_partition(call_uuid: str) -> str:
    return f"PINCALL#{call_uuid}"


def phone_or_withheld(caller: E164, dialled: E164) -> str:
    """Return the caller to count: all who withhold their number are one, per virtual number."""
    return phone_of(caller) or f"withheld/{dialled}"


def caller_guesses(account_id: str, caller: str, window: int) -> Key:
    """Wrong PINs of a caller on an account's numbers in one window."""
    hashed = _keyed_hash("guesses", f"{account_id}/{caller}")
    return {"PK": f"GUESSES#{hashed}#{window}", "SK": "GUESSES"}


def number_day(virtual_number: E164, day: int) -> Key:
    """Wrong PINs of strangers on a number on one day."""
    return {"PK": f"NUMBER#{virtual_number}#GUESSES#{day}", "SK": "DAY"}


def caller_day(account_id: str, caller: str, day: int) -> Key:
    """Wrong PINs on one day of a registered phone that must enter its own."""
    hashed = _keyed_hash("day", f"{account_id}/{caller}")
    return {"PK": f"GUESSES#{hashed}#{day}", "SK": "DAY"}


def caller_calls(account_id: str, caller: str, hour: int) -> Key:
    """The calls of a phone to an account's numbers that were connected in one hour."""
    hashed = _keyed_hash("calls", f"{account_id}/{caller}")
    return {"PK": f"CALLS#{hashed}#{hour}", "SK": "CALLS"}


def creates(account_id: str, minute: int) -> Key:
    """A main account's creates of one minute."""
    return {"PK": f"ACCOUNT#{account_id}#CREATES#{minute}", "SK": "CREATES"}


def number(virtual_number: E164) -> Key:
    return {"PK": f"NUMBER#{virtual_number}", "SK": "NUMBER"}


def pool_number(account_id: str, virtual_number: E164) -> Key:
    return {"PK": f"ACCOUNT#{account_id}", "SK": f"NUMBER#{virtual_number}"}


def replacement_orders() -> str:
    """The partition of all open orders: one for each number or carrier that went bad."""
    return "REPLACEMENT"


def replacement_order(virtual_number: E164) -> Key:
    return {"PK": replacement_orders(), "SK": f"NUMBER#{virtual_number}"}


def carrier_order(account_id: str, carrier_name: str) -> Key:
    """The order to move an account's sessions off all numbers of a carrier."""
    return {"PK": replacement_orders(), "SK": f"CARRIER#{account_id}#{carrier_name}"}


def account(account_id: str) -> Key:
    return {"PK": f"ACCOUNT#{account_id}", "SK": "ACCOUNT"}


def carrier(carrier_name: str, account_id: str) -> Key:
    return {"PK": f"CARRIER#{carrier_name}", "SK": f"ACCOUNT#{account_id}"}


def token(auth_token: str) -> Key:
    """The mark that a token is an account's or a carrier's."""
    return {"PK": f"TOKEN#{_keyed_hash('token', auth_token)}", "SK": "TOKEN"}


def request(account_id: str, idempotency_key: str) -> Key:
    return hashed_request(account_id, request_hash(idempotency_key))


def request_hash(idempotency_key: str) -> str:
    return _keyed_hash("idempotency", idempotency_key)


def hashed_request(account_id: str, hashed: str) -> Key:
    return {"PK": f"REQUEST#{account_id}#{hashed}", "SK": "REQUEST"}


def outsider(party_list: str, session_uuid: str) -> Key:
    """That a session knows somebody who is none of its parties, by that person's `party_list`."""
    return {"PK": f"OUTSIDER#{party_list}", "SK": f"SESSION#{session_uuid}"}


def erased_person(session_uuid: str, party_hash: str) -> Key:
    """That somebody was erased from a session."""
    return {"PK": f"SESSION#{session_uuid}", "SK": f"ERASED#{party_hash}"}


def erasure_orders() -> str:
    """The partition of what is still to be erased: few at any time."""
    return "ERASING"


def erasure_order(account_id: str, party_hash: str) -> Key:
    """An account's open order for a person: there is one at most."""
    return {"PK": erasure_orders(), "SK": f"ACCOUNT#{account_id}#{party_hash}"}


def open_erasures(account_id: str) -> Key:
    """The count of an account's open orders."""
    return {"PK": f"ACCOUNT#{account_id}#ERASURES", "SK": "ERASURES"}


def erasure(account_id: str, erasure_id: str) -> Key:
    """The result of an erasure, or its person while it is open."""
    return {"PK": f"ERASURE#{account_id}#{erasure_id}", "SK": "ERASURE"}


def audit_entry(account_id: str, at: int, entry_id: str) -> Key:
    partition = audit_partition(at // DAY_MS, shard_of(entry_id))
    return {"PK": partition, "SK": created_order(at, f"{account_id}#{entry_id}")}


def audit_partition(day: int, shard: int) -> str:
    """A part of what was done on one day (UTC), in order: of all accounts, so that none is lost."""
    return f"AUDIT#{day}#{shard}"


def account_shard(account_id: str, shard: int) -> str:
    return f"{account_id}#{shard}"


def party_list(account_id: str, party: E164) -> str:
    """An account's sessions with a party: other accounts may have some with the same person."""
    return _keyed_hash("party_list", f"{account_id}/{phone_of(party)}")


def expiry_shard(shard: int) -> str:
    return f"EXPIRY#{shard}"


def price_shard(shard: int) -> str:
    """The conversations whose carrier is to be asked what they cost."""
    return f"PRICE#{shard}"


def number_shard(virtual_number: E164, shard: int) -> str:
    return f"NUMBER#{virtual_number}#{shard}"


def greeting_shard(account_id: str, virtual_number: E164, shard: int) -> str:
    """An account's greetings on a number: the number's next owner has others."""
    return f"{account_id}#{number_shard(virtual_number, shard)}"


def call_shard(account_id: str, virtual_number: E164, shard: int) -> str:
    """An account's calls to a number."""
    return f"{account_id}#{number_shard(virtual_number, shard)}"


def former_number_shard(virtual_number: E164, shard: int) -> str:
    """Apart from the sessions that are on the number now: those are looked for every minute."""
    return f"{_FORMER}{number_shard(virtual_number, shard)}"


def shard_of(name: str) -> int:
    """The shard of a session in every index, or of an audit entry: for life, spread evenly."""
    return zlib.crc32(name.encode()) % SHARDS


def created_order(created_at: int, name: str) -> str:
    """Sorts by creation; the id of session or call keeps those of one millisecond apart."""
    return f"{created_at:015d}#{name}"


def creation_of(order: str) -> tuple[int, str]:
    """The instant and the id that make up a `created_order`."""
    created_at, _, name = order.partition("#")
    return int(created_at), name


def just_below(order: str) -> str:
    """The greatest possible `created_order` below another one: all have the same length."""
    return f"{order[:-1]}{chr(ord(order[-1]) - 1)}"


def just_above(order: str) -> str:
    """Above that `created_order` and below every other one that is."""
    return f"{order}!"
