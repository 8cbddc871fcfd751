"""The numbers that two people had last, kept for sticky sessions.

A session's own routes do not last: TTL collects them as soon as their pairs may be reused. The
item holds virtual numbers only, in the order of the people's own, which are hashed in its key.
"""

from collections.abc import Mapping

from maskline.domain.phone_numbers import E164, phone_of
from maskline.domain.sessions.session import Role, Session
from maskline.store import keys, table
from maskline.store.sessions.records import purge_at_seconds


def read_last_numbers(owner_id: str, parties: Mapping[Role, E164], now: int) -> dict[Role, E164]:
    """Read the numbers of two people's newest sticky session in an account or subaccount, by role.

    Empty if nothing is known.
    """
    record = table.get(keys.pair(owner_id, parties.values()))
    if record is None or record["ttl"] * 1000 <= now:
        return {}
    numbers = dict(zip(sorted(parties.values(), key=phone_of), record["numbers"], strict=True))
    return {role: numbers[party] for role, party in parties.items()}


def memory_actions(session: Session) -> list[table.Item]:
    """The transaction's part that remembers the numbers of a sticky session of two people.

    It has no condition: whichever session is written last is the one that is remembered.
    """
    if not session.terms.is_sticky or session.missing_role:
        return []
    numbers = {session.party(role): session.virtual_number(role) for role in Role}
    record = {
        **keys.pair(session.subaccount_id or session.account_id, numbers),
        "item": "pair",
        "numbers": [numbers[party] for party in sorted(numbers, key=phone_of)],
        "ttl": purge_at_seconds(session),
    }
    return [table.put_action(record)]
