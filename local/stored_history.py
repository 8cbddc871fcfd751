"""An account's sessions and numbers for planning, out of the table, without a number of anybody."""

import os
from collections import Counter
from collections.abc import Iterator

from local import template
from maskline import clock
from maskline.domain.numbering_plan import country_of
from maskline.domain.numbers import pool_for
from maskline.domain.session_filter import SessionSummary
from maskline.domain.sessions import Role, Session
from maskline.planning.history import in_order
from maskline.planning.spans import ANY, Span
from maskline.store import numbers, sessions

_DAY_MS = 86_400_000
_BATCH = 100


def use_table(name: str) -> None:
    """Let the store work outside Lambda: on that table, with the template's other settings."""
    parameters = template.parameters()
    for function in template.functions().values():
        for variable, value in function.environment.items():
            known = parameters.get(value.get("Ref", ""), "") if isinstance(value, dict) else value
            os.environ.setdefault(variable, str(known))
    os.environ["TABLE_NAME"] = name


def stored_pool(account_id: str, subaccount_id: str) -> dict[str, int]:
    """How many numbers a session of the (sub)account may use, by country and in all."""
    pool = pool_for(numbers.list_numbers(account_id), subaccount_id)
    return {**Counter(number.country for number in pool), ANY: len(pool)}


def stored_history(account_id: str, subaccount_id: str, *, days: int) -> list[Span]:
    """The (sub)account's sessions of the last days. Parties are the keyed hashes of the table."""
    now = clock.now_ms()
    summaries = [
        summary
        for summary in sessions.list_summaries(account_id, now - days * _DAY_MS, now + 1)
        if summary.subaccount_id == subaccount_id
    ]
    batches = (summaries[at : at + _BATCH] for at in range(0, len(summaries), _BATCH))
    return in_order(span for batch in batches for span in _spans(batch))


def _spans(summaries: list[SessionSummary]) -> Iterator[Span]:
    stored = sessions.get_sessions([summary.session_uuid for summary in summaries])
    for summary in summaries:
        session = stored.get(summary.session_uuid)
        if session is not None:
            yield _span(session, summary)


def _span(session: Session, summary: SessionSummary) -> Span:
    parties = {Role.FIRST: summary.first_party_key, Role.SECOND: summary.second_party_key}
    return Span(
        starts_at=session.created_at,
        ends_at=max(session.created_at, session.expires_at),
        first=parties[Role.FIRST] or _missing_party(session),
        second=parties[Role.SECOND] or _missing_party(session),
        first_country=_country(session, Role.FIRST),
        second_country=_country(session, Role.SECOND),
        cooloff_ms=session.terms.cooloff_seconds * 1000,
    )


def _missing_party(session: Session) -> str:
    """Whoever calls: a number has one open door, so all sessions that want one compete for it.

    Where outsiders prove themselves by PIN, many may share a number.
    """
    return "open door" if session.terms.pin is None else f"pin {session.session_uuid}"


def _country(session: Session, role: Role) -> str:
    """As a create takes it: a missing party counts as of the known one's country."""
    known = session.party(role) or session.party(role.other)
    return country_of(known) or ANY if session.terms.is_geomatched else ANY
