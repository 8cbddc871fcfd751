"""An account's sessions and numbers for planning, out of the table, without a number of anybody."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping

from local.aws import template
from maskline import clock
from maskline.domain.numbers.numbering_plan import country_of
from maskline.domain.numbers.pool import pool_for
from maskline.domain.sessions.filter import SessionFilter
from maskline.domain.sessions.session import Role, Session
from maskline.store import keys
from maskline.store.lists import walk
from maskline.store.lists.index import Search
from maskline.store.numbers import pool as numbers
from maskline.store.sessions import sessions
from tools.planning.history import in_order
from tools.planning.spans import ANY, Span

_DAY_MS = 86_400_000
_BATCH = 100


def use_table(name: str, deployed: Mapping[str, str] | None = None) -> None:
    """Let the store work outside Lambda: on that table, with the template's other settings.

    `deployed` are values of its parameters where they are not the template's own.
    """
    parameters = template.parameters() | dict(deployed or {})
    for function in template.functions().values():
        for variable, value in function.environment.items():
            known = parameters.get(value.get("Ref", ""), "") if isinstance(value, dict) else value
            os.environ.setdefault(variable, str(known))
    os.environ["TABLE_NAME"] = name


def stored_pool(account_id: str, subaccount_id: str) -> dict[str, int]:
    """Count the numbers that a session of the (sub)account may use, by country and in all."""
    pool = pool_for(numbers.list_numbers(account_id), subaccount_id)
    return {**Counter(number.country for number in pool), ANY: len(pool)}


def stored_history(account_id: str, subaccount_id: str, *, days: int) -> list[Span]:
    """The (sub)account's sessions of the last days. Parties are the keyed hashes of the table."""
    now = clock.now_ms()
    wanted = SessionFilter(now - days * _DAY_MS, now + 1, subaccount_id=subaccount_id)
    uuids = [position.session_uuid for position in walk.everything(Search(account_id, wanted, now))]
    batches = (uuids[at : at + _BATCH] for at in range(0, len(uuids), _BATCH))
    return in_order(span for batch in batches for span in _spans(batch))


def _spans(session_uuids: list[str]) -> Iterator[Span]:
    stored = sessions.get_sessions(session_uuids)
    return (_span(stored[one]) for one in session_uuids if one in stored)


def _span(session: Session) -> Span:
    """In a span it is always the second party that is missing."""
    missing = session.missing_role
    first = Role.FIRST if missing is None else missing.other
    return Span(
        starts_at=session.created_at,
        ends_at=max(session.created_at, session.expires_at),
        first=_party(session, first),
        second=_party(session, first.other),
        first_country=_country(session, first),
        second_country=_country(session, first.other),
        cooloff_ms=session.terms.cooloff_seconds * 1000,
        has_door=missing is not None and session.terms.pin is None,
    )


def _party(session: Session, role: Role) -> str:
    """Name a party; everybody who enters a PIN of a session counts as one of its outsiders."""
    party = session.party(role)
    return keys.party_key(party) if party else f"outsiders of {session.session_uuid}"


def _country(session: Session, role: Role) -> str:
    """Return the country as a create takes it: a missing party counts as of the known one's."""
    known = session.party(role) or session.party(role.other)
    return country_of(known) or ANY if session.terms.is_geomatched else ANY
