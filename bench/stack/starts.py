"""The start of each function that somebody waits for: all that it takes without a snapshot."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from bench.report import Section, Table
from local.aws import template
from local.aws.declarations import Function
from local.aws.engine import Engine
from maskline.carriers import DEFAULT, NAMES

_STARTS = 7
_TEXT = f"""\
Import and INIT of each function that is asked over HTTP, in fresh processes with bytecode: the
least of {_STARTS} of each, by the processor's time and by the wall. The bare one imports botocore
and makes a client for DynamoDB. A function with a snapshot does this when it is deployed, the
others when a request finds no process that is free."""
_ADAPTERS_TEXT = """\
What the adapter of a carrier adds to a function that has loaded Plivo's, with the curve or the key
that its signatures are checked with: the least of as many starts. Target: at most {most} ms of the
processor's time."""
_MOST_MS = 25
_BARE = "import botocore.session; botocore.session.get_session().create_client('dynamodb')"
# One start, in a process of its own. The clocks start when nothing but the interpreter is loaded,
# and what is to be there before.
_PROGRAM = """\
import sys, time
exec(sys.argv[2])
began = time.perf_counter(), time.process_time()
exec(sys.argv[1])
ended = time.perf_counter(), time.process_time()
print(ended[0] - began[0], ended[1] - began[1])
"""


def measure() -> Section:
    folders = {one.folder: f"import {one.module}" for one in _asked()}
    with Engine(), _bytecode() as environment:
        rows = [
            _row(name, work, environment)
            for name, work in [("bare", _BARE), *sorted(folders.items())]
        ]
        adapters = _adapters(environment)
    headings = ("function", "snapshot", "processor, ms", "wall, ms")
    dearest = max(adapters.values())
    return Section(
        "Starts",
        [
            _TEXT,
            Table(headings, rows),
            _ADAPTERS_TEXT.format(most=_MOST_MS),
            Table(
                ("carrier", "processor, ms"),
                [(name, f"{ms:.0f}") for name, ms in adapters.items()],
            ),
        ],
        is_met=dearest <= _MOST_MS,
    )


def _adapters(environment: dict[str, str]) -> dict[str, float]:
    """Milliseconds that each carrier's adapter takes beside the default's."""
    before = f"import functions.answer_call.app, maskline.carriers.{DEFAULT}"
    return {name: _added(name, before, environment) for name in NAMES if name != DEFAULT}


def _added(name: str, before: str, environment: dict[str, str]) -> float:
    """Milliseconds of the processor. The first start only leaves its bytecode behind."""
    work = f"import maskline.carriers.{name}"
    starts = [_start(work, environment, before=before) for _ in range(_STARTS + 1)][1:]
    return min(processor for _, processor in starts) * 1000


def _asked() -> list[Function]:
    functions = template.functions()
    return [functions[route.function] for route in template.routes()]


def _row(name: str, work: str, environment: dict[str, str]) -> tuple[object, ...]:
    """The first start only leaves its bytecode behind, and is not counted."""
    walls, processors = zip(
        *[_start(work, environment) for _ in range(_STARTS + 1)][1:], strict=True
    )
    has_snapshot = "yes" if name in _snapshots() else ""
    return name, has_snapshot, f"{min(processors) * 1000:.0f}", f"{min(walls) * 1000:.0f}"


def _snapshots() -> set[str]:
    return {
        template.functions()[logical_id].folder
        for logical_id, properties in template.resources("AWS::Lambda::Function").items()
        if "SnapStart" in properties
    }


def _start(work: str, environment: dict[str, str], *, before: str = "") -> tuple[float, float]:
    """Seconds on the wall, and of the processors."""
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", _PROGRAM, work, before],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, processor = map(float, done.stdout.splitlines()[-1].split())
    return wall, processor


@contextmanager
def _bytecode() -> Iterator[dict[str, str]]:
    """The environment of a function on Lambda, with a place for bytecode of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        yield environment | {
            "PYTHONPYCACHEPREFIX": folder,
            "PYTHONPATH": os.pathsep.join(
                (str(template.ROOT), str(template.ROOT / "layers" / "masking"))
            ),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        }
