"""Numbers go bad and well again in random lives, and whoever was told one goes on reaching by it.

The promise is kept per session: every number that a party ever had connects to the other party, who
sees the number that is current, until the session is over.
"""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from local.engine import Engine
from maskline import clock
from maskline.domain.call_plan import Announce, Dial
from maskline.domain.errors import PoolExhaustedError, SessionExpiredError
from maskline.domain.numbers import NumberHealth
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Role, Session, Strategy
from tests import builders
from tests.builders import party, virtual
from tests.integration.manual_clock import ManualClock
from tests.integration.replacing import assert_table_in_step, run
from tests.integration.service import Service
from tests.property.effort import effort

PEOPLE = 5
NUMBERS = 4

Told = dict[Role, set[E164]]


class ReplacementMachine(RuleBasedStateMachine):
    """`told` maps each session's uuid to the numbers that its roles have had."""

    engine: Engine
    time: ManualClock
    sessions = Bundle("sessions")

    @initialize()
    def provision(self) -> None:
        self.time.now = builders.NOW
        self.engine.reset()
        self.service = Service(self.engine)
        self.service.add_numbers(*range(NUMBERS))
        self.healthy = {virtual(index) for index in range(NUMBERS)}
        self.told: dict[str, Told] = {}
        self.made: list[Session] = []

    @rule(
        target=sessions,
        pair=st.permutations(range(PEOPLE)).map(lambda order: order[:2]),
        strategy=st.sampled_from(Strategy),
    )
    def create(self, pair: list[int], strategy: Strategy) -> object:
        try:
            made = self.service.create(*pair, strategy=strategy)
        except PoolExhaustedError:
            return multiple()
        self.made.append(made)
        self.told[made.session_uuid] = {role: {made.virtual_number(role)} for role in Role}
        assert {made.virtual_number(role) for role in Role} <= self.healthy
        return made

    @rule(session=sessions, seconds=st.integers(60, 600))
    def change_expiry(self, session: Session, seconds: int) -> None:
        try:
            self.service.update(session, session_expiry_seconds=seconds)
        except SessionExpiredError:
            assert not self.service.stored(session).is_live(self.time.now)

    @rule(session=sessions)
    def end(self, session: Session) -> None:
        try:
            self.service.end(session)
        except SessionExpiredError:
            assert not self.service.stored(session).is_live(self.time.now)

    @rule(seconds=st.integers(1, 900))
    def time_passes(self, seconds: int) -> None:
        self.time.advance(seconds=seconds)

    @rule(number=st.integers(0, NUMBERS - 1).map(virtual))
    def goes_bad_or_well_again(self, number: E164) -> None:
        goes_bad = number in self.healthy
        health = NumberHealth.UNHEALTHY if goes_bad else NumberHealth.HEALTHY
        self.service.change_number(number, health=health)
        self.healthy ^= {number}

    @rule()
    def a_minute_comes(self) -> None:
        """Nobody who has moved is on a bad number, and nobody moves twice for one."""
        before = {one.session_uuid: self.service.stored(one) for one in self.made}
        run()
        for session in self.made:
            old, new = before[session.session_uuid], self.service.stored(session)
            for role in Role:
                self.told[session.session_uuid][role].add(new.virtual_number(role))
                if new.virtual_number(role) != old.virtual_number(role):
                    assert old.virtual_number(role) not in self.healthy
                    assert new.virtual_number(role) in self.healthy
        settled = {one.session_uuid: self.service.stored(one) for one in self.made}
        run()
        assert {one.session_uuid: self.service.stored(one) for one in self.made} == settled

    @rule(session=sessions, role=st.sampled_from(Role), data=st.data())
    def call_a_number_of_old(self, session: Session, role: Role, data: st.DataObject) -> None:
        known = self.told[session.session_uuid][role]
        dialled = data.draw(st.sampled_from(sorted(known)))
        stored = self.service.stored(session)
        plan = self.service.call(stored.party(role), dialled, others_live=False)
        if stored.is_live(self.time.now):
            assert isinstance(plan, Dial)
            assert plan.peer == stored.party(role.other)
            assert plan.caller_id == stored.virtual_number(role.other)
            return
        holders = [one for one in map(self.service.stored, self.made) if self._has(one, plan)]
        assert isinstance(plan, Announce) or holders

    def _has(self, session: Session, plan: object) -> bool:
        """Whether a later session, which is live, has the pair by now."""
        parties = {session.first_party, session.second_party}
        return session.is_live(self.time.now) and isinstance(plan, Dial) and plan.peer in parties

    @rule(caller=st.integers(0, PEOPLE - 1).map(party), index=st.integers(0, NUMBERS - 1))
    def call_anything(self, caller: E164, index: int) -> None:
        plan = self.service.call(caller, virtual(index), others_live=False)
        leads_to = {
            session.party(role.other)
            for session in map(self.service.stored, self.made)
            for role in Role
            if session.is_live(self.time.now)
            and session.party(role) == caller
            and virtual(index) in session.numbers_of(role)
        }
        assert leads_to == ({plan.peer} if isinstance(plan, Dial) else set())

    @invariant()
    def the_table_is_in_step(self) -> None:
        assert_table_in_step(self.service)


def test_whoever_was_told_a_number_goes_on_reaching_by_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.set_environment(dict(engine.environment))
    time = ManualClock()
    monkeypatch.setattr(clock, "now_ms", time.now_ms)
    machine = type("Machine", (ReplacementMachine,), {"engine": engine, "time": time})

    run_state_machine_as_test(machine, settings=effort(examples=12, steps=25))
