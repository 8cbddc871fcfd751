"""The official Node SDK, driven in a process of its own for each call."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.wire import Client

HERE = Path(__file__).resolve().parent / "node"
INSTALL_SECONDS = 120

# Calls resource.method(*args) of the SDK: {"result"} or {"error", "message"}.
Node = Callable[..., Any]
NodeClient = Callable[[Client], Node]


def installed_node() -> str:
    """The path of a Node that has the SDK of package.json; skips the test if there is none."""
    path, npm = shutil.which("node"), shutil.which("npm")
    if path is None:
        pytest.skip("Node is not installed")
    if not (HERE / "node_modules" / "plivo").is_dir():
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
        pytest.skip(f"npm could not install the SDK: {error}")


@dataclass(frozen=True)
class NodeSdk:
    """The SDK with an account's credentials; `node` is the path of the program."""

    node: str
    client: Client

    def __call__(self, resource: str, method: str, *args: Any) -> Any:
        order = {
            "api": self.client.api,
            "auth_id": self.client.auth_id,
            "auth_token": self.client.auth_token,
            "resource": resource,
            "method": method,
            "args": args,
        }
        driven = subprocess.run(
            [self.node, "drive.js"],
            cwd=HERE,
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert driven.returncode == 0, driven.stderr
        return json.loads(driven.stdout)
