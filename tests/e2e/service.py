"""The whole service as a newcomer starts it: `python -m local` in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.wire import Answer, exchange

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 10.0
_READY = "Ctrl-C stops everything"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bare_environment() -> dict[str, str]:
    """The environment without what another stack has left in it."""
    left = ("API", "AUTH_ID", "AUTH_TOKEN", "PORT")
    return {name: value for name, value in os.environ.items() if name not in left}


class Service:
    """Standard output and error go to one file, as a terminal would show them.

    It is started in a folder of its own, or that of another one, whose credentials it then has.
    """

    def __init__(self, port: int | None = None, folder: Path | None = None) -> None:
        self.port = port or free_port()
        self._own_folder = tempfile.TemporaryDirectory()
        self.folder = folder or Path(self._own_folder.name)
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local"],
            cwd=self.folder,
            env={
                **bare_environment(),
                "PORT": str(self.port),
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        # pread, since the child writes at the offset that it shares with us.
        descriptor = self._output.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode()

    def wait_for_output(self, text: str, *, within: float = START_SECONDS) -> str:
        """The output, once it holds `text`."""
        deadline = time.monotonic() + within
        while text not in self.output:
            assert self._process.poll() is None, f"the service ended:\n{self.output}"
            assert time.monotonic() < deadline, f"no {text!r} after {within} s:\n{self.output}"
            time.sleep(0.05)
        return self.output

    def wait_until_ready(self) -> "Service":
        self.wait_for_output(_READY)
        return self

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_SECONDS)

    def wait(self) -> int:
        return self._process.wait(START_SECONDS)

    def close(self) -> None:
        if self._process.poll() is None:
            try:
                self.interrupt()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._output.close()
        self._own_folder.cleanup()

    def info(self) -> dict[str, Any]:
        info: dict[str, Any] = exchange("GET", f"{self.url}/local/info").json
        return info

    def advance(self, seconds: float) -> None:
        """Move the service's clock; schedules have run when this returns."""
        answer = self._post("/local/clock", {"advance_seconds": seconds})
        assert answer.status == 200, answer.text

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """What a function answers when an operator invokes it."""
        answer = self._post(f"/local/functions/{function}", event)
        assert answer.status == 200, answer.text
        return answer.json

    def _post(self, path: str, content: dict[str, Any]) -> Answer:
        headers = {"Content-Type": "application/json"}
        return exchange(
            "POST", f"{self.url}{path}", body=json.dumps(content).encode(), headers=headers
        )


@contextmanager
def started_service(port: int | None = None, folder: Path | None = None) -> Iterator[Service]:
    """A service that may still be starting; it is stopped in the end, whatever happens."""
    service = Service(port, folder)
    try:
        yield service
    finally:
        service.close()
