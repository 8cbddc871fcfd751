"""The cost to all other customers of an endpoint that takes requests and never answers.

Reckoned from the gaps and time-outs of the service itself, for an endpoint that stays dead.
"""

from collections.abc import Sequence
from itertools import accumulate

from bench.report import Section, Table
from local.aws import template
from maskline.callbacks.attempts import FULL_SECONDS, GAPS_SECONDS, MAX_ATTEMPTS, SECONDS

# Those of a session with one answered call.
_EVENTS = 9
_NOTE = f"""\
An endpoint that is dead takes an execution of `deliver_callback` for as long as a request may take,
{MAX_ATTEMPTS} times for each event. Of a session with a call, {_EVENTS} events are tried one after
the other. *Executions at once* are those of one such session a minute, day and night; the last
column says how many of them take all of `CallbackConcurrency`, so that every customer waits."""
_HEADINGS = (
    "Time-outs",
    "Seconds an event takes",
    "in its first five minutes",
    "in its first hour",
    "Executions at once",
    "Sessions a minute that take all",
)


def measure() -> Section:
    before = _figures([FULL_SECONDS] * MAX_ATTEMPTS)
    now = _figures(SECONDS)
    ratios = [after / earlier for after, earlier in zip(now, before, strict=True)]
    rows = [
        ("ten seconds for each request", *_cells(before)),
        ("as they are", *_cells(now)),
        ("ratio", *(f"{ratio:.2f}" for ratio in ratios)),
    ]
    return Section("A dead endpoint", [_NOTE, Table(_HEADINGS, rows)])


def taken(allowed: Sequence[float], *, within_seconds: float = float("inf")) -> float:
    """Seconds that an event takes of executions, by the requests that begin within a time."""
    rounds = (seconds + gap for seconds, gap in zip(allowed, GAPS_SECONDS, strict=False))
    begins = accumulate(rounds, initial=0.0)
    return sum(
        seconds for seconds, begin in zip(allowed, begins, strict=True) if begin <= within_seconds
    )


def _figures(allowed: Sequence[float]) -> list[float]:
    at_once = _EVENTS * taken(allowed) / 60
    return [
        taken(allowed),
        taken(allowed, within_seconds=300),
        taken(allowed, within_seconds=3600),
        at_once,
        float(template.parameters()["CallbackConcurrency"]) / at_once,
    ]


def _cells(figures: Sequence[float]) -> list[str]:
    return [f"{figure:.3g}" for figure in figures]
