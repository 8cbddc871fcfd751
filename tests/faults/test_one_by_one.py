"""Every fault at every call that a function makes: what docs/reliability.md promises still holds.

`make faults` plays all of it; the normal suite plays a sample.
"""

import pytest

from local.aws.engine import Engine
from tests.faults.effort import sampled
from tests.faults.exploration import Schedule, one_by_one, run
from tests.faults.stories import STORIES


@pytest.mark.parametrize("story", STORIES)
def test_the_promises_hold_whatever_call_goes_wrong(engine: Engine, story: str) -> None:
    undisturbed = run(engine, Schedule(story, {}))
    broken = {}

    for schedule in sampled(one_by_one(story, undisturbed)):
        try:
            run(engine, schedule)
        except AssertionError as error:
            broken[str(schedule)] = error

    assert undisturbed
    assert broken == {}


def test_together_the_stories_run_every_function(engine: Engine) -> None:
    functions = {call.function for story in STORIES for call in run(engine, Schedule(story, {}))}

    deployed = {function.folder for function in engine.deployment.functions.values()}
    assert functions == deployed
