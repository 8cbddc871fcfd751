"""The service against a model of its promises (I1-I4, I8): random lives on the real engine.

One machine over everything at once: sessions of two parties and of one, PINs and audio for
strangers, open doors, cool-off, geomatch, and numbers that are replaced or released. `make explore`
goes far longer than the normal suite does.
"""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from local.aws.engine import Engine
from maskline.domain.phone_numbers import E164
from tests.property.call_rules import CallRules
from tests.property.effort import effort
from tests.property.machine import PEOPLE, prepare
from tests.property.number_rules import NumberRules
from tests.property.session_rules import SessionRules
from tests.property.table_rules import TableRules
from tests.support import builders
from tests.support.pin_caller import PinCaller


class MaskingMachine(SessionRules, CallRules, NumberRules, TableRules):
    """All rules together, and one that takes several of them."""

    @precondition(lambda self: self.model.cooling())
    @rule(data=st.data(), index=st.integers(0, PEOPLE - 1))
    def call_where_a_session_is_over_and_a_door_came(self, data: st.DataObject, index: int) -> None:
        """The door comes there for want of another number, if that has room for one."""
        over = data.draw(st.sampled_from(self.model.cooling()))
        others = {*self.model.numbers} - {*self.model.retired, over.number}
        for number in sorted(others):
            self.retire(number)
        self._create(builders.lone_request(index))
        for number in sorted(others):
            self.bring_back(number)
        self._call(PinCaller(E164(over.shown), over.number))


def test_the_service_keeps_the_models_promises(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = prepare(engine, monkeypatch)
    machine = type("Machine", (MaskingMachine,), {"engine": engine, "time": time})

    run_state_machine_as_test(machine, settings=effort(examples=35, steps=40))
