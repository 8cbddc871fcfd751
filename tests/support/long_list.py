"""Lists longer than one would create: seeded as items, followed from page to page, and counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from maskline import aws
from maskline.domain.sessions.filter import SessionFilter, SessionSummary
from maskline.domain.sessions.page import PageRequest
from maskline.domain.sessions.session import Session
from maskline.services.sessions import read as read_sessions
from maskline.services.sessions.read import Page
from maskline.store import keys
from maskline.store.codec import encode
from maskline.store.sessions.records import session_record
from tests.support.service import Service

_BATCH = 25


def seed(service: Service, sessions: list[Session]) -> None:
    """Store sessions without their routes, which no list reads."""
    table = service.engine.table_name
    for start in range(0, len(sessions), _BATCH):
        puts = [
            {"PutRequest": {"Item": encode(session_record(session))}}
            for session in sessions[start : start + _BATCH]
        ]
        answer = service.engine.client("dynamodb").batch_write_item(RequestItems={table: puts})
        assert not answer["UnprocessedItems"]


def uuids(page: Page) -> list[str]:
    return [view.session.session_uuid for view in page.views]


def expected(sessions: list[Session], wanted: SessionFilter, now: int) -> list[str]:
    """What a list should show, by the filter alone."""
    matching = [
        session
        for session in sessions
        if wanted.matches(_summary(session), now=now, party_key=keys.party_key)
    ]
    matching.sort(key=lambda session: (session.created_at, session.session_uuid), reverse=True)
    return [session.session_uuid for session in matching]


def _summary(session: Session) -> SessionSummary:
    return SessionSummary(
        session_uuid=session.session_uuid,
        created_at=session.created_at,
        expires_at=session.expires_at,
        live_until=session.live_call.until if session.live_call else None,
        first_party_key=keys.party_key(session.first_party),
        second_party_key=keys.party_key(session.second_party),
        first_virtual_number=session.first_virtual_number,
        second_virtual_number=session.second_virtual_number,
        subaccount_id=session.subaccount_id,
        former_numbers=session.former_numbers,
    )


def followed(service: Service, wanted: SessionFilter, place: PageRequest) -> Iterator[Page]:
    """The page at a place and all that its `next` leads to. Each tells whether there is more."""
    following: PageRequest | None = place
    while following is not None:
        page = read_sessions.list_sessions(service.caller(), wanted, following)
        assert len(page.views) <= place.limit
        has_more = page.total_count > page.links.offset + place.limit
        assert has_more == (page.links.next is not None)
        yield page
        following = page.links.next


def looped(service: Service, wanted: SessionFilter, limit: int) -> Iterator[Page]:
    """The pages of a client that counts offsets up to `total_count`."""
    offset, total = 0, 1
    while offset < total:
        page = read_sessions.list_sessions(service.caller(), wanted, PageRequest(limit, offset))
        yield page
        offset, total = offset + limit, page.total_count


@dataclass
class Cost:
    """What lists asked of the table: requests, and rows that were looked at in an index."""

    queries: int = 0
    rows: int = 0


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cost]:
    """Counts the queries that are made meanwhile."""
    cost = Cost()
    client = aws.client("dynamodb")
    query = client.query

    def counting(**request: Any) -> Any:
        answer = query(**request)
        cost.queries += 1
        cost.rows += answer["ScannedCount"]
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(client, "query", counting)
        yield cost
