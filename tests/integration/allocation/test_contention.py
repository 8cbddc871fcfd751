"""A sample of the contention that `make bench ONLY=contention` measures in full."""

import pytest

from bench.stack import contention
from local.aws.engine import Engine
from maskline.domain.sessions.session import Strategy

PAIRS = 60


@pytest.mark.parametrize("pool", contention.POOLS)
def test_of_disjoint_pairs_none_is_refused_however_small_the_pool(
    engine: Engine, pool: int
) -> None:
    run = contention.strangers(engine, pool, PAIRS)

    assert len(run.made) == PAIRS
    assert run.transactions == PAIRS, "strangers stood in each other's way"


@pytest.mark.parametrize("has_conflicts", [False, True])
@pytest.mark.parametrize("strategy", Strategy)
def test_of_one_persons_sessions_all_are_made_and_none_is_crossed(
    engine: Engine, strategy: Strategy, has_conflicts: bool
) -> None:
    run = contention.one_person(engine, strategy, has_conflicts=has_conflicts)

    assert (run.refused, run.crossed) == (0, 0)
