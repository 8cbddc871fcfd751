"""Compare a warm answer with the least it could take: its requests by a bare client."""

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

from bench.counting.counted_service import CountedService
from bench.report import Section, Table
from bench.stack.incoming_calls import BareRequests, IncomingCalls, silent_log
from functions.answer_call.app import handler
from local.aws.engine import Engine

_TARGET = 1.5
_BLOCKS = 8
_PAIRS_A_BLOCK = 40
_WARM_UPS = 30
_PROFILED = 200

_TEXT = f"""\
The warm handler with the signed webhook of a registered caller, each time a new call in a session
of its own, against a bare client that makes the same BatchGetItem and TransactWriteItems for other
sessions; {_BLOCKS} blocks of {_PAIRS_A_BLOCK} pairs, in which either goes first in turn. The ratio
is the median of the blocks' ratios of medians. Target: at most {_TARGET}."""
_HEADINGS = ("answer, ms", "bare round trip, ms", "ratio", "best block", "worst block")


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
    with Engine() as engine, CountedService.running(engine) as service, silent_log():
        calls = IncomingCalls(service)
        for call in calls.take(_WARM_UPS):
            handler(call.event, None)
        requests = BareRequests.of(calls)
        warm = _warm(calls, requests)
        shares = _warm_shares(calls)
    best, worst = min(warm.ratios), max(warm.ratios)
    figures = [f"{one:.2f}" for one in (warm.answer, warm.bare, warm.ratio, best, worst)]
    return Section(
        "Close to the limit",
        [
            _TEXT,
            Table(_HEADINGS, [figures]),
            f"Where the answer's time goes (medians of {_PROFILED}):",
            Table(("part", "ms"), [(part, f"{ms:.2f}") for part, ms in shares.items()]),
        ],
        is_met=warm.ratio <= _TARGET,
    )


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
