"""The service against a model of its promises (I1, I3, I4, I8): random lives on the real engine.

`make explore` goes far longer than the normal suite does.
"""

from dataclasses import replace

import pytest
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
from maskline.domain.errors import (
    InvalidParameterError,
    PoolExhaustedError,
    SessionExpiredError,
)
from maskline.domain.numbers import NumberStatus
from maskline.domain.phone_numbers import E164
from maskline.domain.routing import RouteKind
from maskline.domain.session_requests import SessionRequest
from maskline.domain.sessions import Role, Rung, Session, Settings, Strategy, Terms
from maskline.services import end_session
from maskline.store import keys
from tests import builders
from tests.builders import party, virtual
from tests.integration.manual_clock import ManualClock
from tests.integration.service import Service
from tests.property.effort import effort
from tests.property.model import NOBODY, Model, Promise, Wish

PEOPLE = 6
NUMBERS = 4

people = st.integers(0, PEOPLE - 1).map(party)
numbers = st.integers(0, NUMBERS - 1).map(virtual)
expiries = st.integers(60, 600)
# Half of the numbers are of the country that everybody lives in.
MATCHING = frozenset({virtual(1), virtual(3)})
terms = st.builds(
    builders.terms,
    is_geomatched=st.booleans(),
    cooloff_seconds=st.one_of(st.just(0), st.integers(1, 900)),
    on_exhaustion=st.lists(st.sampled_from(Rung), unique=True).map(tuple),
    is_sticky=st.booleans(),
)


def lasting(seconds: int) -> Settings:
    return builders.settings(session_expiry_seconds=seconds)


class MaskingMachine(RuleBasedStateMachine):
    """Every rule does one thing to the service and to the model, and compares the answers."""

    engine: Engine
    time: ManualClock
    sessions = Bundle("sessions")
    conversations = Bundle("conversations")

    @initialize()
    def provision(self) -> None:
        self.time.now = builders.NOW
        self.engine.reset()
        self.service = Service(self.engine)
        for index in range(NUMBERS):
            country = "US" if virtual(index) in MATCHING else "GB"
            self.service.add_numbers(index, country=country)
        pool = [virtual(index) for index in range(NUMBERS)]
        self.model = Model(self.time.now, pool, MATCHING)

    @rule(
        target=sessions,
        pair=st.permutations(range(PEOPLE)).map(lambda order: order[:2]),
        strategy=st.sampled_from(Strategy),
        seconds=expiries,
        chosen=terms,
    )
    def create(self, pair: list[int], strategy: Strategy, seconds: int, chosen: Terms) -> object:
        """A session is made with the first numbers that fit, or refused if none does (I8)."""
        request = builders.session_request(
            *pair, strategy=strategy, settings=lasting(seconds), terms=chosen
        )
        return self._create(request)

    @rule(
        target=sessions,
        person=st.integers(0, PEOPLE - 1),
        role=st.sampled_from(Role),
        strategy=st.sampled_from(Strategy),
        seconds=expiries,
        chosen=terms,
    )
    def create_with_one_party(
        self, person: int, role: Role, strategy: Strategy, seconds: int, chosen: Terms
    ) -> object:
        """The other number is the first without an open door (I3)."""
        single = replace(chosen, is_single_party=True)
        request = builders.lone_request(
            person, role, strategy=strategy, settings=lasting(seconds), terms=single
        )
        return self._create(request)

    def _create(self, request: SessionRequest) -> object:
        chosen = request.terms
        wish = Wish(request.strategy, chosen.is_geomatched, chosen.on_exhaustion, chosen.is_sticky)
        expected = self.model.fit(request.first_party, request.second_party, wish)
        try:
            made = self.service.request(request).session
        except PoolExhaustedError:
            assert expected is None
            return multiple()
        assert expected is not None
        numbers, granted = expected
        assert (made.first_virtual_number, made.second_virtual_number) == numbers
        assert (made.strategy, made.rungs) == (granted.strategy, granted.given_up)
        promise = _promise(made, granted)
        self.model.promises.append(promise)
        self.model.remember(promise)
        return made

    def _promise_of(self, session: Session) -> Promise:
        uuid = session.session_uuid
        return next(one for one in self.model.promises if one.session_uuid == uuid)

    @rule(session=sessions, person=people)
    def add_the_missing_party(self, session: Session, person: E164) -> None:
        """Once, on a number that is free for them; again it changes nothing."""
        promise = self._promise_of(session)
        role = session.missing_role or Role.SECOND
        present = promise.first if role is Role.FIRST else promise.second
        expected = self.model.fit_for_added(promise, person) if promise.lone else None
        try:
            complete = self.service.update(session, fixed={f"{role}_party": person})
        except SessionExpiredError:
            assert self.time.now >= promise.expires_at
        except InvalidParameterError:
            assert person == promise.lone or present not in {NOBODY, person}
        except PoolExhaustedError:
            assert promise.lone
            assert expected is None
        else:
            assert self.time.now < promise.expires_at
            assert person == present or (promise.lone and expected)
            if promise.lone and expected:
                promise.add(person, *expected)
                self.model.remember(promise)
            wish = promise.wish
            assert (complete.strategy, complete.rungs) == (wish.strategy, wish.given_up)

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

    @rule(seconds=st.one_of(st.integers(1, 60), st.integers(1, 2000)))
    def time_passes(self, seconds: int) -> None:
        self.model.now = self.time.advance(seconds=seconds)

    @precondition(lambda self: any(self.model.live()))
    @rule(data=st.data())
    def time_passes_to_an_expiry(self, data: st.DataObject) -> None:
        """To the very millisecond, or one before; or to the end of a cool-off."""
        live = list(self.model.live())
        ends = sorted({at for one in live for at in (one.expires_at, one.reusable_at)})
        until = data.draw(st.sampled_from(ends)) - data.draw(st.integers(0, 1))
        self.model.now = self.time.now = max(until, self.time.now)

    @rule(target=conversations, caller=st.one_of(people, st.just(NOBODY)), dialled=numbers)
    def call(self, caller: E164, dialled: E164) -> object:
        """Anybody dials any number, with the own number withheld or not."""
        return self._call(caller, dialled)

    @precondition(lambda self: self.model.promises)
    @rule(target=conversations, data=st.data())
    def call_where_a_session_is_or_was(self, data: st.DataObject) -> object:
        promise = data.draw(st.sampled_from(self.model.promises))
        caller, dialled = data.draw(st.sampled_from(list(promise.pairs)))
        return self._call(caller, dialled)

    def _call(self, caller: E164, dialled: E164) -> object:
        """A call reaches exactly whom the model says, who sees exactly that number (I4)."""
        promise = self.model.promise_for(caller, dialled)
        plan = self.service.call(caller or None, dialled)
        if promise is None or not promise.reached_by(caller, dialled)[0]:
            assert isinstance(plan, Announce)
            return multiple()
        if promise.is_busy_for(caller, self.time.now):
            assert plan == Busy()
            return multiple()
        assert isinstance(plan, Dial)
        assert (plan.peer, plan.caller_id) == promise.reached_by(caller, dialled)
        if promise.lone and (caller, dialled) not in promise.pairs:
            promise.last_outsider = caller or promise.last_outsider
        promise.caller = caller
        promise.line_until = self.time.now + (60 + 1800) * 1000
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
        """Every timeout that is due is told, and none twice."""
        assert end_session.time_out_due_sessions().told == self.model.due()
        assert end_session.time_out_due_sessions().told == 0
        for promise in self.model.promises:
            if promise.timeout_at is not None and promise.timeout_at <= self.time.now:
                promise.timeout_at = None

    @invariant()
    def no_pair_means_two_sessions(self) -> None:
        """In the model, and in the table, which agree (I1)."""
        promised = self.model.taken()
        assert len(promised) == len(set(promised))
        items = self.service.items()
        live = [item for item in items if item.get("expires_at", 0) > self.time.now]
        expected = sorted((keys.party_key(person), number) for person, number in promised)
        assert _routes(live) == expected
        assert _pairs_of_sessions(live) == expected
        doors = sorted(self.model.doors())
        assert len(doors) == len(set(doors))
        assert _doors(live) == doors


def _promise(made: Session, wish: Wish) -> Promise:
    return Promise(
        session_uuid=made.session_uuid,
        first=made.first_party,
        second=made.second_party,
        first_number=made.first_virtual_number,
        second_number=made.second_virtual_number,
        expires_at=made.expires_at,
        timeout_at=made.expires_at,
        wish=wish,
        cooloff_seconds=made.terms.cooloff_seconds,
    )


def _named(session_uuid: str) -> Session:
    return builders.session(session_uuid=session_uuid)


def _routes(live: list[dict[str, object]]) -> list[tuple[str, str]]:
    return sorted(
        (str(item["PK"]).removeprefix("PARTY#"), str(item["virtual_number"]))
        for item in live
        if item["item"] == "route" and item["kind"] == RouteKind.PARTY
    )


def _doors(live: list[dict[str, object]]) -> list[str]:
    return sorted(str(item["virtual_number"]) for item in live if item.get("kind") == "open")


def _pairs_of_sessions(live: list[dict[str, object]]) -> list[tuple[str, str]]:
    return sorted(
        (keys.party_key(E164(str(item[f"{role}_party"]))), str(item[f"{role}_virtual_number"]))
        for item in live
        if item["item"] == "session"
        for role in ("first", "second")
        if item[f"{role}_party"]
    )


def test_the_service_keeps_the_models_promises(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.set_environment(dict(engine.environment))
    time = ManualClock()
    monkeypatch.setattr(clock, "now_ms", time.now_ms)
    machine = type("Machine", (MaskingMachine,), {"engine": engine, "time": time})

    run_state_machine_as_test(machine, settings=effort(examples=25, steps=30))
