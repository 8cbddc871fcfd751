"""The service against a model of its promises (I1-I4, I8): random lives on the real engine.

One machine over everything at once: sessions of two parties and of one, PINs and audio for
strangers, open doors, cool-off, geomatch, and numbers that are replaced or released. `make explore`
goes far longer than the normal suite does.
"""

import pytest
from hypothesis.stateful import run_state_machine_as_test

from local.engine import Engine
from tests.property.call_rules import CallRules
from tests.property.effort import effort
from tests.property.machine import prepare
from tests.property.number_rules import NumberRules
from tests.property.session_rules import SessionRules
from tests.property.table_rules import TableRules


class MaskingMachine(SessionRules, CallRules, NumberRules, TableRules):
    """All rules together."""


def test_the_service_keeps_the_models_promises(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = prepare(engine, monkeypatch)
    machine = type("Machine", (MaskingMachine,), {"engine": engine, "time": time})

    run_state_machine_as_test(machine, settings=effort(examples=35, steps=40))
