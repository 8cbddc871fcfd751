"""The official Node SDK, driven in a process of its own."""

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.wire import Client

HERE = Path(__file__).resolve().parent / "node"
INSTALL_SECONDS = 120
CALL_SECONDS = 60

# Calls resource.method(*args) of the SDK: {"result"} or {"error", "message"}.
Node = Callable[..., Any]
NodeClient = Callable[[Client], Node]


def installed_node() -> str:
    """The path of a Node that has the packages of package.json; skips the test if there is none."""
    path, npm = shutil.which("node"), shutil.which("npm")
    if path is None:
        pytest.skip("Node is not installed")
    asked_for = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    if not all((HERE / "node_modules" / name).is_dir() for name in asked_for):
        if npm is None:
            pytest.skip("npm is not installed")
        _install(npm)
    return path


def _install(npm: str) -> None:
    """`make test` has done it; whoever calls pytest directly should not have to know."""
    try:
        subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=HERE,
            capture_output=True,
            check=True,
            timeout=INSTALL_SECONDS,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm could not install them: {error}")


class NodeProcess:
    """Answers one call after the other; `node` is the path of the program."""

    def __init__(self, node: str) -> None:
        # What it says on standard error shows in the test's output.
        self._process = subprocess.Popen(
            [node, "drive.js"],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def ask(self, order: dict[str, Any]) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{json.dumps(order)}\n")
        overdue = threading.Timer(CALL_SECONDS, self._process.kill)
        overdue.start()
        answer = stdout.readline()
        overdue.cancel()
        assert answer, f"Node ended, or did not answer within {CALL_SECONDS} s"
        return json.loads(answer)

    def close(self) -> None:
        self._process.communicate(timeout=CALL_SECONDS)


@contextmanager
def running_node() -> Iterator[NodeProcess]:
    process = NodeProcess(installed_node())
    try:
        yield process
    finally:
        process.close()


@dataclass(frozen=True)
class NodeSdk:
    """The SDK with an account's credentials."""

    process: NodeProcess
    client: Client

    def __call__(self, resource: str, method: str, *args: Any) -> Any:
        return self.process.ask(
            {
                "api": self.client.api,
                "auth_id": self.client.auth_id,
                "auth_token": self.client.auth_token,
                "resource": resource,
                "method": method,
                "args": args,
            }
        )
