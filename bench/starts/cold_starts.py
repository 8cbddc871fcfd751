"""Cold starts of the answering function and of a bare one, in turn."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.stack.incoming_calls import BareRequests, IncomingCalls, as_hex
from bench.starts.cold_start import INIT_BEGINS, INIT_ENDS
from local.aws.template import ROOT

PROGRAM = Path(__file__).with_name("cold_start.py")
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of one process, on the wall or of the processors."""

    init: float
    invoke: float

    @property
    def total(self) -> float:
        return self.init + self.invoke


@dataclass(frozen=True, slots=True)
class ColdStarts:
    """Starts of the answering function, and of the bare one beside each."""

    answers: Sequence[Start]
    bares: Sequence[Start]

    @property
    def ratio(self) -> float:
        """Both import, and both make the same requests."""
        return median(a.total / b.total for a, b in zip(self.answers, self.bares, strict=True))

    @property
    def strict_ratio(self) -> float:
        """The bare one only makes its client."""
        return median(a.total / b.init for a, b in zip(self.answers, self.bares, strict=True))

    def medians(self) -> Sequence[tuple[str, float, float]]:
        """Name, milliseconds of INIT, milliseconds of the first invoke."""
        return [
            (
                name,
                median(start.init for start in starts) * 1000,
                median(start.invoke for start in starts) * 1000,
            )
            for name, starts in (("answer_call", self.answers), ("bare client", self.bares))
        ]


@dataclass(frozen=True, slots=True)
class _Process:
    """The measurements of one process, and the interpreter's trace of its INIT."""

    wall: Start
    processor: Start
    trace: str


class Starter:
    """Starts processes, each to answer a call of its own."""

    def __init__(self, calls: IncomingCalls, requests: BareRequests) -> None:
        self._calls = calls
        self._requests = requests

    def start(self, kind: str, environment: dict[str, str]) -> _Process:
        [call] = self._calls.take(1)
        given = {
            "event": call.event,
            "read": self._requests.read,
            "write": self._requests.write(call),
        }
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(given, file, default=as_hex)
            file.flush()
            done = subprocess.run(  # noqa: S603 (our own program)
                [sys.executable, str(PROGRAM), kind, file.name],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
        times = json.loads(done.stdout.splitlines()[-1])
        wall, processor = map(Start, times["init"], times["invoke"])
        trace = done.stderr.partition(INIT_BEGINS)[2].partition(INIT_ENDS)[0]
        return _Process(wall, processor, trace)


def cold_starts(starter: Starter, pairs: int) -> tuple[ColdStarts, ColdStarts]:
    """By the wall, and by the processors' time, which others on the machine do not lengthen.

    Either goes first in turn. The first pair only leaves its bytecode behind, as the layer ships
    it, and is not counted.
    """
    with bytecode() as environment:
        processes = [
            {kind: starter.start(kind, environment) for kind in _KINDS[:: -1 if index % 2 else 1]}
            for index in range(pairs + 1)
        ]
    answers, bares = ([pair[kind] for pair in processes[1:]] for kind in _KINDS)
    return (
        ColdStarts([one.wall for one in answers], [one.wall for one in bares]),
        ColdStarts([one.processor for one in answers], [one.processor for one in bares]),
    )


_KINDS = ("answer_call", "bare")


def import_profile(starter: Starter, repetitions: int) -> dict[str, float]:
    """Milliseconds on the wall of the answering function's INIT, by part; medians."""
    with bytecode() as environment:
        traced = environment | {"PYTHONPROFILEIMPORTTIME": "1"}
        shared = {name for name, _ in _imports(starter.start("bare", traced))}
        starter.start("answer_call", traced)
        profiles = [
            _parts(starter.start("answer_call", traced), shared) for _ in range(repetitions)
        ]
    return {name: median(profile[name] for profile in profiles) for name in profiles[0]}


_SDK, _LOG, _OURS = "importing botocore", "importing the Logger", "importing what is ours"
# What the handler's own module does but define functions.
_PREPARE = "making the client, reading the secret and the credentials"


def _parts(process: _Process, shared: set[str]) -> dict[str, float]:
    parts = dict.fromkeys((_SDK, _LOG, _OURS, _PREPARE), 0.0)
    for name, milliseconds in _imports(process):
        parts[_SDK if name in shared else _part(name)] += milliseconds
    return parts


def _part(module: str) -> str:
    if module == "functions.answer_call.app":
        return _PREPARE
    return _OURS if module.startswith(("maskline", "functions")) else _LOG


def _imports(process: _Process) -> Iterator[tuple[str, float]]:
    """Each module, and the milliseconds that its own code took."""
    return ((name, int(micros) / 1000) for micros, name in _IMPORT.findall(process.trace))


@contextmanager
def bytecode() -> Iterator[dict[str, str]]:
    """The environment of a function on Lambda, with a place for bytecode of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        yield environment | {
            "PYTHONPYCACHEPREFIX": folder,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "layers" / "masking"))),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        }
