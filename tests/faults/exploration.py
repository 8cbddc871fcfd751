"""Schedules of faults: every fault at every call of a story, or many troubles drawn at random."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.aws.engine import Engine
from tests.faults.checks import check_at_the_end, check_now, dead_letters
from tests.faults.injection import Call, Fault, Injector, faults_of
from tests.faults.stories import STORIES
from tests.faults.world import Trouble, World
from tests.support.in_process import BASE_URL

# How many schedules were played, and how many faults they had, by what they were.
explored: Counter[str] = Counter()
# About as many calls as two stories make, from beginning to end.
_CALLS = 250


@dataclass(frozen=True)
class Schedule:
    """One run of a story, and what happens to which of its calls."""

    story: str
    faults: Mapping[int, Fault]

    def __str__(self) -> str:
        listed = ", ".join(f"{fault} at call {number}" for number, fault in self.faults.items())
        return f"{self.story}: {listed or 'no fault'}"


def prepare(engine: Engine) -> None:
    """What all runs have in common."""
    engine.set_environment({**engine.environment, "API_BASE_URL": BASE_URL})


def run(engine: Engine, schedule: Schedule) -> list[Call]:
    """Play a story under a schedule and check what must hold; the calls that the story made."""
    engine.reset()
    world = World(engine, Injector(schedule.faults))
    with world.running():
        world.set_up()
        STORIES[schedule.story](world)
        world.injector.is_on = False
        check_now(world)
        world.settle()
        check_at_the_end(world)
        assert dead_letters(world) == 0, "a single fault killed a callback"
    explored["faults one by one"] += len(world.injector.injected)
    return world.injector.calls


def one_by_one(story: str, calls: list[Call]) -> Iterator[Schedule]:
    """Every fault at every call of a run without faults."""
    for number, call in enumerate(calls):
        for fault in faults_of(call.operation):
            yield Schedule(story, {number: fault})


def run_at_random(engine: Engine, seed: int) -> list[tuple[Call, Fault]]:
    """Two stories, several faults, and all other trouble; the faults that took place.

    The faults go on while the service settles; then all is well, and it settles once more.
    """
    dice = random.Random(seed)
    engine.reset()
    faults = {dice.randrange(_CALLS): dice.choice(list(Fault)) for _ in range(dice.randint(2, 12))}
    world = World(engine, Injector(faults), _trouble(dice))
    with world.running():
        world.set_up()
        for name in dice.sample(sorted(STORIES), 2):
            STORIES[name](world)
            world.poison()
        check_now(world)
        world.settle()
        world.injector.is_on = False
        world.settle()
        check_at_the_end(world)
    explored["combinations drawn at random"] += 1
    explored["faults in these"] += len(world.injector.injected)
    return world.injector.injected


def _trouble(dice: random.Random) -> Trouble:
    return Trouble(
        dice=dice,
        duplicates=dice.choice((0.0, 0.1, 0.3)),
        reorders=dice.random() < 0.5,
        skew_seconds=dice.choice((0.0, 0.0, 2.0, 30.0)),
        sweep_is_down=dice.random() < 0.4,
        ttl_is_late_days=dice.randint(0, 9),
    )
