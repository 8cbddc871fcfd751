"""Creates that conflict, are throttled, or lose their answers: one session, never two (I8, I10)."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session

from maskline.domain.errors import ContentionError, PoolExhaustedError
from maskline.domain.sessions.request import IdempotencyKey
from maskline.domain.sessions.session import Session
from maskline.store import keys
from tests.support.builders import idempotency_key, party, virtual
from tests.support.faults import Fault, FaultyWrites, hooked, recorded_requests
from tests.support.service import Service
from tests.support.threads import together

KEYS = [None, idempotency_key()]


def only_session(service: Service) -> dict[str, Any]:
    """The one session in the table, which has exactly its two routes."""
    [session] = service.items_of("session")
    routes = service.items_of("route")
    assert [route["session_uuid"] for route in routes] == [session["session_uuid"]] * 2
    return session


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("fault", Fault)
def test_a_write_that_went_wrong_makes_one_session(
    service: Service, faults: FaultyWrites, fault: Fault, key: IdempotencyKey | None
) -> None:
    faults.plan(fault, fault)

    created = service.create(key=key)

    assert faults.are_spent
    assert only_session(service)["session_uuid"] == created.session_uuid
    # The conflict is about the last item: a pair that somebody else claims, unless it is the key.
    claimed = 2 if fault is Fault.CONFLICT and key is None else 0
    assert created.first_virtual_number == virtual(claimed)


# A number that is being claimed is left for the next; an attempt ends where all three are.
@pytest.mark.parametrize(("fault", "writes"), [(Fault.CONFLICT, 3 + 1), (Fault.THROTTLED, 1)])
def test_contention_is_an_error_of_ours_and_never_a_refusal(
    service: Service, faults: FaultyWrites, fault: Fault, writes: int
) -> None:
    before = service.items()
    faults.plan(*[fault] * writes * 12)

    with pytest.raises(ContentionError):
        service.create()

    assert faults.are_spent
    assert service.items() == before


def test_a_lost_answer_followed_by_a_full_pool_is_no_refusal(
    service: Service, faults: FaultyWrites
) -> None:
    service.retire(virtual(1))
    service.retire(virtual(2))
    faults.plan(Fault.LOST_ANSWER)

    created = service.create()

    assert only_session(service)["session_uuid"] == created.session_uuid


def test_a_lost_answer_is_found_again_after_a_call_came_in(
    service: Service, faults: FaultyWrites
) -> None:
    faults.lose_next_answer(meanwhile=lambda: service.call(party(0), virtual(0)))

    created = service.create()

    assert only_session(service)["session_uuid"] == created.session_uuid


def test_a_create_that_lost_a_number_takes_the_next(service: Service, faults: FaultyWrites) -> None:
    quicker: list[Session] = []
    faults.before_next_write(lambda: quicker.append(service.create(1, 2)))

    created = service.create(0, 1)

    assert quicker[0].first_virtual_number == virtual(0)
    assert created.first_virtual_number == virtual(1)


def test_a_create_that_lost_the_last_number_is_refused(
    service: Service, faults: FaultyWrites
) -> None:
    service.retire(virtual(1))
    service.retire(virtual(2))
    faults.before_next_write(lambda: service.create(1, 2))

    with pytest.raises(PoolExhaustedError):
        service.create(0, 1)

    only_session(service)


def test_a_key_used_by_another_request_meanwhile_gets_its_answer(
    service: Service, faults: FaultyWrites
) -> None:
    quicker: list[Session] = []
    faults.before_next_write(lambda: quicker.append(service.create(key=idempotency_key())))

    created = service.create(key=idempotency_key())

    assert created == quicker[0]
    only_session(service)


def test_threads_with_one_key_get_one_session(service: Service) -> None:
    requests = [lambda: service.create(key=idempotency_key())] * 12

    created = together(requests)

    assert {session.session_uuid for session in created} == {only_session(service)["session_uuid"]}


def test_threads_with_one_key_get_the_last_number_together(service: Service) -> None:
    service.retire(virtual(1))
    service.retire(virtual(2))

    created = together([lambda: service.create(key=idempotency_key())] * 12)

    assert {session.session_uuid for session in created} == {only_session(service)["session_uuid"]}


class Meanwhile:
    """A handler that does each planned thing once, at its next call."""

    def __init__(self, *planned: Callable[[], object]) -> None:
        self._planned = list(planned)
        self._is_busy = False

    def __call__(self, **_: Any) -> None:
        """Do the next thing; what that thing asks of the store itself is left alone."""
        if self._planned and not self._is_busy:
            self._is_busy = True
            self._planned.pop(0)()
            self._is_busy = False


@pytest.mark.whole_sdk
def test_a_replay_that_overtakes_the_first_answer_is_not_refused_for_its_own_number(
    service: Service,
) -> None:
    service.retire(virtual(1))
    service.retire(virtual(2))
    quicker: list[Session] = []
    first_request = Meanwhile(lambda: quicker.append(service.create(key=idempotency_key())))

    # The first query comes after the key was looked up and before what the parties hold is.
    with hooked("before-send.dynamodb.Query", first_request):
        replayed = service.create(key=idempotency_key())

    assert [replayed] == quicker
    only_session(service)


@pytest.mark.whole_sdk
def test_the_sdks_own_retry_after_a_lost_answer_is_applied_once(service: Service) -> None:
    """Below the store: the SDK repeats the request with the same token, and gets its answer."""
    losses = ["one"]

    def lose_answer(request: Any, **_: Any) -> None:
        if losses:
            losses.pop()
            URLLib3Session().send(request)
            raise ReadTimeoutError(endpoint_url=request.url)

    with (
        hooked("before-send.dynamodb.TransactWriteItems", lose_answer),
        recorded_requests() as requests,
    ):
        created = service.create()

    assert requests[-2:] == ["TransactWriteItems"] * 2
    assert only_session(service)["session_uuid"] == created.session_uuid


class Town:
    """Number 0 is free for both, number 1 is not; then, between the two reads, they change places.

    So at every moment one of them is free for both, though the reads together show neither.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        service.retire(virtual(2))
        passing, self._blocking = service.create(1, 7), service.create(1, 8)
        service.end(passing)
        service.create(20, 21)  # Caches the pool: from here on, queries read what a party holds.
        self._second_is_read = Event()

    def note_second_read(self, parsed: Any, **_: Any) -> None:
        numbers = [item.get("virtual_number") for item in parsed["Items"]]
        if {"S": virtual(1)} in numbers:
            self._second_is_read.set()

    def change_places(self) -> None:
        assert self._second_is_read.wait(5)
        self._service.end(self._blocking)
        self._service.create(0, 9)

    def create_amid(self, *happenings: Callable[[], object]) -> Session:
        """Create a session; before each read of what the first party holds, something happens."""
        meanwhile = Meanwhile(*happenings)

        def before_read(request: Any, **_: Any) -> None:
            if keys.party_partition(party(0)) in request.body.decode():
                meanwhile()

        with (
            hooked("before-send.dynamodb.Query", before_read),
            hooked("after-call.dynamodb.Query", self.note_second_read),
        ):
            return self._service.create(0, 1)


@pytest.mark.whole_sdk
def test_numbers_that_change_places_between_reads_are_no_reason_to_refuse(
    service: Service,
) -> None:
    town = Town(service)

    assert town.create_amid(town.change_places).first_virtual_number == virtual(1)


@pytest.mark.whole_sdk
def test_a_number_that_joins_while_a_refusal_is_being_proved_is_not_overlooked(
    service: Service,
) -> None:
    town = Town(service)

    def a_number_joins_and_another_goes() -> None:
        service.add_numbers(3)
        service.create(0, 8)

    created = town.create_amid(town.change_places, a_number_joins_and_another_goes)

    assert created.first_virtual_number == virtual(3)
