"""ministack as a child process: a local AWS on a free loopback port.

As a module (`python -m local.aws.aws_process`) this is the child. It ends itself when its standard
input closes, so that it cannot outlive a parent that was killed outright.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from typing import IO, Any

from local.aws.dynamodb_rules import DynamoDbRules
from local.aws.template import ACCOUNT, REGION, ROOT

START_SECONDS = 60.0
_POLL_SECONDS = 0.05
_ATTEMPTS = 3


class AwsStartError(Exception):
    """The local AWS did not come up."""


class AwsProcess:
    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.port = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start and wait until it answers. Raises AwsStartError."""
        for attempt in range(_ATTEMPTS):
            self._launch()
            if self._answers():
                return
            if attempt == _ATTEMPTS - 1:
                raise AwsStartError(f"ministack did not start:\n{self._last_words()}")
            self.stop()

    def stop(self) -> None:
        if self._child is not None:
            _end(self._child)
            self._child = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def _launch(self) -> None:
        self.port = _free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the child runs)
        self._child = subprocess.Popen(
            [sys.executable, "-m", "local.aws.aws_process"],
            cwd=ROOT,
            env={**os.environ, **engine_environment(self.port)},
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            # Its own session: Ctrl-C is for the parent, which then ends the child in good order.
            start_new_session=True,
        )

    def _answers(self) -> bool:
        assert self._child is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._child.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=1):
                    return self._child.poll() is None
            except OSError:
                time.sleep(_POLL_SECONDS)
        return False

    def _last_words(self) -> str:
        assert self._log is not None
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:]


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=3)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin is not None:
        child.stdin.close()


def engine_environment(port: int) -> dict[str, str]:
    return {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "SERVICES": "dynamodb,dynamodbstreams,kms,sqs,secretsmanager",
        "LOG_LEVEL": "ERROR",
        # Everything that would open another port, keep state or reach for a container engine: off.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "USE_SSL": "0",
        "DOCKER_HOST": "unix:///nonexistent",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def keep_the_rules(dynamodb: Any) -> None:
    """Refuse what DynamoDB refuses, whoever asks."""
    rules, handle = DynamoDbRules(), dynamodb.handle_request

    async def handle_request(*request: Any) -> Any:
        _method, _path, headers, body, _query = request
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        message = rules.offence(action, json.loads(body or b"{}"))
        if message is not None:
            return dynamodb.error_response_json("ValidationException", message, 400)
        return await handle(*request)

    dynamodb.handle_request = handle_request


def main() -> None:
    from ministack.app import main as serve
    from ministack.services import dynamodb

    keep_the_rules(dynamodb)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
