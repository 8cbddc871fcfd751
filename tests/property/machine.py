"""What the rules of the machine share: the service under test, the model, and what they draw."""

import random
import uuid
from types import SimpleNamespace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from local.aws.engine import Engine
from maskline import clock
from maskline.domain.numbers.pool import NumberStatus
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session
from maskline.services.sessions import create as create_session
from maskline.services.sessions import draw_pins
from tests.property.model import Model
from tests.property.promises import NOBODY, Promise, carrier_of
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.carriers import install_other
from tests.support.manual_clock import ManualClock
from tests.support.service import OTHER_CARRIER, Service

PEOPLE = 6
NUMBERS = 5
# The numbers of the country that everybody lives in.
MATCHING = frozenset({virtual(1), virtual(3)})

people = st.integers(0, PEOPLE - 1).map(party)
# A withheld number is nobody's.
outsiders = st.sampled_from([party(50), party(51), NOBODY])
phones = people | outsiders
numbers = st.integers(0, NUMBERS - 1).map(virtual)
# Some sessions outlive most of what happens, and fill the pool.
expiries = st.one_of(st.integers(60, 600), st.just(3600))

# To jump over more of them at once would leave little alive.
NEXT_ENDS = 4

NO_LOCKS = {
    "PIN_SLOW_AFTER": "1000",
    "PIN_CALLER_LOCK_AFTER": "1000",
    "PIN_GUESSES_PER_DAY": "1000",
}


class Machine(RuleBasedStateMachine):
    """Every rule does one thing to the service and to the model, and compares the answers."""

    engine: Engine
    time: ManualClock

    def __init__(self) -> None:
        super().__init__()
        self.time.now = builders.NOW
        self.engine.reset()
        self.service = Service(self.engine)
        self.service.provision(OTHER_CARRIER)
        for index in range(NUMBERS):
            self.add_number(index)
        pool = dict.fromkeys(map(virtual, range(NUMBERS)), self.time.now)
        self.model = Model(self.time.now, pool, MATCHING)

    def add_number(self, index: int) -> None:
        country = "US" if virtual(index) in MATCHING else "GB"
        known = {"country": country, "carrier": carrier_of(virtual(index))}
        self.service.add_numbers(index, added_at=self.time.now, **known)

    def retire(self, number: E164) -> None:
        self.service.retire(number)
        self.model.retired[number] = self.time.now

    def bring_back(self, number: E164) -> None:
        self.service.change_number(number, status=NumberStatus.ACTIVE)
        del self.model.retired[number]

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        """By so much or, to the very millisecond or one before, until something is over."""
        passing = st.integers(1, 60) | st.integers(1, 900)
        instants = passing.map(lambda seconds: self.time.now + seconds * 1000)
        if ends := self.model.instants()[:NEXT_ENDS]:
            instants |= st.sampled_from([end - early for end in ends for early in (0, 1)])
        self.model.now = self.time.now = max(data.draw(instants), self.time.now)

    def some_session(self, data: st.DataObject) -> Promise:
        """One that was made, more often than not a live one."""
        is_any = data.draw(st.integers(0, 3)) == 0
        live = [] if is_any else self.model.live()
        return data.draw(st.sampled_from(live or self.model.promises))

    def session_of(self, promise: Promise) -> Session:
        """Enough of it to name it to the service."""
        return builders.session(session_uuid=promise.session_uuid)


def prepare(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The service under a clock that stands still, drawing what Hypothesis can draw again.

    PINs are drawn from fifty, so that some that are taken come up.
    """
    engine.set_environment(dict(engine.environment) | NO_LOCKS)
    install_other(monkeypatch)
    time = ManualClock()
    monkeypatch.setattr(clock, "now_ms", time.now_ms)
    drawn_uuid = SimpleNamespace(uuid4=lambda: uuid.UUID(int=random.getrandbits(128)))
    monkeypatch.setattr(create_session, "uuid", drawn_uuid)
    dice = SimpleNamespace(randbelow=lambda _: random.randrange(50))
    monkeypatch.setattr(draw_pins, "secrets", dice)
    return time
