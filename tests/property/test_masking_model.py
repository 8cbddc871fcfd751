"""The service against a model of its promises (I1, I4, I8): random lives on the real engine.

MASKLINE_EXPLORE=1 explores far longer than the normal suite does.
"""

import os
from itertools import permutations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from local.engine import Engine
from maskline import clock
from maskline.domain.call_plan import Announce, Busy, Dial
from maskline.domain.errors import PoolExhaustedError, SessionExpiredError
from maskline.domain.numbers import NumberStatus
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Session, Strategy
from maskline.services import end_session
from maskline.store import keys
from tests import builders
from tests.builders import party, virtual
from tests.integration.manual_clock import ManualClock
from tests.integration.service import Service
from tests.property.model import Model, Promise

PEOPLE = 6
NUMBERS = 4
# Ringing and talking time of the builders' settings: so long a lost hangup holds the line.
LINE_MS = (60 + 1800) * 1000
EXPLORING = os.environ.get("MASKLINE_EXPLORE") == "1"

people = st.integers(0, PEOPLE - 1).map(party)
numbers = st.integers(0, NUMBERS - 1).map(virtual)
expiries = st.integers(60, 3600)
Wish = tuple[tuple[int, int], Strategy, int]
wishes = st.tuples(
    st.sampled_from(list(permutations(range(PEOPLE), 2))), st.sampled_from(Strategy), expiries
)


class MaskingMachine(RuleBasedStateMachine):
    """Every rule does one thing to the service and to the model, and compares the answers."""

    engine: Engine
    time: ManualClock
    sessions = Bundle("sessions")
    conversations = Bundle("conversations")

    @initialize(target=sessions, wishes=st.lists(wishes, min_size=5, max_size=10))
    def provision(self, wishes: list[Wish]) -> object:
        """A town in which the first numbers are taken, differently for everybody."""
        self.time.now = builders.NOW
        self.engine.reset()
        self.service = Service(self.engine)
        self.service.add_numbers(*range(NUMBERS))
        self.model = Model(self.time.now, [virtual(index) for index in range(NUMBERS)])
        return self._create_all(wishes)

    @rule(target=sessions, wishes=st.lists(wishes, min_size=1, max_size=2))
    def create(self, wishes: list[Wish]) -> object:
        """A session is made with the first numbers that fit, or refused if none does (I8)."""
        return self._create_all(wishes)

    def _create_all(self, wishes: list[Wish]) -> object:
        made = [self._create(*wish) for wish in wishes]
        return multiple(*(session for session in made if session))

    def _create(self, pair: tuple[int, int], strategy: Strategy, seconds: int) -> Session | None:
        expected = self.model.first_fit(party(pair[0]), party(pair[1]), strategy)
        limits = builders.settings(session_expiry_seconds=seconds)
        try:
            made = self.service.create(pair[0], pair[1], strategy=strategy, settings=limits)
        except PoolExhaustedError:
            assert expected is None
            return None
        assert (made.first_virtual_number, made.second_virtual_number) == expected
        self.model.promises.append(_promise(made))
        return made

    def _promise_of(self, session: Session) -> Promise:
        uuid = session.session_uuid
        return next(one for one in self.model.promises if one.session_uuid == uuid)

    @rule(session=sessions, seconds=expiries)
    def change_expiry(self, session: Session, seconds: int) -> None:
        promise = self._promise_of(session)
        is_live = self.time.now < promise.expires_at
        try:
            self.service.update(session, session_expiry_seconds=seconds)
        except SessionExpiredError:
            assert not is_live
        else:
            assert is_live
            promise.expires_at = promise.timeout_at = self.time.now + seconds * 1000

    @rule(session=consumes(sessions))
    def end(self, session: Session) -> None:
        promise = self._promise_of(session)
        is_live = self.time.now < promise.expires_at
        try:
            self.service.end(session)
        except SessionExpiredError:
            assert not is_live
        else:
            assert is_live
            promise.expires_at, promise.timeout_at = self.time.now, None

    @rule(seconds=st.one_of(st.integers(1, 60), st.integers(1, 1000)))
    def time_passes(self, seconds: int) -> None:
        self.model.now = self.time.advance(seconds=seconds)

    @precondition(lambda self: any(self.model.live()))
    @rule(data=st.data())
    def time_passes_to_an_expiry(self, data: st.DataObject) -> None:
        """To the very millisecond, or one before."""
        ends = sorted({promise.expires_at for promise in self.model.live()})
        until = data.draw(st.sampled_from(ends)) - data.draw(st.integers(0, 1))
        self.model.now = self.time.now = max(until, self.time.now)

    @rule(target=conversations, caller=people, dialled=numbers)
    def call(self, caller: E164, dialled: E164) -> object:
        """Anybody dials any number."""
        return self._call(caller, dialled) or multiple()

    @precondition(lambda self: self.model.promises)
    @rule(target=conversations, data=st.data())
    def call_where_sessions_are_or_were(self, data: st.DataObject) -> object:
        known = [pair for promise in self.model.promises for pair in promise.pairs]
        dialled = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=4))
        held = [self._call(*pair) for pair in dialled]
        return multiple(*(session_uuid for session_uuid in held if session_uuid))

    def _call(self, caller: E164, dialled: E164) -> str | None:
        """A call reaches exactly whom the model says, who sees exactly that number (I4)."""
        promise = self.model.promise_for(caller, dialled)
        plan = self.service.call(caller, dialled)
        if promise is None:
            assert isinstance(plan, Announce)
            return None
        if promise.is_busy_for(caller, self.time.now):
            assert plan == Busy()
            return None
        assert isinstance(plan, Dial)
        assert (plan.peer, plan.caller_id) == promise.pairs[caller, dialled]
        promise.caller = caller
        promise.line_until = self.time.now + LINE_MS
        return promise.session_uuid

    @rule(session_uuid=conversations)
    def hang_up(self, session_uuid: str) -> None:
        """Whoever holds the line lets go; a repeated hangup changes nothing."""
        promise = next(one for one in self.model.promises if one.session_uuid == session_uuid)
        for item in self.service.items_of("session"):
            if item["session_uuid"] == session_uuid and "live_call_uuid" in item:
                call_uuid = item["live_call_uuid"]
                report = builders.caller_ended(leg_uuid=call_uuid)
                self.service.report(_named(session_uuid), call_uuid, report)
        promise.caller = None

    @rule(number=numbers)
    def retire_or_bring_back(self, number: E164) -> None:
        retires = number in self.model.pool
        status = NumberStatus.RETIRED if retires else NumberStatus.ACTIVE
        self.service.change_number(number, status=status)
        changed = set(self.model.pool) ^ {number}
        self.model.pool = sorted(changed)

    @rule()
    def sweep(self) -> None:
        """Every timeout that is due is told, and none that was told before."""
        assert end_session.time_out_due_sessions().told == self.model.due()
        for promise in self.model.promises:
            if promise.timeout_at is not None and promise.timeout_at <= self.time.now:
                promise.timeout_at = None

    @invariant()
    def no_pair_means_two_sessions(self) -> None:
        """In the model, and in the table, which agree (I1)."""
        promised = self.model.taken()
        assert len(promised) == len(set(promised))
        live = self.service.items(
            FilterExpression="expires_at > :now",
            ExpressionAttributeValues={":now": {"N": str(self.time.now)}},
        )
        expected = sorted((keys.party_key(person), number) for person, number in promised)
        assert _routes(live) == expected
        assert _pairs_of_sessions(live) == expected


def _promise(made: Session) -> Promise:
    return Promise(
        session_uuid=made.session_uuid,
        first=made.first_party,
        second=made.second_party,
        first_number=made.first_virtual_number,
        second_number=made.second_virtual_number,
        expires_at=made.expires_at,
        timeout_at=made.expires_at,
    )


def _named(session_uuid: str) -> Session:
    return builders.session(session_uuid=session_uuid)


def _routes(live: list[dict[str, object]]) -> list[tuple[str, str]]:
    return sorted(
        (str(item["PK"]).removeprefix("PARTY#"), str(item["virtual_number"]))
        for item in live
        if item["item"] == "route"
    )


def _pairs_of_sessions(live: list[dict[str, object]]) -> list[tuple[str, str]]:
    return sorted(
        (str(item[f"{role}_party_key"]), str(item[f"{role}_virtual_number"]))
        for item in live
        if item["item"] == "session"
        for role in ("first", "second")
    )


def test_the_service_keeps_the_models_promises(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.set_environment(dict(engine.environment))
    time = ManualClock()
    monkeypatch.setattr(clock, "now_ms", time.now_ms)
    machine = type("Machine", (MaskingMachine,), {"engine": engine, "time": time})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=500 if EXPLORING else 25,
            stateful_step_count=60 if EXPLORING else 30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
