"""What gives way first as creates come faster, and what then: a deployment on AWS, simulated.

The costs are counted, the limits and assumptions are those of `limits`. A rate is played for a
quarter of an hour. What gives way first is given what the rate takes, by the knob that moves it,
and the rate is played again, until nothing gives way.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from bench.limits import LIMITS, STACKS, Knob, Limit, Stack
from bench.predictions import RATES
from bench.report import Section, Table
from bench.session_life import ANSWER, CALLBACK, CREATE, EVENTS, TIMEOUT, Life, lives
from bench.simulated_stack import Outcome, Resource, Simulation
from maskline.store import keys

_SECONDS = 900
_SEED = 20_261_123
# So much more than a rate takes on average.
_ROOM = 1.2
_NOTE = f"""\
A new deployment takes so many creates a second for {_SECONDS // 60} minutes, at random instants,
all of one account and each of a session with an answered call. What gives way first (over a
thousandth of what is asked of it is not there) is given what the rate takes and a fifth more, and
the rate is played again from the start. *Then* is what customers see before that is done: creates
answered 429 or 500, calls that are not connected, and how late webhooks are taken, callbacks posted
and timeouts told in the end (these are told once a minute: up to two minutes are as it should
be)."""
_HEADINGS = ("Creates a second", "Gives way first", "After, s", "Then", "Turned")


def measure() -> Section:
    _, life = lives()
    rows = [row for rate in RATES for row in ladder(life, rate)]
    return Section("Scale, simulated", [_NOTE, Table(_HEADINGS, rows)])


def ladder(life: Life, rate: float) -> Iterator[tuple[object, ...]]:
    """What gives way at a rate, one after the other, and what is turned each time."""
    stack = Stack.as_made()
    while short := (outcome := played(stack, life, rate)).short:
        name, since = next(iter(short.items()))
        knob, stack = turned(stack, life, rate, LIMITS[name])
        to = f"{knob.name}: {getattr(stack, knob.field):,.0f}"
        yield f"{rate:,}", name, since, _seen(outcome), to
    yield f"{rate:,}", "nothing", "-", _seen(outcome), "-"


def played(stack: Stack, life: Life, rate: float) -> Outcome:
    """A quarter of an hour of so many creates a second, as one of the deployments lives it."""
    resources = [
        Resource(limit.name, limit.most(stack), limit.is_sharded, limit.is_gate)
        for limit in LIMITS.values()
    ]
    simulation = Simulation(life.works(), resources, shards=keys.SHARDS, seed=_SEED)
    return simulation.run(rate / stack.stacks, _SECONDS)


def turned(stack: Stack, life: Life, rate: float, limit: Limit) -> tuple[Knob, Stack]:
    """With enough of what is limited: by the knob or, if that goes no further, by more stacks."""
    needed = _ROOM * rate / stack.stacks * life.taken(limit)
    knob = limit.knob
    if knob is not STACKS and getattr(stack, knob.field) < knob.most:
        per_unit = limit.most_in_all(stack) / getattr(stack, knob.field)
        return knob, replace(stack, **{knob.field: min(knob.most, math.ceil(needed / per_unit))})
    more = math.ceil(stack.stacks * needed / limit.most_in_all(stack))
    return STACKS, replace(stack, stacks=more)


def _seen(outcome: Outcome) -> str:
    """What customers notice of it."""
    create, answer = outcome.fates[CREATE], outcome.fates[ANSWER]
    asked, rung = create.done + create.lost, answer.done + answer.lost
    waited = {name: fate.waited for name, fate in outcome.fates.items()}
    seen = [
        *_share(create.lost_at_gate, asked, "of the creates get 429"),
        *_share(create.lost - create.lost_at_gate, asked, "of the creates get 500"),
        *_share(answer.lost, rung, "of the calls are not connected"),
        *_late(max(waited[name] for name in EVENTS), 10, "webhooks"),
        *_late(waited[CALLBACK], 10, "callbacks"),
        *_late(waited[TIMEOUT], 120, "timeouts"),
    ]
    return ", ".join(seen) or "all as it should be"


def _share(lost: float, asked: float, what: str) -> list[str]:
    return [f"{lost / asked:.0%} {what}"] if lost > asked / 200 else []


def _late(seconds: int, usual: int, what: str) -> list[str]:
    return [f"{what} {seconds} s late"] if seconds > usual else []
