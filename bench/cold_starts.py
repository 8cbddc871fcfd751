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

from bench.incoming_calls import BareRequests, IncomingCalls
from local.template import ROOT

_PROGRAM = Path(__file__).with_name("cold_start.py")
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


@dataclass(frozen=True, slots=True)
class _Start:
    """Seconds of one process, and what the interpreter traced."""

    init: float
    invoke: float
    trace: str

    @property
    def total(self) -> float:
        return self.init + self.invoke


@dataclass(frozen=True, slots=True)
class ColdStarts:
    """Starts of the answering function, and of the bare one beside each."""

    answers: list[_Start]
    bares: list[_Start]

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


class Starter:
    """Starts processes, each to answer a call of its own."""

    def __init__(self, calls: IncomingCalls, requests: BareRequests) -> None:
        self._calls = calls
        self._requests = requests

    def start(self, kind: str, environment: dict[str, str]) -> _Start:
        [call] = self._calls.take(1)
        given = {
            "event": call.event,
            "read": self._requests.read,
            "write": self._requests.write(call),
        }
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(given, file)
            file.flush()
            done = subprocess.run(  # noqa: S603 (our own program)
                [sys.executable, str(_PROGRAM), kind, file.name],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
        times = json.loads(done.stdout.splitlines()[-1])
        return _Start(times["init"], times["invoke"], done.stderr)


def cold_starts(starter: Starter, pairs: int) -> ColdStarts:
    """The first pair only leaves its bytecode behind, as the layer ships it, and is not counted."""
    with _bytecode() as environment:
        starts = [
            [starter.start(kind, environment) for kind in ("answer", "bare")]
            for _ in range(pairs + 1)
        ]
    return ColdStarts(*map(list, zip(*starts[1:], strict=True)))


def import_profile(starter: Starter) -> dict[str, float]:
    """Milliseconds of the answering function's INIT, by part."""
    with _bytecode() as environment:
        traced = environment | {"PYTHONPROFILEIMPORTTIME": "1"}
        starts = [starter.start(kind, traced) for kind in ("answer", "bare") * 2]
    answer, bare = starts[2:]
    shared = _imports(bare).keys()
    parts = dict.fromkeys(_PARTS, 0.0)
    for name, milliseconds in _imports(answer).items():
        parts[_part(name, is_shared=name in shared)] += milliseconds
    parts["client, secret, credentials"] = answer.init * 1000 - sum(parts.values())
    return parts


_PARTS = ("importing botocore", "importing the Logger", "importing what is ours")


def _part(module: str, *, is_shared: bool) -> str:
    """A module is the SDK's if the bare function imports it too."""
    sdk, log, ours = _PARTS
    if is_shared:
        return sdk
    return ours if module.startswith(("maskline", "functions")) else log


def _imports(start: _Start) -> dict[str, float]:
    """The milliseconds that each module's own code took."""
    return {name: int(micros) / 1000 for micros, name in _IMPORT.findall(start.trace)}


@contextmanager
def _bytecode() -> Iterator[dict[str, str]]:
    """The environment of a function on Lambda, with a place for bytecode of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        yield environment | {
            "PYTHONPYCACHEPREFIX": folder,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "layers" / "masking"))),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        }
