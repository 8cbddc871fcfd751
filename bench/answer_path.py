"""How close an answer is to the least it could take: warm and cold, against bare DynamoDB."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session

from bench.cold_starts import ColdStarts, Starter, cold_starts, import_profile
from bench.incoming_calls import BareRequests, IncomingCalls, silent_log
from bench.report import Section, Table
from functions.answer_call.app import handler
from local.engine import Engine

_WARM_TARGET = 1.5
_COLD_TARGET = 1.25
_BLOCKS = 10
_PAIRS_A_BLOCK = 40
_WARM_UPS = 30
_COLD_PAIRS = 25
_PROFILED = 200

_WARM_TEXT = f"""\
Warm: the handler with the signed webhook of a registered caller, each time a new call in a session
of its own, against a bare client that makes the same BatchGetItem and TransactWriteItems for other
sessions; {_BLOCKS} blocks of {_PAIRS_A_BLOCK} pairs, in which either goes first in turn. The ratio
is the median of the blocks' ratios of medians. Target: at most {_WARM_TARGET}."""
_WARM_HEADINGS = ("answer, ms", "bare round trip, ms", "ratio", "best block", "worst block")
_COLD_TEXT = f"""\
Cold: fresh processes with bytecode, {_COLD_PAIRS} pairs in turn. The bare function imports botocore
and makes a client for DynamoDB; its first invoke is the same two requests."""
_COLD_RATIOS = f"""\
Import and first invoke of the answer take **{{strict:.2f}}** times what the bare function takes for
its import and client alone, as if its first invoke did nothing: this strict reading is the target,
at most {_COLD_TARGET}. Against the bare function with its first invoke it is **{{ratio:.2f}}**.
Medians of the pairs' ratios."""


@dataclass(frozen=True, slots=True)
class _Warm:
    """Milliseconds; `ratios` are those of the blocks."""

    answer: float
    bare: float
    ratios: list[float]

    @property
    def ratio(self) -> float:
        return median(self.ratios)


def measure() -> Section:
    with Engine() as engine, silent_log():
        calls = IncomingCalls(engine)
        for call in calls.take(_WARM_UPS):
            handler(call.event, None)
        requests = BareRequests.of(calls)
        warm = _warm(calls, requests)
        shares = _warm_shares(calls)
        starts = Starter(calls, requests)
        cold = cold_starts(starts, _COLD_PAIRS)
        imports = import_profile(starts)
    return Section(
        "Close to the limit",
        [
            *_warm_parts(warm, shares),
            *_cold_parts(cold, imports),
        ],
        is_met=warm.ratio <= _WARM_TARGET and cold.strict_ratio <= _COLD_TARGET,
    )


def _warm_parts(warm: _Warm, shares: dict[str, float]) -> list[str | Table]:
    best, worst = min(warm.ratios), max(warm.ratios)
    figures = (f"{warm.answer:.2f}", f"{warm.bare:.2f}", f"{warm.ratio:.2f}", f"{best:.2f}")
    return [
        _WARM_TEXT,
        Table(_WARM_HEADINGS, [(*figures, f"{worst:.2f}")]),
        f"Where the answer's time goes (medians of {_PROFILED}):",
        Table(("part", "ms"), [(part, f"{ms:.2f}") for part, ms in shares.items()]),
    ]


def _cold_parts(cold: ColdStarts, imports: dict[str, float]) -> list[str | Table]:
    rows = [(name, f"{init:.0f}", f"{invoke:.0f}") for name, init, invoke in cold.medians()]
    return [
        _COLD_TEXT,
        Table(("function", "import and INIT, ms", "first invoke, ms"), rows),
        _COLD_RATIOS.format(strict=cold.strict_ratio, ratio=cold.ratio),
        "Where INIT goes, in a process in which the interpreter traces imports, which slows them:",
        Table(("part of INIT", "ms"), [(part, f"{ms:.1f}") for part, ms in imports.items()]),
    ]


def _warm(calls: IncomingCalls, requests: BareRequests) -> _Warm:
    answers: list[float] = []
    bares: list[float] = []
    ratios = []
    for _ in range(_BLOCKS):
        block = _block(calls, requests)
        answers += block[0]
        bares += block[1]
        ratios.append(median(block[0]) / median(block[1]))
    return _Warm(median(answers), median(bares), ratios)


def _block(calls: IncomingCalls, requests: BareRequests) -> tuple[list[float], list[float]]:
    answers: list[float] = []
    bares: list[float] = []
    pairs = zip(calls.take(_PAIRS_A_BLOCK), calls.take(_PAIRS_A_BLOCK), strict=True)
    for index, (answered, bare) in enumerate(pairs):
        answer = partial(_timed, partial(handler, answered.event, None))
        round_trip = partial(_timed, requests.round_trip(bare))
        for run, times in ((answer, answers), (round_trip, bares))[:: 1 if index % 2 else -1]:
            times.append(run())
    return answers, bares


def _timed(work: Callable[[], object]) -> float:
    """In milliseconds."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _warm_shares(calls: IncomingCalls) -> dict[str, float]:
    """Milliseconds of an answer by who spends them."""
    totals, sdk, wire = [], [], []
    for call in calls.take(_PROFILED):
        with (
            _stopwatch(BaseClient, "_make_api_call") as sdk_times,
            _stopwatch(URLLib3Session, "send") as wire_times,
        ):
            totals.append(_timed(partial(handler, call.event, None)))
        sdk.append(sum(sdk_times))
        wire.append(sum(wire_times))
    return {
        "the handler's own": median(a - b for a, b in zip(totals, sdk, strict=True)),
        "botocore": median(b - c for b, c in zip(sdk, wire, strict=True)),
        "the wire and the engine": median(wire),
    }


@contextmanager
def _stopwatch(owner: Any, name: str) -> Iterator[list[float]]:
    """How long each call of a method takes meanwhile, in milliseconds."""
    times: list[float] = []
    method = getattr(owner, name)

    def timed(*args: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return method(*args, **named)
        finally:
            times.append((time.perf_counter() - start) * 1000)

    with patch.object(owner, name, timed):
        yield times
