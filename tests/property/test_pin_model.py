"""PINs against a model of their promises (I2, I4): on a number, a PIN is one party."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from local.engine import Engine
from maskline import clock
from maskline.domain.call_plan import CollectPin, Dial
from maskline.domain.errors import PoolExhaustedError, SessionExpiredError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Role, Session, Strategy
from tests import builders
from tests.builders import party, virtual
from tests.integration.manual_clock import ManualClock
from tests.integration.pin_caller import PinCaller
from tests.integration.service import Service
from tests.property.effort import effort

PEOPLE = 6
NUMBERS = 3
STRANGER = party(50)
NO_LOCKS = {
    "PIN_SLOW_AFTER": "1000",
    "PIN_CALLER_LOCK_AFTER": "1000",
    "PIN_NUMBER_LOCK_AFTER": "1000",
}

pins = st.sampled_from(["1111", "2222", "3333", "4444"])
numbers = st.integers(0, NUMBERS - 1).map(virtual)
# "" is drawn by the service.
wanted_pins = st.tuples(st.one_of(pins, st.just("")), st.one_of(pins, st.just(""))).filter(
    lambda pair: pair[0] != pair[1] or pair == ("", "")
)


@dataclass
class PinPromise:
    """A PIN session as a client was told of it."""

    session: Session
    expires_at: int

    def proofs(self) -> Iterator[tuple[tuple[E164, str], E164]]:
        """(number, PIN) to the party that is dialled."""
        terms = self.session.terms.pin
        assert terms is not None
        for role in Role:
            number = self.session.virtual_number(role)
            yield (number, terms.pin(role)), self.session.party(role.other)


class PinMachine(RuleBasedStateMachine):
    engine: Engine
    time: ManualClock
    sessions = Bundle("sessions")

    @initialize()
    def provision(self) -> None:
        self.time.now = builders.NOW
        self.engine.reset()
        self.service = Service(self.engine)
        self.service.add_numbers(*range(NUMBERS))
        self.promises: list[PinPromise] = []

    def _live(self) -> list[PinPromise]:
        return [one for one in self.promises if self.time.now < one.expires_at]

    def _proofs(self) -> list[tuple[tuple[E164, str], E164]]:
        return [proof for promise in self._live() for proof in promise.proofs()]

    @rule(
        target=sessions,
        pair=st.permutations(range(PEOPLE)).map(lambda order: order[:2]),
        wanted=wanted_pins,
        strategy=st.sampled_from(Strategy),
        seconds=st.integers(60, 600),
    )
    def create(
        self, pair: list[int], wanted: tuple[str, str], strategy: Strategy, seconds: int
    ) -> object:
        """Given PINs are kept; without a number that is free for all of them it is refused."""
        asked = builders.pin_terms(first_pin=wanted[0], second_pin=wanted[1], is_generated=True)
        try:
            made = self.service.create(
                *pair,
                terms=builders.terms(pin=asked),
                strategy=strategy,
                settings=builders.settings(session_expiry_seconds=seconds),
            )
        except PoolExhaustedError:
            return multiple()
        got = made.terms.pin
        assert got is not None
        assert (wanted[0] or got.first_pin, wanted[1] or got.second_pin) == (
            got.first_pin,
            got.second_pin,
        )
        self.promises.append(PinPromise(made, made.expires_at))
        return made

    @rule(session=consumes(sessions))
    def end(self, session: Session) -> None:
        [promise] = [one for one in self.promises if one.session is session]
        try:
            self.service.end(session)
        except SessionExpiredError:
            assert self.time.now >= promise.expires_at
        else:
            promise.expires_at = self.time.now

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds: int) -> None:
        self.time.advance(seconds=seconds)

    @rule(dialled=numbers, pin=pins, meanwhile=st.integers(0, 100))
    def call(self, dialled: E164, pin: str, meanwhile: int) -> None:
        """A stranger is asked where PINs live, and reaches exactly whom their PIN means."""
        is_asked = any(number == dialled for (number, _), _ in self._proofs())
        caller = PinCaller(STRANGER, dialled, others_live=False)
        assert isinstance(caller.dial(), CollectPin) == is_asked
        if not is_asked:
            return
        self.time.advance(seconds=meanwhile)
        meant = [peer for proof, peer in self._proofs() if proof == (dialled, pin)]
        plan = caller.enter(pin)
        assert [plan.peer] == meant if isinstance(plan, Dial) else not meant
        assert caller.send(replace(caller.entries[0])) == plan

    @invariant()
    def a_pin_is_one_party(self) -> None:
        proofs = [proof for proof, _ in self._proofs()]
        assert len(proofs) == len(set(proofs))


def test_a_pin_means_one_party_on_a_number(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.set_environment(dict(engine.environment) | NO_LOCKS)
    time = ManualClock()
    monkeypatch.setattr(clock, "now_ms", time.now_ms)
    machine = type("Machine", (PinMachine,), {"engine": engine, "time": time})

    run_state_machine_as_test(machine, settings=effort(examples=12, steps=20))
