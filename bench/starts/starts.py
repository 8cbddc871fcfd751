"""The start of each function that somebody waits for: all that it takes without a snapshot."""

import json
import subprocess
import sys

from bench.report import Section, Table
from bench.starts.cold_starts import PROGRAM, bytecode
from local.aws import template
from local.aws.engine import Engine

_STARTS = 7
_TEXT = f"""\
Import and INIT of each function that is asked over HTTP, in fresh processes with bytecode: the
least of {_STARTS} of each, by the processor's time and by the wall. The bare one imports botocore
and makes a client for DynamoDB. A function with a snapshot does this when it is deployed, the
others when a request finds no process that is free."""


def measure() -> Section:
    with Engine(), bytecode() as environment:
        rows = [_row(folder, environment) for folder in ("bare", *_asked())]
    headings = ("function", "snapshot", "processor, ms", "wall, ms")
    return Section("Starts", [_TEXT, Table(headings, rows)])


def _asked() -> list[str]:
    functions = template.functions()
    return sorted({functions[route.function].folder for route in template.routes()})


def _row(folder: str, environment: dict[str, str]) -> tuple[object, ...]:
    """The first start only leaves its bytecode behind, and is not counted."""
    walls, processors = zip(
        *[_init(folder, environment) for _ in range(_STARTS + 1)][1:], strict=True
    )
    has_snapshot = "yes" if folder in _snapshots() else ""
    return folder, has_snapshot, f"{min(processors) * 1000:.0f}", f"{min(walls) * 1000:.0f}"


def _snapshots() -> set[str]:
    return {
        template.functions()[logical_id].folder
        for logical_id, properties in template.resources("AWS::Lambda::Function").items()
        if "SnapStart" in properties
    }


def _init(folder: str, environment: dict[str, str]) -> tuple[float, float]:
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, str(PROGRAM), folder],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, processor = json.loads(done.stdout.splitlines()[-1])["init"]
    return wall, processor
