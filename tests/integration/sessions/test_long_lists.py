"""Lists of many sessions: each session once, however a client pages, and no page dearer for it."""

import random
from dataclasses import replace
from typing import Any

import pytest

from maskline.carriers import DEFAULT
from maskline.domain.errors import InvalidParameterError
from maskline.domain.sessions.filter import Range, SessionFilter
from maskline.domain.sessions.page import PageRequest
from maskline.domain.sessions.session import FormerNumber, LiveCall, Role, Session, Status
from maskline.services.accounts import provision as provision_account
from maskline.services.sessions import read as read_sessions
from maskline.store.lists import walk
from tests.support import builders
from tests.support.builders import NOW, SUBACCOUNT_ID, party, virtual
from tests.support.long_list import Cost, counted, expected, followed, looped, seed, uuids
from tests.support.service import Service

HOUR_MS = 3_600_000
EVERYTHING = SessionFilter(NOW - 24 * HOUR_MS, NOW + 1)

FILTERS: dict[str, dict[str, Any]] = {
    "everything": {},
    "a time": {"created_from": NOW - 2 * HOUR_MS, "created_before": NOW - HOUR_MS},
    "active": {"status": Status.ACTIVE},
    "in progress": {"status": Status.IN_PROGRESS},
    "expired": {"status": Status.EXPIRED},
    "expiry": {"expires": Range(NOW - HOUR_MS, NOW + HOUR_MS)},
    "duration": {"duration_seconds": Range(1800, 1801)},
    "number": {"virtual_number": virtual(3)},
    "subaccount": {"subaccount_id": SUBACCOUNT_ID},
    "first party": {"first_party": party(1)},
    "second party": {"second_party": party(52)},
    "both parties": {"first_party": party(1), "second_party": party(52)},
    "a party's live ones": {"first_party": party(1), "status": Status.ACTIVE},
    "rare": {
        "virtual_number": virtual(3),
        "subaccount_id": SUBACCOUNT_ID,
        "second_party": party(52),
    },
    "nothing": {"duration_seconds": Range(7, 8)},
}


def some_sessions(count: int) -> list[Session]:
    """Sessions of the last four hours with all that filters ask for, some of one millisecond."""
    random_ = random.Random(20260301)
    return [_some_session(index, random_) for index in range(count)]


def _some_session(index: int, random_: random.Random) -> Session:
    created_at = NOW - random_.randrange(4 * HOUR_MS) // 50_000 * 50_000
    number = virtual(random_.randrange(8))
    until = random_.choice([None, NOW - 1, NOW + 1])
    former = FormerNumber(Role.FIRST, virtual(random_.randrange(8)), DEFAULT, until)
    return builders.session(
        session_uuid=f"{random_.getrandbits(32):08x}-0000-4000-8000-{index:012x}",
        subaccount_id=random_.choice(["", "", SUBACCOUNT_ID]),
        first_party=party(random_.randrange(4)),
        second_party=party(50 + random_.randrange(4)),
        first_virtual_number=number,
        second_virtual_number=random_.choice([number, virtual(random_.randrange(8))]),
        created_at=created_at,
        expires_at=created_at + random_.choice([1800, 3600, 14_400]) * 1000,
        live_call=random_.choice([None, LiveCall("a", NOW + 1), LiveCall("b", NOW)]),
        former_numbers=random_.choice([(), (), (former,)]),
    )


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that happens in lists of a million happens in lists of hundreds."""
    monkeypatch.setattr("maskline.domain.sessions.page.COUNTED_AHEAD", 30)
    monkeypatch.setattr(walk, "_LEAST_ROWS", 2)
    monkeypatch.setattr(walk, "_GROWTH", 2)
    monkeypatch.setattr(walk, "_MOST_ROWS", 8)


@pytest.mark.usefixtures("small_steps")
def test_pages_show_every_matching_session_once_and_newest_first(service: Service) -> None:
    sessions = some_sessions(120)
    stranger = "MASOMEBODYELSE00000X"
    tokens = ["a-strangers-token-" * 2]
    provision_account.provision_account({"account": {"auth_id": stranger, "auth_tokens": tokens}})
    seed(service, [*sessions, builders.session(account_id=stranger, first_party=party(1))])

    for name, conditions in FILTERS.items():
        wanted = replace(EVERYTHING, **conditions)
        right = expected(sessions, wanted, NOW)
        pages = list(followed(service, wanted, PageRequest(7)))
        assert [uuid for page in pages for uuid in uuids(page)] == right, name
        assert pages[-1].total_count == len(right), name
        assert all(page.total_count <= len(right) for page in pages), name
        looped_pages = list(looped(service, wanted, 20))
        assert [uuid for page in looped_pages for uuid in uuids(page)] == right, name
    assert len(expected(sessions, replace(EVERYTHING, **FILTERS["rare"]), NOW)) > 0


@pytest.mark.usefixtures("small_steps")
def test_every_offset_shows_what_stands_there(service: Service) -> None:
    sessions = some_sessions(240)
    seed(service, sessions)
    right = expected(sessions, EVERYTHING, NOW)

    for offset in [*range(0, 240, 41), 239, 240, 241, 260, 1000, 100_000]:
        page = read_sessions.list_sessions(service.caller(), EVERYTHING, PageRequest(7, offset))
        assert uuids(page) == right[offset : offset + 7], offset
        assert page.total_count <= 240
        assert page.total_count == 240 or page.total_count >= offset + 7 + 30


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("conditions", [{}, {"status": Status.ACTIVE}, {"first_party": party(1)}])
def test_going_back_shows_the_same_pages_the_other_way_round(
    service: Service, conditions: dict[str, Any]
) -> None:
    sessions = some_sessions(60)
    seed(service, sessions)
    wanted = replace(EVERYTHING, **conditions)
    pages = list(followed(service, wanted, PageRequest(7)))

    page = pages[-1]
    for before in reversed(pages[:-1]):
        assert page.links.previous is not None
        page = read_sessions.list_sessions(service.caller(), wanted, page.links.previous)
        assert (uuids(page), page.links.offset) == (uuids(before), before.links.offset)
        assert page.links.next is not None
        assert page.links.next.cursor.position == before.links.next.cursor.position  # type: ignore[union-attr] # all have one
    assert page.links.previous is None


def test_beyond_the_end_the_way_back_is_the_last_sessions(service: Service) -> None:
    sessions = some_sessions(12)
    seed(service, sessions)

    beyond = read_sessions.list_sessions(service.caller(), EVERYTHING, PageRequest(5, 1000))
    assert beyond.links.previous is not None
    last = read_sessions.list_sessions(service.caller(), EVERYTHING, beyond.links.previous)

    assert (beyond.views, beyond.total_count) == ((), 12)
    assert uuids(last) == expected(sessions, EVERYTHING, NOW)[7:]
    assert last.links.offset == 7


@pytest.mark.usefixtures("small_steps")
def test_a_walk_over_few_matches_stops_and_goes_on_with_the_next_page(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "_MAX_ROUNDS", 2)
    sessions = some_sessions(240)
    seed(service, sessions)
    wanted = replace(EVERYTHING, duration_seconds=Range(1800, 1801), virtual_number=virtual(3))
    right = expected(sessions, wanted, NOW)

    pages = list(followed(service, wanted, PageRequest(20)))

    assert [uuid for page in pages for uuid in uuids(page)] == right
    assert [len(page.views) for page in pages[:-1]] != [20] * (len(pages) - 1)
    assert pages[-1].total_count == len(right)
    back = read_sessions.list_sessions(
        service.caller(), wanted, pages[-1].links.previous or PageRequest(1)
    )
    assert set(uuids(back)) <= set(right)
    with pytest.raises(InvalidParameterError, match=r"offset .* follow meta\.next"):
        read_sessions.list_sessions(service.caller(), wanted, PageRequest(20, 200))


@pytest.mark.usefixtures("small_steps")
def test_sessions_that_come_and_end_meanwhile_move_no_other_between_pages(service: Service) -> None:
    sessions = some_sessions(100)
    seed(service, sessions)
    right = expected(sessions, EVERYTHING, NOW)

    seen = []
    for number, page in enumerate(followed(service, EVERYTHING, PageRequest(9))):
        seen += uuids(page)
        newer = builders.session(
            session_uuid=f"{number:08x}-1111-4111-8111-111111111111", created_at=NOW
        )
        ended = replace(sessions[number], expires_at=NOW)
        seed(service, [newer, ended])

    assert seen == right


def test_a_count_is_exact_as_far_as_it_goes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.domain.sessions.page.COUNTED_AHEAD", 200)
    sessions = some_sessions(500)
    seed(service, sessions[:220])
    exact = read_sessions.list_sessions(service.caller(), EVERYTHING, PageRequest(20))
    seed(service, sessions[220:])
    bound = read_sessions.list_sessions(service.caller(), EVERYTHING, PageRequest(20))
    further = read_sessions.list_sessions(service.caller(), EVERYTHING, PageRequest(20, 280))

    assert exact.total_count == 220
    assert 220 <= bound.total_count < 500
    assert further.total_count == 500


def test_a_page_of_a_long_list_costs_what_a_page_of_a_short_one_does(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ratio that holds for a thousand and a million, at a tenth of what is counted."""
    monkeypatch.setattr("maskline.domain.sessions.page.COUNTED_AHEAD", 100)
    sessions = some_sessions(1000)
    seed(service, sessions[:200])
    short = _costs(service, monkeypatch)
    seed(service, sessions[200:])
    long = _costs(service, monkeypatch)

    for few, many in zip(short, long, strict=True):
        assert many.queries <= few.queries * 1.2
        assert many.rows <= few.rows * 1.2
    first, *linked = long
    assert first.rows <= 1.2 * (20 + 100)
    for cost in linked:
        assert (cost.queries, cost.rows) == (8, 8 * 12)


def _costs(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[Cost]:
    """Of the first page, of the one behind it, and of one that is far behind as its link says."""
    costs = []
    place = PageRequest(20)
    for _ in range(3):
        with counted(monkeypatch) as cost:
            page = read_sessions.list_sessions(service.caller(), EVERYTHING, place)
        costs.append(cost)
        assert page.links.next is not None
        assert page.links.next.cursor is not None
        place = PageRequest(20, 900_000, replace(page.links.next.cursor, total_count=10**6))
    return costs
