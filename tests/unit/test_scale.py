"""The simulated deployment: it agrees with the arithmetic, and accounts for what it is asked."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bench.cost import Cost
from bench.ledger import Request
from bench.limits import FIFO_QUEUE_HOLDS, LIMITS, STACKS, Stack
from bench.predictions import RATES, allowed, minutes_until_full
from bench.scale import ladder, played
from bench.session_life import ANSWER, CALLBACK, CREATE, TIMEOUT, Life
from bench.simulated_stack import Outcome, Resource, Simulation, Work
from local import template
from maskline.callbacks.attempts import GAPS_SECONDS
from maskline.store import keys

SECONDS = 600
SEED = 1


def cost(write_units: int, *, expiry: int = 0, account: int = 0, number: int = 0) -> Cost:
    units = {
        keys.SESSIONS_BY_EXPIRY: expiry,
        keys.SESSIONS_BY_ACCOUNT: account,
        keys.ROUTES_BY_NUMBER: number,
    }
    request = Request("TransactWriteItems", 0, 0, write_units=write_units, index_write_units=units)
    return Cost("some_function", (request,))


LIFE = Life(
    requests=[cost(16, expiry=1, account=1, number=2), *[cost(8, expiry=1)] * 6],
    sweep=(cost(0), cost(60, expiry=20)),
    delivery=cost(0),
    callbacks=9,
)


def simulated(most: Mapping[str, float], rate: float, *, seconds: int = SECONDS) -> Outcome:
    """With so much of what is named, and plenty of all else."""
    resources = [
        Resource(name, most.get(name, 1e12), limit.is_sharded, limit.is_gate)
        for name, limit in LIMITS.items()
    ]
    return Simulation(LIFE.works(), resources, shards=keys.SHARDS, seed=SEED).run(rate, seconds)


# What customers are told of.
TELLING = next(work.follows for work in LIFE.works() if work.name == CALLBACK)
# All but the index of greetings: none of these sessions has any.
TAKEN = [name for name, limit in LIMITS.items() if LIFE.taken(limit)]


@pytest.mark.parametrize("name", TAKEN)
def test_each_limit_gives_way_where_the_arithmetic_says(name: str) -> None:
    stack = Stack.as_made()
    rate = allowed(LIFE)[name]
    most = {name: LIMITS[name].most(stack)}

    assert simulated(most, 0.8 * rate).short == {}
    assert set(simulated(most, 1.25 * rate).short) == {name}


def test_nothing_but_greetings_is_left_out() -> None:
    assert LIMITS.keys() - set(TAKEN) == {"index greetings_by_number: write units"}


def test_what_has_plenty_is_done_on_time() -> None:
    outcome = simulated({}, 100)

    create, call = outcome.fates[CREATE], outcome.fates[ANSWER]
    assert create.done == pytest.approx(100 * SECONDS, rel=0.01)
    assert (create.lost, call.lost) == (0, 0)
    assert call.done == pytest.approx(100 * (SECONDS - 60), rel=0.01)
    assert outcome.fates[CALLBACK].waited <= 1
    assert 60 <= outcome.fates[TIMEOUT].waited <= 120


def test_every_create_is_answered_one_way_or_the_other() -> None:
    plenty = simulated({}, 100).fates[CREATE]
    few = simulated({"API route: creates": 40}, 100).fates[CREATE]

    assert few.done + few.lost == pytest.approx(plenty.done)
    assert few.lost_at_gate == few.lost
    assert few.done == pytest.approx(40 * SECONDS, rel=0.01)


def test_what_a_throttled_table_loses_was_let_in() -> None:
    create = simulated({"table: write units": 800}, 100).fates[CREATE]

    assert create.lost > 0
    assert create.lost_at_gate == 0


def test_who_is_not_connected_tells_nothing() -> None:
    nobody = [
        replace(work, takes={"door": 1}) if work.name == ANSWER else work for work in LIFE.works()
    ]
    resources = [Resource(name, 1e12) for name in LIMITS]
    shut = Resource("door", 1e-9, is_gate=True)

    fates = Simulation(nobody, [*resources, shut], shards=8, seed=SEED).run(50, 400).fates

    assert fates[ANSWER].done == pytest.approx(0, abs=1e-3)
    assert fates["Event: callee answers"].done == pytest.approx(0, abs=1e-3)
    assert fates[CREATE].done > 0


def test_callbacks_that_are_slower_than_they_come_are_later_and_later() -> None:
    half = {"callbacks posted at once": 100 * 9 * 0.2 / 2}

    first, second = (
        simulated(half, 100, seconds=seconds).fates[CALLBACK] for seconds in (600, 900)
    )

    assert (first.lost, second.lost) == (0, 0)
    assert second.waited - first.waited == pytest.approx(300 / 2, rel=0.1)


def test_a_hot_shard_gives_way_alone() -> None:
    one = Work("create", {"shard": 1}, waits=False)

    outcome = Simulation([one], [Resource("shard", 10, is_sharded=True)], shards=8, seed=SEED).run(
        8 * 20, 100
    )

    assert outcome.fates["create"].done == pytest.approx(8 * 10 * 100, rel=0.02)
    assert set(outcome.short) == {"shard"}


def test_a_gate_that_two_share_lets_both_through_in_proportion() -> None:
    works = [
        Work("many", {"gate": 1}, waits=False),
        Work("few", {"gate": 1}, ("many",), waits=False),
    ]

    fates = (
        Simulation(works, [Resource("gate", 10, is_gate=True)], shards=1, seed=SEED)
        .run(30, 200)
        .fates
    )

    assert sum(fate.done for fate in fates.values()) == pytest.approx(10 * 200, rel=0.01)


@pytest.mark.parametrize("rate", RATES)
def test_the_knobs_reach_every_rate(rate: int) -> None:
    rows = list(ladder(LIFE, rate))

    assert rows[-1] == (f"{rate:,}", "nothing", "-", "all as it should be", "-")
    assert len(rows) <= 2 * len(LIMITS)


def test_a_new_deployment_takes_ten_a_second() -> None:
    assert played(Stack.as_made(), LIFE, 10).short == {}


def test_knobs_that_are_parameters_go_as_far_as_the_template_lets_them() -> None:
    parameters = template.load_template()["Parameters"]
    knobs = {limit.knob.name.strip("`"): limit.knob for limit in LIMITS.values()}

    turnable = parameters.keys() & knobs.keys()
    assert turnable == {
        "ApiRequestsPerSecond",
        "CallbackConcurrency",
        "WebhookRequestsPerSecond",
    }
    for name in turnable:
        assert parameters[name]["MaxValue"] == knobs[name].most
    assert knobs["deployments"] is STACKS


def test_a_url_that_is_down_fills_the_queue_of_all() -> None:
    """Nothing of its sessions is taken or given up meanwhile: ten requests take five hours."""
    assert 60 * minutes_until_full(LIFE, 0.7) < sum(GAPS_SECONDS)
    rate = 10
    shut = {"callbacks posted at once": 1e-9}
    full = minutes_until_full(LIFE, rate)

    # Callbacks come later than their sessions, by up to the five minutes until the timeout.
    begun = simulated(shut, rate, seconds=300).fates
    later = simulated(shut, rate, seconds=300 + round(60 * full)).fates
    told = {name: later[name].done - begun[name].done for name in later}
    callbacks = sum(told[name] for name in TELLING) * LIFE.callbacks / len(TELLING)

    assert later[CALLBACK].done == pytest.approx(0, abs=1e-3)
    assert callbacks == pytest.approx(FIFO_QUEUE_HOLDS, rel=0.05)
