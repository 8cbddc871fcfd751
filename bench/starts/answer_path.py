"""Compare an answer with the least it could take: warm and cold, against bare DynamoDB."""

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

from bench.report import Section, Table
from bench.stack.incoming_calls import BareRequests, IncomingCalls, silent_log
from bench.starts.cold_starts import ColdStarts, Starter, cold_starts, import_profile
from functions.answer_call.app import handler
from local.aws.engine import Engine

_WARM_TARGET = 1.5
_BLOCKS = 8
_PAIRS_A_BLOCK = 40
_WARM_UPS = 30
_COLD_PAIRS = 40
_PROFILED = 200
_PROFILED_STARTS = 5

_WARM_TEXT = f"""\
Warm: the handler with the signed webhook of a registered caller, each time a new call in a session
of its own, against a bare client that makes the same BatchGetItem and TransactWriteItems for other
sessions; {_BLOCKS} blocks of {_PAIRS_A_BLOCK} pairs, in which either goes first in turn. The ratio
is the median of the blocks' ratios of medians. Target: at most {_WARM_TARGET}."""
_WARM_HEADINGS = ("answer, ms", "bare round trip, ms", "ratio", "best block", "worst block")
_COLD_TEXT = f"""\
Cold: fresh processes with bytecode, {_COLD_PAIRS} pairs in which either goes first in turn. The
bare function imports botocore and makes a client for DynamoDB; its first invoke is the same two
requests."""
_COLD_RATIOS = """\
Import and first invoke of the answer, divided by what the bare function takes. There is no target:
the answer starts from a snapshot, which holds what INIT made. With its client only, the bare
function's first invoke costs nothing. Medians of the pairs' ratios; the processor's time is the one
to look at if the machine is busy."""


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
        wall, processor = cold_starts(starts, _COLD_PAIRS)
        imports = import_profile(starts, _PROFILED_STARTS)
    return Section(
        "Close to the limit",
        [
            *_warm_parts(warm, shares),
            *_cold_parts(wall, processor, imports),
        ],
        is_met=warm.ratio <= _WARM_TARGET,
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


def _cold_parts(
    wall: ColdStarts, processor: ColdStarts, imports: dict[str, float]
) -> list[str | Table]:
    rows = [
        (name, clock, f"{init:.0f}", f"{invoke:.0f}")
        for clock, starts in (("wall", wall), ("processor", processor))
        for name, init, invoke in starts.medians()
    ]
    ratios = [
        (reading, f"{wall_ratio:.2f}", f"{processor_ratio:.2f}")
        for reading, wall_ratio, processor_ratio in (
            ("client only", wall.strict_ratio, processor.strict_ratio),
            ("client and the same requests", wall.ratio, processor.ratio),
        )
    ]
    return [
        _COLD_TEXT,
        Table(("function", "clock", "import and INIT, ms", "first invoke, ms"), rows),
        _COLD_RATIOS,
        Table(("the bare function does", "by the wall", "by the processor"), ratios),
        "Where INIT goes, in processes in which the interpreter traces imports, which slows them:",
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
    """Measure meanwhile how long each call of a method takes, in milliseconds."""
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
