"""Every fault at every call that a function makes: what docs/reliability.md promises still holds.

`make faults` plays all of it; the normal suite plays a sample.
"""

from collections.abc import Callable

import pytest

from local.aws.engine import Engine
from tests.faults.effort import sampled
from tests.faults.exploration import Schedule, one_by_one, run
from tests.faults.injection import Call
from tests.faults.stories import STORIES


@pytest.fixture
def undisturbed(engine: Engine, played: dict[str, list[Call]]) -> Callable[[str], list[Call]]:
    """The calls of a story without a fault. It is played once for all tests."""

    def calls_of(story: str) -> list[Call]:
        if story not in played:
            played[story] = run(engine, Schedule(story, {}))
        return played[story]

    return calls_of


@pytest.fixture(scope="module")
def played() -> dict[str, list[Call]]:
    return {}


@pytest.mark.parametrize("story", STORIES)
def test_the_promises_hold_whatever_call_goes_wrong(
    engine: Engine, undisturbed: Callable[[str], list[Call]], story: str
) -> None:
    calls = undisturbed(story)
    broken = {}

    for schedule in sampled(one_by_one(story, calls)):
        try:
            run(engine, schedule)
        except AssertionError as error:
            broken[str(schedule)] = error

    assert calls
    assert broken == {}


def test_together_the_stories_run_every_function(
    engine: Engine, undisturbed: Callable[[str], list[Call]]
) -> None:
    functions = {call.function for story in STORIES for call in undisturbed(story)}

    deployed = {function.folder for function in engine.deployment.functions.values()}
    assert functions == deployed
