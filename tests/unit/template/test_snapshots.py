"""Functions that are restored from one snapshot: what they may not share, and what is gone."""

import gc
import random
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import ModuleType

import pytest

from maskline import aws
from maskline.entry import startup
from maskline.store import pauses
from tests.support.impatience import start_within
from tests.support.log_capture import captured_logs


@pytest.fixture(autouse=True)
def on_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    monkeypatch.setattr(startup, "_PAUSE_SECONDS", 0.0)
    aws.client.cache_clear()
    yield
    aws.client.cache_clear()
    gc.unfreeze()


class Peer(ThreadingHTTPServer):
    """Stands for DynamoDB: knows by which connection each request came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.came_by: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Peer)
        self.server.came_by.append(self.client_address[1])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    with Peer() as peer:
        monkeypatch.setenv("AWS_ENDPOINT_URL", peer.url)
        Thread(target=peer.serve_forever, daemon=True).start()
        yield peer
        aws.disconnect()
        peer.shutdown()


def read() -> None:
    aws.client("dynamodb").get_item(TableName="any", Key={"PK": {"S": "1"}})


def test_no_request_goes_by_a_connection_of_before_the_snapshot(peer: Peer) -> None:
    startup.prepare(read, read)
    read()
    read()

    before, again, after, later = peer.came_by
    assert before == again
    assert after == later != before


def test_where_there_is_no_snapshot_the_first_request_finds_the_connection_open(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")

    startup.prepare(read)
    read()

    assert len(set(peer.came_by)) == 1


def failing(times: int) -> Callable[[], None]:
    left = [OSError("not yet")] * times

    def fail() -> None:
        if left:
            raise left.pop()

    return fail


def test_a_read_that_fails_while_the_snapshot_is_made_is_repeated(peer: Peer) -> None:
    """The policy of a role that was made a moment ago does not hold everywhere yet."""
    with captured_logs() as log:
        startup.prepare(failing(3))

    assert "not_prepared" not in log.getvalue()


@pytest.mark.parametrize("kind", ["snap-start", "on-demand"])
def test_a_function_that_cannot_read_starts_all_the_same_and_says_so_once(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
    start_within(0.1, monkeypatch)

    with captured_logs() as log:
        startup.prepare(failing(10**6))

    assert log.getvalue().count("not_prepared") == 1


def test_where_somebody_waits_for_the_start_a_read_is_tried_once(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")

    with captured_logs() as log:
        startup.prepare(failing(1))

    assert log.getvalue().count("not_prepared") == 1


def test_the_sdk_pauses_otherwise_after_each_restore(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks: list[Callable[[], None]] = []
    runtime = ModuleType("snapshot_restore_py")
    monkeypatch.setattr(runtime, "register_after_restore", hooks.append, raising=False)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    startup.prepare()
    snapshot = random.getstate()

    def restored() -> float:
        random.setstate(snapshot)
        for hook in hooks:
            hook()
        return random.random()

    assert len({restored() for _ in range(5)}) == 5


def test_two_that_were_restored_do_not_repeat_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    monkeypatch.setattr(pauses.time, "sleep", paused.append)
    snapshot = random.getstate()

    for _ in range(5):
        random.setstate(snapshot)
        pauses.pause_before_retry(5)

    assert len(set(paused)) == 5
