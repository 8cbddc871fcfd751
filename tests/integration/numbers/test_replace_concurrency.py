"""Numbers go bad while many clients create, change, end and call: I1 holds, nobody is cut off."""

import random
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import pytest

from local.aws.engine import Engine
from maskline.domain.calls.plan import Dial
from maskline.domain.errors import PoolExhaustedError, SessionExpiredError
from maskline.domain.sessions.session import Role, Session, Strategy
from tests.support.builders import party, virtual
from tests.support.replacing import (
    REPLACED,
    assert_table_in_step,
    call_healthy,
    call_unhealthy,
    numbers_of,
    run,
)
from tests.support.service import Service
from tests.support.threads import together

THREADS = 8
STEPS = 8
PEOPLE = 8
NUMBERS = 6


@pytest.fixture
def service(engine: Engine) -> Service:
    """On the real clock."""
    provisioned = Service(engine)
    provisioned.add_numbers(*range(NUMBERS))
    return provisioned


@dataclass
class Crowd:
    """The sessions that any client may end, change or call."""

    service: Service
    sessions: deque[Session] = field(default_factory=deque)


class Client:
    """One thread's random life."""

    def __init__(self, crowd: Crowd, seed: int) -> None:
        self._crowd = crowd
        self._chance = random.Random(seed)

    def run(self) -> None:
        for _ in range(STEPS):
            steps = [self._create, self._end, self._update, self._call]
            self._chance.choices(steps, [4, 1, 2, 2])[0]()

    def _create(self) -> None:
        first, second = self._chance.sample(range(PEOPLE), 2)
        strategy = self._chance.choice(list(Strategy))
        with suppress(PoolExhaustedError):
            self._crowd.sessions.append(
                self._crowd.service.create(first, second, strategy=strategy)
            )

    def _end(self) -> None:
        with suppress(IndexError):
            self._crowd.service.end(self._crowd.sessions.popleft())

    def _update(self) -> None:
        with suppress(IndexError, SessionExpiredError):
            session = self._chance.choice(self._crowd.sessions)
            self._crowd.service.update(session, session_expiry_seconds=7200)

    def _call(self) -> None:
        """By the number that the client was told at creation, as a call list would."""
        with suppress(IndexError):
            session = self._chance.choice(self._crowd.sessions)
            plan = self._crowd.service.call(session.first_party, session.first_virtual_number)
            assert not isinstance(plan, Dial) or plan.peer == session.second_party


class Operator:
    """Calls one number after the other unhealthy, and each healthy again when the next goes bad."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def run(self) -> None:
        for index in range(3):
            call_unhealthy(self._service, virtual(index))
            run()
            run()
            call_healthy(self._service, virtual(index))


def test_the_table_stays_unambiguous_while_numbers_go_bad(service: Service) -> None:
    crowd = Crowd(service)
    clients = [Client(crowd, seed).run for seed in range(THREADS)]

    together([*clients, Operator(service).run])

    assert_table_in_step(service)
    moved = [one for one in crowd.sessions if service.stored(one).former_numbers]
    assert moved, "hardly anything happened"
    for session in moved:
        for number in service.stored(session).numbers_of(Role.FIRST):
            plan = service.call(session.first_party, number, others_live=False)
            assert isinstance(plan, Dial)
            assert plan.peer == session.second_party


def test_runs_that_overlap_move_and_tell_each_session_once(service: Service) -> None:
    sessions = [service.create(2 * index, 2 * index + 1) for index in range(12)]
    call_unhealthy(service, virtual(0))

    together([run] * 4)

    assert {numbers_of(service.stored(one)) for one in sessions} == {(virtual(1), virtual(1))}
    assert [service.told(one) for one in sessions] == [[REPLACED]] * 12
    assert_table_in_step(service)


def test_a_call_during_the_move_is_connected(service: Service) -> None:
    sessions = [service.create(2 * index, 2 * index + 1) for index in range(6)]
    call_unhealthy(service, virtual(0))

    def call(index: int) -> None:
        plan = service.call(party(2 * index), virtual(0))
        assert isinstance(plan, Dial)
        assert plan.peer == party(2 * index + 1)

    together([run, *(partial(call, index) for index in range(6))])

    run()
    assert {numbers_of(service.stored(one)) for one in sessions} == {(virtual(1), virtual(1))}
    assert_table_in_step(service)
