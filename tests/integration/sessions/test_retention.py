"""What is kept has an end: every kind of item, and in what is shown even before its removal."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.template import ROOT
from maskline.api.sessions.list_query import session_filter
from maskline.domain.errors import SessionNotFoundError
from maskline.domain.sessions.page import PageRequest
from maskline.services.sessions import read as read_sessions
from maskline.store.codec import decode
from tests.support.evidence import Evidence
from tests.support.manual_clock import ManualClock
from tests.support.service import Service

# What an operator set up, until the operator says otherwise, orders that end with the work, and
# two items of the whole table: what it was begun under, and the beat of its stream.
WITHOUT_END = {
    ("ACCOUNT", "ACCOUNT"),
    ("ACCOUNT", "NUMBER"),
    ("CARRIER", "ACCOUNT"),
    ("NUMBER", "NUMBER"),
    ("REPLACEMENT", "NUMBER"),
    ("REPLACEMENT", "CARRIER"),
    ("ERASING", "ACCOUNT"),
    ("ERASURE", "ERASURE"),
    ("ACCOUNT", "ERASURES"),
    ("TOKEN", "TOKEN"),
    ("SECRET", "SECRET"),
    ("HEARTBEAT", "HEARTBEAT"),
}
# Those of them that are only ever counted up or down.
COUNTED = {("ACCOUNT", "ACCOUNT"), ("ACCOUNT", "ERASURES")}
_KIND = re.compile(r'":?item": "(\w+)"')
_DAY = 86_400


def writes(evidence: Evidence) -> Iterator[dict[str, Any]]:
    """The requests of all Puts and Updates, whether alone or in a transaction."""
    for call in evidence.calls:
        match call.operation:
            case "PutItem" | "UpdateItem":
                yield call.parameters
            case "TransactWriteItems":
                for action in call.parameters["TransactItems"]:
                    yield from (action[kind] for kind in ("Put", "Update") if kind in action)


def place(key: dict[str, Any]) -> tuple[str, str]:
    return decode(key)["PK"].partition("#")[0], decode(key)["SK"].partition("#")[0]


def test_every_item_that_is_written_has_an_end(evidence: Evidence) -> None:
    items = [write["Item"] for write in writes(evidence) if "Item" in write]
    endless = {place(item) for item in items if "ttl" not in item}
    ending = {place(item) for item in items if "ttl" in item}

    assert endless == WITHOUT_END - COUNTED
    updates = [write for write in writes(evidence) if "Key" in write]
    counts = {place(write["Key"]) for write in updates} - ending - WITHOUT_END
    assert ("GUESSES", "GUESSES") in counts
    for write in updates:
        if place(write["Key"]) in counts:
            assert "#ttl = :ttl" in write["UpdateExpression"], place(write["Key"])


def test_the_day_writes_every_kind_of_item(evidence: Evidence) -> None:
    """So that none is missed above."""
    sources = (ROOT / "layers" / "masking" / "maskline" / "store").rglob("*.py")
    known = {kind for source in sources for kind in _KIND.findall(source.read_text("utf-8"))}
    values = [
        {**write.get("Item", {}), **write.get("ExpressionAttributeValues", {})}
        for write in writes(evidence)
    ]

    written = {
        decode(value)[name] for value in values for name in ("item", ":item") if name in value
    }

    assert known
    assert known - written == set()


@pytest.mark.parametrize(("seconds", "is_found"), [(-1, True), (0, False), (30 * _DAY, False)])
def test_a_session_past_its_retention_is_not_found_though_it_is_still_there(
    seconds: int, is_found: bool, service: Service, time: ManualClock
) -> None:
    session = service.create()
    service.end(session)
    time.advance(seconds=90 * _DAY + seconds + 1)
    assert service.items_of("session")

    if is_found:
        assert service.stored(session).session_uuid == session.session_uuid
        return
    with pytest.raises(SessionNotFoundError):
        service.stored(session)
    with pytest.raises(SessionNotFoundError):
        service.update(session)
    with pytest.raises(SessionNotFoundError):
        service.end(session)


@pytest.mark.parametrize(("days", "found"), [(89, 1), (91, 0)])
def test_no_list_goes_back_beyond_the_retention(
    days: int, found: int, service: Service, time: ManualClock
) -> None:
    service.end(service.create())
    now = time.advance(seconds=days * _DAY)
    that_day = (("created_time__gte", "2026-03-01 00:00"), ("created_time__lt", "2026-03-02 00:00"))
    wanted = session_filter(that_day, service.caller(), now=now, retention_days=90)

    page = read_sessions.list_sessions(service.caller(), wanted, PageRequest(20))

    assert len(page.views) == page.total_count == found
