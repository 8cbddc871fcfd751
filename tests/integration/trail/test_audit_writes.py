"""No change without its entry and no entry without its change, whatever becomes of the writes."""

from collections.abc import Callable

import pytest

from maskline.domain.errors import ContentionError
from maskline.domain.sessions.session import Session, Strategy
from maskline.domain.trail import Entry
from maskline.services.sessions.end import time_out_due_sessions
from maskline.store import table
from maskline.store.pauses import MAX_ATTEMPTS
from tests.integration.privacy.test_erase_person import converse, erase, finish, order
from tests.support import builders, replacing
from tests.support.audit_items import entries, entry_items
from tests.support.builders import party, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.impatience import calls_at_once
from tests.support.manual_clock import ManualClock
from tests.support.service import Service

NEW_TIME = {"ring_timeout_seconds": 33, "session_expiry_seconds": 7200}

Change = Callable[[Service, Session], object]


def add_second(service: Service, alone: Session) -> object:
    return service.update(alone, fixed={"second_party": party(5)}, record=True)


# What is done, to a session with how many parties, and what the entry calls it and what it changed.
CHANGES: dict[str, tuple[Change, bool, str, list[str]]] = {
    "update": (
        lambda service, session: service.update(session, **NEW_TIME),
        False,
        "changed",
        ["ring_timeout", "session_expiry"],
    ),
    "add a party": (add_second, True, "changed", ["record", "second_party"]),
    "end": (lambda service, session: service.end(session), False, "ended", []),
}


def by_action(service: Service) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries(service.engine):
        found.setdefault(entry.action, []).append(entry)
    return found


def made(service: Service, *, is_lone: bool) -> Session:
    if is_lone:
        return service.request(builders.lone_request()).session
    return service.create()


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_ANSWER])
def test_a_create_and_its_entry_are_one_write(
    fault: Fault, service: Service, faults: FaultyWrites
) -> None:
    faults.plan(fault)

    session = service.create()

    [entry] = entries(service.engine)
    assert (entry.action, entry.sessions) == ("created", (session.session_uuid,))


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_ANSWER])
@pytest.mark.parametrize(("change", "is_lone", "action", "fields"), CHANGES.values(), ids=CHANGES)
def test_a_change_and_its_entry_are_one_write(
    change: Change,
    is_lone: bool,
    action: str,
    fields: list[str],
    fault: Fault,
    service: Service,
    faults: FaultyWrites,
) -> None:
    session = made(service, is_lone=is_lone)
    faults.plan(fault)

    change(service, session)

    [entry] = by_action(service)[action]
    assert entry.fields == tuple(fields)
    assert entry.sessions == (session.session_uuid,)
    assert entry.expires_at == service.items_of("session")[0]["expires_at"]


@pytest.mark.parametrize(("change", "is_lone", "action", "fields"), CHANGES.values(), ids=CHANGES)
def test_what_is_never_written_has_no_entry(
    change: Change,
    is_lone: bool,
    action: str,
    fields: list[str],
    service: Service,
    faults: FaultyWrites,
) -> None:
    session = made(service, is_lone=is_lone)
    faults.plan(*[Fault.CONFLICT] * MAX_ATTEMPTS)

    with pytest.raises(ContentionError):
        change(service, session)

    assert [entry.action for entry in entries(service.engine)] == ["created"]


def test_a_create_that_loses_its_number_on_the_way_has_one_entry(
    service: Service, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: service.create(0, 2))

    session = service.create(0, 1)

    assert session.first_virtual_number == virtual(1)
    created = by_action(service)["created"]
    assert session.session_uuid in [uuid for entry in created for uuid in entry.sessions]
    assert len(created) == 2


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_ANSWER])
def test_a_read_leaves_one_entry(fault: Fault, service: Service, faults: FaultyWrites) -> None:
    session = service.create()
    faults.plan(fault)

    service.view(session)

    [entry] = by_action(service)["read"]
    assert entry.sessions == (session.session_uuid,)


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_ANSWER])
def test_a_replaced_number_is_known_by_who_ordered_it(
    fault: Fault, service: Service, faults: FaultyWrites
) -> None:
    session = service.create(strategy=Strategy.PER_PARTY)
    replacing.call_unhealthy(service, session.first_virtual_number)
    faults.plan(fault)

    replacing.run()

    [ordered] = by_action(service)["replacement_ordered"]
    [moved] = by_action(service)["number_replaced"]
    assert moved.sessions == (session.session_uuid,)
    assert moved.function == "replace_numbers"
    assert moved.origin.request_id == ordered.origin.request_id
    assert not moved.origin.credential


def test_every_move_of_a_session_has_its_entry(service: Service) -> None:
    session = service.create()
    for _ in range(2):
        replacing.call_unhealthy(service, service.stored(session).first_virtual_number)
        replacing.run()

    assert len(by_action(service)["number_replaced"]) == 2


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_ANSWER])
def test_an_erasure_is_known_by_who_ordered_it(
    fault: Fault, service: Service, faults: FaultyWrites, time: ManualClock
) -> None:
    session = service.create()
    ordered = order(service)
    faults.plan(fault)
    finish(service, time, ordered)

    [order_entry] = by_action(service)["erasure_ordered"]
    [erased] = by_action(service)["erased"]
    assert erased.sessions == (session.session_uuid,)
    assert erased.function == "carry_out_erasures"
    assert erased.origin.request_id == order_entry.origin.request_id
    assert erased.expires_at == service.items_of("session")[0]["expires_at"]


def test_an_erasure_in_several_transactions_has_an_entry_with_each(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls_at_once(1, monkeypatch)
    session = service.create()
    for number in range(3):
        converse(service, session, party(0), f"call-{number}")

    erase(service, time)

    erased = by_action(service)["erased"]
    assert [entry.sessions for entry in erased] == [(session.session_uuid,)] * 3


def test_the_largest_session_is_written_in_transactions_of_a_hundred(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PINs, moved as often as it may be, and with many calls: DynamoDB takes no more items."""
    sizes: list[int] = []
    transact = table.transact

    def recorded(actions: list[table.Item]) -> None:
        sizes.append(len(actions))
        transact(actions)

    monkeypatch.setattr(table, "transact", recorded)
    service.add_numbers(*range(3, 12))
    session = service.create(terms=builders.terms(pin=builders.pin_terms(), is_sticky=True))
    for number in range(20):
        converse(service, session, party(0), f"call-{number}")
    for _ in range(10):
        replacing.call_unhealthy(service, service.stored(session).first_virtual_number)
        replacing.run()
    assert service.stored(session).moves == 10
    service.update(session, ring_timeout_seconds=33)

    assert erase(service, time)["interactions"] == 20
    assert 85 < max(sizes) <= 100


def test_a_timeout_is_no_act_of_anybodys(service: Service, time: ManualClock) -> None:
    """The end was set by whoever created or changed the session, and is in that entry."""
    session = service.create()
    time.advance(seconds=3600)
    assert time_out_due_sessions().told == 1

    [created] = entries(service.engine)

    assert created.expires_at == session.expires_at


def test_calls_leave_no_entry(service: Service) -> None:
    """A conversation is its own record."""
    session = service.create()
    converse(service, session, party(0), "call-1")

    assert [entry.action for entry in entries(service.engine)] == ["created"]


def test_entries_spread_over_the_shards(service: Service) -> None:
    session = service.create()
    for _ in range(60):
        service.view(session)

    partitions = {item["PK"] for item in entry_items(service.engine)}

    assert len(partitions) == 8
