"""Orders to erase people: one is open for a person, no account has more than its share."""

import hashlib
import hmac
from dataclasses import replace
from functools import partial

import pytest

from functions.carry_out_erasures import app
from maskline.domain.accounts import Client
from maskline.domain.erasure import ErasureOrder, Kind
from maskline.domain.errors import ErasureNotFoundError, TooManyErasuresError
from maskline.domain.phone_numbers import E164
from maskline.services import erase_person
from maskline.services.erase_person import Erased, Ordered, carry_out_erasures, order_erasure
from maskline.store import table
from maskline.store.erasure import orders as erasures
from tests.integration.privacy.test_erase_person import PERSON, finish, order, traces_of
from tests.support import builders
from tests.support.audit_items import entries
from tests.support.builders import party
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tests.support.threads import together


def open_orders() -> list[str]:
    return [one.erasure_id for one in erasures.list_orders()]


def get(service: Service, ordered: Ordered) -> ErasureOrder:
    return erase_person.get_erasure(service.caller(), ordered.order.erasure_id)


def proves(ordered: Ordered, done: ErasureOrder, number: E164 = PERSON) -> bool:
    """Whether the salt of an answer shows that a receipt is about the person."""
    told = hmac.new(bytes.fromhex(ordered.salt), number.encode(), hashlib.sha256).hexdigest()
    return done.commitment == told


def orders_told(service: Service) -> int:
    return [entry.action for entry in entries(service.engine)].count("erasure_ordered")


def other_account(service: Service, account_id: str = "MA000OTHERTEST000000") -> Client:
    return replace(service.caller(), account=builders.account(account_id=account_id))


def test_a_further_order_renews_the_open_one(service: Service, time: ManualClock) -> None:
    service.create()
    first = order(service)
    app.handler({}, None)
    time.advance(seconds=30)
    later = service.create(0, 2)

    second = order(service)

    assert second.order.erasure_id == first.order.erasure_id
    assert open_orders() == [first.order.erasure_id]
    assert get(service, second).ordered_at == time.now
    assert get(service, second).erased[Kind.SESSIONS] == 1
    done = finish(service, time, second)
    assert done.erased[Kind.SESSIONS] == 2
    assert service.stored(later).first_party == ""
    assert traces_of(service, PERSON) == []
    assert (proves(first, done), proves(second, done)) == (False, True)
    assert done == get(service, first)
    assert orders_told(service) == 2


def test_the_time_in_which_latecomers_turn_up_begins_anew(
    service: Service, time: ManualClock
) -> None:
    order(service)
    time.advance(seconds=59)
    ordered = order(service)
    time.advance(seconds=59)

    app.handler({}, None)

    assert get(service, ordered).completed_at is None
    time.advance(seconds=1)
    app.handler({}, None)
    assert get(service, ordered).completed_at == time.now


def test_an_order_after_completion_is_another(service: Service, time: ManualClock) -> None:
    service.create()
    first = order(service)
    done = finish(service, time, first)
    service.create()

    second = order(service)

    assert second.order.erasure_id != first.order.erasure_id
    assert (get(service, first), get(service, second).completed_at) == (done, None)
    assert finish(service, time, second).erased[Kind.SESSIONS] == 1
    assert get(service, first) == done


def test_many_orders_for_one_number_cost_one_walk(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        order(service)
    walked: list[ErasureOrder] = []
    walk = erasures.walk_sessions
    monkeypatch.setattr(erasures, "walk_sessions", lambda one: walked.append(one) or walk(one))

    app.handler({}, None)

    assert len(walked) == 1


def test_orders_at_one_moment_make_one(service: Service, time: ManualClock) -> None:
    service.create()

    given = together([partial(order, service)] * 6)

    assert len({one.order.erasure_id for one in given}) == 1
    assert open_orders() == [given[0].order.erasure_id]
    assert orders_told(service) == 6
    done = finish(service, time, given[0])
    assert [proves(one, done) for one in given].count(True) == 1
    assert len({one.order.ordered_at for one in given}) == 6


def test_orders_while_runs_complete_are_each_carried_out(
    service: Service, time: ManualClock
) -> None:
    """An order either renews one that is open from then on, or is a new one."""
    order(service)
    time.advance(seconds=60)

    *_, given = together([partial(app.handler, {}, None)] * 3 + [partial(order, service)])

    assert given is not None
    assert open_orders() == [given.order.erasure_id]
    assert proves(given, finish(service, time, given))


@pytest.mark.parametrize("clock_is_behind_seconds", [0, 3600])
def test_a_run_that_read_an_order_before_its_renewal_does_not_complete_it(
    service: Service, time: ManualClock, faults: FaultyWrites, clock_is_behind_seconds: int
) -> None:
    first = order(service)
    time.advance(seconds=60)
    given: list[Ordered] = []

    def order_again() -> None:
        time.advance(seconds=-clock_is_behind_seconds)
        given.append(order(service))
        time.advance(seconds=clock_is_behind_seconds)

    faults.before_next_write(order_again)
    app.handler({}, None)

    assert given[0].order.erasure_id == first.order.erasure_id
    assert given[0].order.ordered_at > first.order.ordered_at
    assert get(service, first).completed_at is None
    assert proves(given[0], finish(service, time, first))


def test_what_is_erased_during_a_renewal_is_counted_once(
    service: Service, time: ManualClock, faults: FaultyWrites
) -> None:
    service.create()
    first = order(service)
    time.advance(seconds=1)
    faults.before_next_write(lambda: app.handler({}, None))

    second = order(service)

    assert second.order.erasure_id == first.order.erasure_id
    assert finish(service, time, second).erased[Kind.SESSIONS] == 1


def test_an_order_that_meets_the_completion_of_the_former_is_a_new_one(
    service: Service, time: ManualClock, faults: FaultyWrites
) -> None:
    first = order(service)
    time.advance(seconds=60)
    faults.before_next_write(lambda: app.handler({}, None))

    second = order(service)

    assert get(service, first).completed_at == time.now
    assert second.order.erasure_id != first.order.erasure_id
    assert open_orders() == [second.order.erasure_id]


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("is_renewal", [False, True])
def test_an_order_in_trouble_is_repeated_and_its_salt_is_the_one_that_proves(
    service: Service, time: ManualClock, faults: FaultyWrites, fault: Fault, is_renewal: bool
) -> None:
    if is_renewal:
        order(service)
    faults.plan(fault)

    ordered = order(service)

    assert faults.are_spent
    assert open_orders() == [ordered.order.erasure_id]
    assert orders_told(service) == 1 + is_renewal
    assert proves(ordered, finish(service, time, ordered))


def test_a_completion_in_between_is_found_by_who_asks(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered = order(service)
    time.advance(seconds=60)
    genuine = table.get

    def get_late(key: dict[str, str]) -> dict[str, object] | None:
        if key["PK"] == "ERASING":
            monkeypatch.setattr(table, "get", genuine)
            app.handler({}, None)
            order(service)
        return genuine(key)

    monkeypatch.setattr(table, "get", get_late)

    assert get(service, ordered).completed_at == time.now
    assert open_orders() != [ordered.order.erasure_id]


def test_each_account_has_its_own_order_for_a_person(service: Service, time: ManualClock) -> None:
    ours = order(service)
    theirs = order_erasure(other_account(service), PERSON)

    assert set(open_orders()) == {ours.order.erasure_id, theirs.order.erasure_id}
    assert get(service, ours).account_id == builders.MAIN_ID
    with pytest.raises(ErasureNotFoundError):
        get(service, theirs)


def test_an_account_has_so_many_open_orders(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "MOST_OPEN_ORDERS", 2)
    first, second = order(service), order(service, party(1))
    before = service.items()

    with pytest.raises(TooManyErasuresError) as refused:
        order(service, party(2))

    assert service.items() == before
    assert refused.value.retry_after_seconds == 60
    # A renewal is no further order, and other accounts have their own.
    assert order(service, party(1)).order.erasure_id == second.order.erasure_id
    assert order_erasure(other_account(service), party(2))
    finish(service, time, first)
    finish(service, time, second)
    assert [order(service, party(index)) for index in (3, 4)]
    with pytest.raises(TooManyErasuresError):
        order(service, party(5))


def test_orders_at_one_moment_are_counted_too(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "MOST_OPEN_ORDERS", 3)

    def attempt(index: int) -> bool:
        try:
            order(service, party(index))
        except TooManyErasuresError:
            return False
        return True

    made = together([partial(attempt, index) for index in range(6)])

    assert sum(made) == len(open_orders()) == 3


@pytest.mark.parametrize("fault", Fault)
def test_a_completion_in_trouble_is_repeated_within_the_run(
    service: Service, time: ManualClock, faults: FaultyWrites, fault: Fault
) -> None:
    """New orders of the account are counted in the same place."""
    ordered = order(service)
    time.advance(seconds=60)
    faults.plan(fault)

    app.handler({}, None)

    assert faults.are_spent
    assert get(service, ordered).completed_at == time.now
    assert open_orders() == []


def test_an_order_in_trouble_holds_up_no_other_and_fails_the_run(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubled, other = order(service, party(1)), order(service)
    service.create()
    walk = erasures.walk_sessions

    def fail(one: ErasureOrder) -> object:
        if one.erasure_id == troubled.order.erasure_id:
            raise KeyError("PK")
        return walk(one)

    with monkeypatch.context() as patch:
        patch.setattr(erasures, "walk_sessions", fail)
        for _ in range(3):
            with pytest.raises(Exception, match="ErasureIncompleteError"):
                app.handler({}, None)
            time.advance(seconds=60)

    assert get(service, other).completed_at is not None
    assert finish(service, time, troubled).completed_at == time.now


class Costly:
    """Every walk takes a second, whether it finds somebody or not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.walked = 0.0, list[str]()
        walk = erasures.walk_sessions

        def slow(one: ErasureOrder) -> object:
            self.at += 1
            self.walked.append(one.account_id)
            return walk(one)

        monkeypatch.setattr(erasures, "walk_sessions", slow)

    def now(self) -> float:
        return self.at


def test_a_flood_of_orders_that_find_nothing_starves_no_other_account(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.create()
    for index in range(20):
        order_erasure(other_account(service), party(10 + index))
    ordered = order(service)
    costly = Costly(monkeypatch)

    outcomes = carry_out_erasures(seconds=8, now=costly.now)

    assert outcomes == {Erased.ERASED: 1}
    assert get(service, ordered).erased[Kind.SESSIONS] == 1
    assert len(costly.walked) == costly.at == 8
    assert costly.walked.count(builders.MAIN_ID) == 1


def test_orders_that_a_run_does_not_reach_are_reached_by_others(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(10):
        order(service, party(index))
    time.advance(seconds=60)
    costly = Costly(monkeypatch)

    for done in range(1, 6):
        carry_out_erasures(seconds=2, now=costly.now)
        assert len(open_orders()) == 10 - 2 * done


def test_a_walk_stops_at_the_end_of_its_share(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that finds only what is not to be erased."""
    ordered = order(service)
    costly = Costly(monkeypatch)
    found = iter(["unknown"] * 100)

    def skip(_order: ErasureOrder, _session_uuid: str) -> Erased:
        costly.at += 1
        return Erased.SKIPPED

    monkeypatch.setattr(erase_person, "_erased_safely", skip)
    monkeypatch.setattr(erasures, "walk_sessions", lambda _: found)

    outcomes = carry_out_erasures(seconds=10, now=costly.now)

    assert outcomes == {Erased.SKIPPED: 11}
    assert len(list(found)) == 100 - 11
    assert get(service, ordered).completed_at is None
