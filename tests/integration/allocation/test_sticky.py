"""Sticky sessions: a pair meets the numbers of last time again, and is never worse off for it."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from maskline.domain.errors import PoolExhaustedError
from maskline.domain.numbers.pool import NumberHealth, NumberStatus
from maskline.domain.sessions.session import Rung, Session, Strategy, Terms
from tests.support import builders
from tests.support.builders import SUBACCOUNT_ID, idempotency_key, party, virtual
from tests.support.faults import Fault, FaultyWrites, recorded_requests
from tests.support.manual_clock import ManualClock
from tests.support.replacing import assert_table_in_step, call_unhealthy, numbers_of, run
from tests.support.service import Service
from tests.support.threads import together

STICKY = builders.terms(is_sticky=True)
RETENTION_SECONDS = 90 * 86_400


def create(service: Service, first: int = 0, second: int = 1, **changes: Any) -> Session:
    return service.create(first, second, **({"terms": STICKY} | changes))


def last_time_on(service: Service, number: int, **changes: Any) -> Session:
    """A sticky session of persons 0 and 1 on that number of the pool, which is over."""
    blocking = [service.create(0, 30 + index) for index in range(number)]
    session = create(service, **changes)
    for one in (*blocking, session):
        service.end(one)
    return session


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("pair", [(0, 1), (1, 0)])
def test_the_same_two_get_the_same_number_whoever_is_first(
    service: Service, strategy: Strategy, pair: tuple[int, int]
) -> None:
    last = last_time_on(service, 2, strategy=strategy)

    session = create(service, *pair, strategy=strategy)

    expected = numbers_of(last) if pair == (0, 1) else numbers_of(last)[::-1]
    assert numbers_of(session) == expected
    assert virtual(2) in expected
    assert service.stored(session) == session


def test_others_get_the_first_number_that_is_free(service: Service) -> None:
    last_time_on(service, 2)

    assert create(service, 0, 2).first_virtual_number == virtual(0)
    assert service.create(0, 1).first_virtual_number == virtual(1), "a session that is not sticky"


def test_it_is_remembered_after_the_routes_are_collected(
    service: Service, time: ManualClock
) -> None:
    last_time_on(service, 2)
    client = service.engine.client("dynamodb")
    for item in service.items_of("route"):
        key = {name: {"S": item[name]} for name in ("PK", "SK")}
        client.delete_item(TableName=service.engine.table_name, Key=key)
    time.advance(seconds=86_400)

    assert create(service).first_virtual_number == virtual(2)


def test_it_is_forgotten_with_the_session(service: Service, time: ManualClock) -> None:
    last = last_time_on(service, 2)

    time.advance(seconds=last.settings.session_expiry_seconds + RETENTION_SECONDS)
    time.advance(seconds=1)  # TTL counts whole seconds.

    assert create(service).first_virtual_number == virtual(0)


def test_the_newest_session_counts(service: Service) -> None:
    last_time_on(service, 2)
    live = create(service)
    newer = create(service)
    assert numbers_of(newer) == (virtual(0), virtual(0)), "the old one's is taken"
    service.end(live)
    service.end(newer)

    assert numbers_of(create(service)) == numbers_of(newer)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": NumberStatus.RETIRED},
        {"health": NumberHealth.UNHEALTHY},
        {"subaccount_id": SUBACCOUNT_ID},
    ],
)
def test_a_number_that_may_not_be_used_is_no_preference(
    service: Service, changes: dict[str, Any]
) -> None:
    last_time_on(service, 2)
    service.change_number(virtual(2), **changes)

    assert create(service).first_virtual_number == virtual(0)


def test_geomatch_goes_before_it(service: Service) -> None:
    last_time_on(service, 2)
    service.add_numbers(9, country="US")

    matched = replace(STICKY, is_geomatched=True)

    assert create(service, terms=matched).first_virtual_number == virtual(9)


def test_an_earlier_rung_goes_before_it(service: Service) -> None:
    service.add_numbers(9, country="US")
    ladder = Terms(is_sticky=True, on_exhaustion=(Rung.ANY_COUNTRY,))
    blocking = service.create(0, 5, terms=Terms())
    away = create(service, terms=ladder)
    assert (numbers_of(away)[0], away.rungs) == (virtual(0), (Rung.ANY_COUNTRY,))
    service.end(blocking)
    service.end(away)

    home = create(service, terms=ladder)

    assert (numbers_of(home)[0], home.rungs) == (virtual(9), ())


def test_a_subaccount_has_a_memory_of_its_own(service: Service) -> None:
    service.add_numbers(10, 11, subaccount_id=SUBACCOUNT_ID)
    last_time_on(service, 2)

    theirs = create(service, subaccount_id=SUBACCOUNT_ID)
    service.end(theirs)

    assert theirs.first_virtual_number == virtual(10)
    assert create(service).first_virtual_number == virtual(2)


def test_it_is_refused_only_when_every_number_is_taken(service: Service) -> None:
    last_time_on(service, 2)
    for number in range(3):
        assert create(service).first_virtual_number == virtual((number + 2) % 3)

    with pytest.raises(PoolExhaustedError):
        create(service)


# --- Races and lost answers -----------------------------------------------------------------------


def test_of_two_that_race_one_has_the_number_of_last_time(
    service: Service, faults: FaultyWrites
) -> None:
    last_time_on(service, 2)
    quicker: list[Session] = []
    faults.before_next_write(lambda: quicker.append(create(service, 1, 0)))

    slower = create(service)

    assert numbers_of(quicker[0]) == (virtual(2), virtual(2))
    assert numbers_of(slower) == (virtual(0), virtual(0))
    assert_table_in_step(service)


def test_a_pair_that_wants_many_at_once_gets_as_many_as_there_are_numbers(
    service: Service,
) -> None:
    last_time_on(service, 2)

    def attempt() -> Session | None:
        try:
            return create(service)
        except PoolExhaustedError:
            return None

    made = [session for session in together([attempt] * 5) if session]

    assert sorted(session.first_virtual_number for session in made) == list(map(virtual, range(3)))
    assert_table_in_step(service)


@pytest.mark.parametrize("fault", Fault)
def test_a_write_that_went_wrong_makes_one_session(
    service: Service, faults: FaultyWrites, fault: Fault
) -> None:
    last_time_on(service, 2)
    faults.plan(fault, fault)

    session = create(service)

    assert faults.are_spent
    assert numbers_of(session) == (virtual(2), virtual(2))
    assert_table_in_step(service)


def test_a_repeated_create_gets_the_first_answer_again(service: Service) -> None:
    last_time_on(service, 2)
    request = builders.session_request(terms=STICKY)
    first = service.request(request, key=idempotency_key())

    assert service.request(request, key=idempotency_key()) == first


# --- Numbers that change while a session lives ----------------------------------------------------


def test_the_number_that_replaced_a_bad_one_is_the_one_to_meet_again(service: Service) -> None:
    session = create(service)
    call_unhealthy(service, virtual(0))
    run()
    assert numbers_of(service.stored(session)) == (virtual(1), virtual(1))
    service.end(session)
    service.change_number(virtual(0), health=NumberHealth.HEALTHY)

    assert numbers_of(create(service)) == (virtual(1), virtual(1))


def lone(service: Service, strategy: Strategy) -> Session:
    single = replace(STICKY, is_single_party=True)
    return service.request(builders.lone_request(0, terms=single, strategy=strategy)).session


@pytest.mark.parametrize("strategy", Strategy)
def test_a_pair_that_came_together_later_is_remembered_from_then_on(
    service: Service, strategy: Strategy
) -> None:
    blocking = [service.create(0, 30), service.create(1, 31)]
    session = lone(service, strategy)
    assert service.items_of("pair") == []
    complete = service.update(session, fixed={"second_party": party(1)})
    for one in (*blocking, complete):
        service.end(one)

    assert numbers_of(create(service, strategy=strategy)) == numbers_of(complete)


def test_whoever_is_added_meets_the_number_of_last_time(service: Service) -> None:
    blocking = service.create(1, 31)
    last = create(service, strategy=Strategy.PER_PARTY)
    for one in (blocking, last):
        service.end(one)
    with service.only(virtual(0)):
        session = lone(service, Strategy.PER_PARTY)
    assert numbers_of(session) == (virtual(0), virtual(0))

    complete = service.update(session, fixed={"second_party": party(1)})

    assert numbers_of(complete) == numbers_of(last) == (virtual(0), virtual(1))
    assert_table_in_step(service)


# --- What it costs, and what it keeps -------------------------------------------------------------


@pytest.mark.whole_sdk
def test_it_costs_one_read_and_one_item_more(service: Service) -> None:
    service.create(20, 21)  # Caches the pool.
    with recorded_requests() as plain:
        service.create(2, 3)
    with recorded_requests() as sticky:
        create(service)

    assert plain == ["GetItem", "Query", "Query", "TransactWriteItems"]
    assert sorted(sticky) == sorted([*plain, "GetItem"])
    assert len(service.items_of("pair")) == 1


def test_what_is_kept_of_a_pair_names_nobody(service: Service) -> None:
    session = create(service)

    [kept] = service.items_of("pair")

    text = repr(kept)
    assert not [person for person in (0, 1) if party(person)[1:] in text]
    assert kept["numbers"] == [session.first_virtual_number] * 2
    [stored] = service.items_of("session")
    assert kept["ttl"] == stored["ttl"]


def test_sticky_sessions_of_many_pairs_never_meet(service: Service) -> None:
    sessions = together([partial(create, service, 2 * index, 2 * index + 1) for index in range(16)])

    assert {session.first_virtual_number for session in sessions} == {virtual(0)}
    assert len(service.items_of("pair")) == 16
