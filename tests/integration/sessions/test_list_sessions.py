"""Lists of sessions: newest first, filtered, in pages, and each account its own."""

from typing import Any

import pytest

from maskline.domain.errors import SessionNotFoundError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.filter import Range, SessionFilter
from maskline.domain.sessions.page import PageRequest
from maskline.domain.sessions.session import Session, Status
from maskline.services.sessions import read as read_sessions
from maskline.services.sessions.read import Page
from tests.support.builders import NOW, SUBACCOUNT_ID, party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.replacing import call_unhealthy, run
from tests.support.service import Service

DAY_MS = 86_400_000


def listed(
    service: Service,
    *,
    subaccount_id: str = "",
    limit: int = 20,
    offset: int = 0,
    **conditions: Any,
) -> Page:
    window = {"created_from": NOW - DAY_MS, "created_before": NOW + DAY_MS}
    if subaccount_id:
        conditions["subaccount_id"] = subaccount_id
    wanted = SessionFilter(**(window | conditions))
    return read_sessions.list_sessions(
        service.caller(subaccount_id), wanted, PageRequest(limit, offset)
    )


def uuids(page: Page) -> list[str]:
    return [view.session.session_uuid for view in page.views]


@pytest.fixture
def sessions(service: Service, time: ManualClock) -> list[Session]:
    """Twelve sessions in all shards of the index, each a second younger than the one before."""
    created = []
    for index in range(12):
        created.append(service.create(2 * index, 2 * index + 1))
        time.advance(seconds=1)
    return created


def test_the_newest_session_comes_first(service: Service, sessions: list[Session]) -> None:
    page = listed(service)

    assert uuids(page) == [session.session_uuid for session in reversed(sessions)]
    assert page.total_count == 12


def test_pages_follow_each_other_without_gap_or_overlap(
    service: Service, sessions: list[Session]
) -> None:
    pages = [listed(service, limit=5, offset=offset) for offset in (0, 5, 10, 15)]

    assert [len(page.views) for page in pages] == [5, 5, 2, 0]
    assert [uuid for page in pages for uuid in uuids(page)] == uuids(listed(service))
    assert {page.total_count for page in pages} == {12}


def test_sessions_of_one_millisecond_keep_their_order_from_page_to_page(service: Service) -> None:
    for index in range(6):
        service.create(2 * index, 2 * index + 1)

    pages = [listed(service, limit=1, offset=offset) for offset in range(6)]

    assert [uuid for page in pages for uuid in uuids(page)] == uuids(listed(service))


def test_the_window_includes_its_start_and_not_its_end(
    service: Service, sessions: list[Session]
) -> None:
    page = listed(
        service, created_from=sessions[2].created_at, created_before=sessions[5].created_at
    )

    assert uuids(page) == [session.session_uuid for session in reversed(sessions[2:5])]


def test_a_list_can_ask_for_people_and_numbers(service: Service, sessions: list[Session]) -> None:
    wanted = [sessions[3].session_uuid]
    service.create(6, 50)

    assert uuids(listed(service, first_party=party(6), second_party=party(7))) == wanted
    assert uuids(listed(service, second_party=party(7))) == wanted
    assert uuids(listed(service, first_party=party(7))) == []
    assert listed(service, virtual_number=virtual(0)).total_count == 12
    assert listed(service, virtual_number=virtual(1)).total_count == 1


def test_a_replaced_session_is_found_by_its_former_number_while_that_works(
    service: Service, time: ManualClock
) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0), grace_seconds=600)
    run()
    moved = service.stored(session)

    def found(number: E164) -> list[str]:
        return uuids(listed(service, virtual_number=number))

    assert moved.first_virtual_number == virtual(1)
    assert found(virtual(0)) == found(virtual(1)) == [session.session_uuid]
    assert listed(service, virtual_number=virtual(0), first_party=party(0)).total_count == 1
    assert found(virtual(2)) == []

    time.advance(seconds=600)
    assert found(virtual(0)) == []
    assert found(virtual(1)) == [session.session_uuid]


def test_an_ended_session_is_found_by_the_number_that_it_had_last(service: Service) -> None:
    session = service.create()
    call_unhealthy(service, virtual(0))
    run()
    assert uuids(listed(service, virtual_number=virtual(0))) == [session.session_uuid]

    service.end(session)

    assert uuids(listed(service, virtual_number=virtual(0))) == []
    assert uuids(listed(service, virtual_number=virtual(1))) == [session.session_uuid]


def test_a_list_can_ask_for_a_status_of_now(
    service: Service, sessions: list[Session], time: ManualClock
) -> None:
    service.end(sessions[0])
    service.call(party(2), virtual(0))

    def of_status(status: Status) -> set[str]:
        return set(uuids(listed(service, status=status)))

    assert of_status(Status.EXPIRED) == {sessions[0].session_uuid}
    assert of_status(Status.IN_PROGRESS) == {sessions[1].session_uuid}
    assert len(of_status(Status.ACTIVE)) == 10

    time.now = sessions[11].expires_at
    assert len(of_status(Status.EXPIRED)) == 12


def test_a_list_can_ask_for_durations_and_expiries(
    service: Service, sessions: list[Session]
) -> None:
    longest = service.update(sessions[4], session_expiry_seconds=7200)

    wanted = [longest.session_uuid]

    assert uuids(listed(service, duration_seconds=Range(3601))) == wanted
    assert uuids(listed(service, expires=Range(longest.expires_at))) == wanted
    assert listed(service, expires=Range(None, longest.expires_at)).total_count == 11


def test_a_listed_session_has_its_conversations(service: Service, sessions: list[Session]) -> None:
    service.call(party(2), virtual(0), call_uuid="a")

    views = {view.session.session_uuid: view for view in listed(service).views}

    assert [one.call_uuid for one in views[sessions[1].session_uuid].interactions] == ["a"]
    assert views[sessions[0].session_uuid].interactions == ()


def test_an_account_sees_its_subaccounts_sessions_and_they_only_their_own(
    service: Service,
) -> None:
    service.add_numbers(10, subaccount_id=SUBACCOUNT_ID)
    ours, theirs = service.create(0, 1), service.create(2, 3, subaccount_id=SUBACCOUNT_ID)

    assert set(uuids(listed(service))) == {ours.session_uuid, theirs.session_uuid}
    assert uuids(listed(service, subaccount_id=SUBACCOUNT_ID)) == [theirs.session_uuid]

    subaccount = service.caller(SUBACCOUNT_ID)
    assert read_sessions.get_session(subaccount, theirs.session_uuid).session == theirs
    with pytest.raises(SessionNotFoundError):
        read_sessions.get_session(subaccount, ours.session_uuid)
    assert read_sessions.get_session(service.caller(), theirs.session_uuid).session == theirs


def test_an_empty_list_is_a_list(service: Service) -> None:
    assert listed(service) == Page((), 0)
