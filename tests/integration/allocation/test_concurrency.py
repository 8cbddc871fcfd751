"""Many threads, few people, few numbers: no pair is given twice (I1), no refusal is false (I8)."""

import random
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import pytest

from local.aws.engine import Engine
from maskline import clock
from maskline.domain.calls.plan import Busy, Dial
from maskline.domain.errors import PoolExhaustedError, SessionExpiredError
from maskline.domain.sessions.session import Session, Strategy
from maskline.store import keys
from tests.support.builders import party, virtual
from tests.support.history import Marks, Refusal, pairs_of, unjustified
from tests.support.service import Service
from tests.support.threads import together

THREADS = 32
STEPS = 10
PEOPLE = 6
NUMBERS = 5
FITS_AT_ONCE = PEOPLE * NUMBERS // 2


@pytest.fixture
def service(engine: Engine) -> Service:
    """On the real clock, with an empty pool."""
    return Service(engine)


def assert_table_is_unambiguous(service: Service) -> None:
    """No pair in two live sessions, and every live session has exactly its two routes."""
    now = clock.now_ms()
    live = [item for item in service.items_of("session") if item["expires_at"] > now]
    routes = [item for item in service.items_of("route") if item["expires_at"] > now]
    uses = Counter(pair for session in live for pair in pairs_of(session))

    assert max(uses.values(), default=0) <= 1
    assert sorted((route["PK"], route["SK"], route["session_uuid"]) for route in routes) == sorted(
        (f"PARTY#{party_key}", f"NUMBER#{number}", session["session_uuid"])
        for session in live
        for party_key, number in pairs_of(session)
    )


@dataclass
class Crowd:
    """What all clients know: the sessions that any of them may end or change."""

    service: Service
    marks: Marks
    sessions: deque[Session] = field(default_factory=deque)
    refusals: deque[Refusal] = field(default_factory=deque)


class Client:
    """One thread's random life. Sessions come and go, so that the pool is full now and then."""

    def __init__(self, crowd: Crowd, seed: int) -> None:
        self._crowd = crowd
        self._chance = random.Random(seed)

    def run(self) -> None:
        for _ in range(STEPS):
            steps = [self._create, self._end, self._update]
            self._chance.choices(steps, [6, 4, 1])[0]()

    def _create(self) -> None:
        first, second = self._chance.sample(range(PEOPLE), 2)
        strategy = self._chance.choice(list(Strategy))
        create = partial(try_to_create, self._crowd.service, first, second, strategy=strategy)
        request, session = self._crowd.marks.around(create)
        if session:
            self._crowd.sessions.append(session)
            return
        parties = (keys.party_key(party(first)), keys.party_key(party(second)))
        self._crowd.refusals.append(Refusal(request, parties, strategy is Strategy.SHARED))

    def _end(self) -> None:
        with suppress(IndexError):
            self._crowd.service.end(self._crowd.sessions.popleft())

    def _update(self) -> None:
        with suppress(IndexError, SessionExpiredError):
            session = self._chance.choice(self._crowd.sessions)
            self._crowd.service.update(session, session_expiry_seconds=7200)


def try_to_create(
    service: Service, first: int, second: int, *, strategy: Strategy = Strategy.SHARED
) -> Session | None:
    """The session, or None if the pool is said to be full."""
    try:
        return service.create(first, second, strategy=strategy)
    except PoolExhaustedError:
        return None


def test_no_pair_is_given_twice_and_no_refusal_is_false(service: Service) -> None:
    service.add_numbers(*range(NUMBERS))
    crowd = Crowd(service, Marks(service))

    together([Client(crowd, seed).run for seed in range(THREADS)])

    assert_table_is_unambiguous(service)
    pool = [virtual(index) for index in range(NUMBERS)]
    assert unjustified(service, crowd.refusals, pool) == set()
    assert len(service.items_of("session")) > FITS_AT_ONCE, "hardly anything happened"
    assert crowd.refusals, "the pool was never full, so nothing is shown"


@pytest.mark.parametrize("strategy", Strategy)
def test_strangers_never_stand_in_each_others_way(service: Service, strategy: Strategy) -> None:
    service.add_numbers(0)

    sessions = together(
        [
            partial(service.create, 2 * index, 2 * index + 1, strategy=strategy)
            for index in range(32)
        ]
    )

    assert {session.first_virtual_number for session in sessions} == {virtual(0)}
    assert_table_is_unambiguous(service)


@pytest.mark.parametrize("strategy", Strategy)
def test_one_person_joins_as_many_sessions_at_once_as_there_are_numbers(
    service: Service, strategy: Strategy
) -> None:
    service.add_numbers(*range(20))

    sessions = together(
        [partial(service.create, 0, 1 + index, strategy=strategy) for index in range(20)]
    )

    assert {session.first_virtual_number for session in sessions} == {
        virtual(index) for index in range(20)
    }
    assert_table_is_unambiguous(service)


def test_a_pair_that_wants_more_sessions_than_there_are_numbers_gets_exactly_those(
    service: Service,
) -> None:
    service.add_numbers(*range(4))

    sessions = together([partial(try_to_create, service, 0, 1)] * 12)

    made = [session for session in sessions if session]
    assert sorted(session.first_virtual_number for session in made) == [
        virtual(index) for index in range(4)
    ]
    assert_table_is_unambiguous(service)


def test_a_session_that_many_end_at_once_is_ended_by_one_write(service: Service) -> None:
    service.add_numbers(0)
    session = service.create()

    def end() -> bool:
        try:
            service.end(session)
        except SessionExpiredError:
            return False
        return True

    # In one millisecond several may have ended it; to none of them does it matter who wrote.
    assert any(together([end] * 12))
    assert service.stored(session).version == session.version + 1


def test_of_two_parties_who_call_at_once_one_call_is_connected(service: Service) -> None:
    service.add_numbers(0)
    session = service.create()

    plans = together([partial(service.call, party(index % 2), virtual(0)) for index in range(12)])

    assert len(service.items_of("interaction")) == 1
    assert Counter(map(type, plans)) == {Dial: 1, Busy: 11}
    assert len(service.told(session)) == service.stored(session).sequence == 3
