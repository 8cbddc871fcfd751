"""Several faults at once, amid repeated and reordered records, poison, wrong clocks, late TTL.

`make faults` plays a thousand of them; the normal suite plays a few, the same in every run.
"""

import pytest

from local.aws.engine import Engine
from tests.faults.effort import SEEDS
from tests.faults.exploration import run_at_random


@pytest.mark.parametrize("seed", SEEDS)
def test_the_promises_hold_through_all_trouble_together(engine: Engine, seed: int) -> None:
    run_at_random(engine, seed)
