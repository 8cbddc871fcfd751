"""The programs of docs/receivers take real callbacks, and nothing else.

A mailbox stands at the public URL and passes on what it got, as a proxy that ends TLS does.
"""

import base64
import http.client
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import boto3
import pytest
from boto3.dynamodb.conditions import Key
from moto import mock_aws

from local.phone.simulator import CarrierSimulator
from tests.e2e.customer import Customer, Received
from tests.e2e.node_sdk import HERE as NODE
from tests.e2e.node_sdk import installed_node
from tests.e2e.people import pair
from tests.e2e.service import free_port
from tests.e2e.wire import Client

RECEIVERS = Path(__file__).resolve().parents[2] / "docs" / "receivers"
PROGRAMS = ["flask_receiver.py", "fastapi_receiver.py", "express_receiver.js"]
EVENTS_OF_A_CALL = 7


@dataclass(frozen=True)
class Delivered:
    """The callbacks of a call by each method, and the URL at which all of them came."""

    url: str
    by_method: dict[str, list[Received]]


@pytest.fixture(scope="module")
def delivered(client: Client, carrier: CarrierSimulator, customer: Customer) -> Delivered:
    mailbox = customer.mailbox()
    for method in ("POST", "GET"):
        first, second = pair()
        url = f"{mailbox.url}?shop=7"
        session = client.create(first, second, callback_url=url, callback_method=method)
        carrier.call(first, session["virtual_number"])
    received = mailbox.wait_for(2 * EVENTS_OF_A_CALL)
    methods = ("POST", "GET")
    return Delivered(
        mailbox.url, {m: [one for one in received if one.method == m] for m in methods}
    )


class Program:
    """A receiver in a process of its own."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        self._port = free_port()
        self._output = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        run = [installed_node()] if name.endswith(".js") else [sys.executable]
        self._process = subprocess.Popen(
            [*run, str(RECEIVERS / name)],
            env={**os.environ, **environment, "PORT": str(self._port)},
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    @property
    def output(self) -> str:
        descriptor = self._output.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode()

    def pass_on(self, request: Received) -> int:
        """The status that it answers."""
        target = urlsplit(request.url)
        headers = {n: v for n, v in request.headers.items() if n not in {"host", "content-length"}}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            path = f"/masking-events?{target.query}"
            connection.request(request.method, path, request.body or None, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def wait_until_up(self) -> None:
        self._wait(self._answers)

    def handled(self, count: int) -> list[list[str]]:
        """The first words of as many lines: session, sequence, event."""
        self._wait(lambda: self.output.count(" Session") >= count)
        return [line.split(" ", 2) for line in self.output.splitlines() if " Session" in line]

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.output
        try:
            return self.pass_on(Received("GET", "http://x/?", {}, b"", 0)) == 401
        except ConnectionError:
            return False

    def _wait(self, is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not is_done():
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._output.close()


@contextmanager
def running(name: str, token: str, url: str, folder: Path) -> Iterator[Program]:
    environment = {
        "AUTH_TOKEN": token,
        "CALLBACK_URL": url,
        "INBOX": str(folder / "inbox.db"),
        "NODE_PATH": str(NODE / "node_modules"),
    }
    program = Program(name, environment)
    try:
        program.wait_until_up()
        yield program
    finally:
        program.close()


def forgeries(real: Received) -> dict[str, Received]:
    """Requests that differ from a real one in what somebody without the token can change."""
    headers = dict(real.headers)
    old = headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 600)}
    unsigned = {name: value for name, value in headers.items() if "signature" not in name}
    changed = replace(real, url=real.url.replace("Duration=", "Duration=9"))
    changed = replace(changed, body=real.body.replace(b"Duration=", b"Duration=9"))
    return {
        "changed": changed,
        "with another query": replace(real, url=real.url.replace("shop=7", "shop=8")),
        "unsigned": replace(real, headers=unsigned),
        "old": replace(real, headers=old),
        "with another id": replace(real, headers=headers | {"webhook-id": "msg_another"}),
        "only V3": replace(real, headers=headers | {"webhook-signature": "v1,AAAA"}),
        "only Standard Webhooks": replace(real, headers=headers | {"x-plivo-signature-v3": "AAAA"}),
        "no text": replace(real, headers=headers | {"webhook-signature": "v1"}),
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_receiver_takes_each_event_once_and_refuses_forgeries(
    name: str, client: Client, delivered: Delivered, tmp_path: Path
) -> None:
    with running(name, client.auth_token, delivered.url, tmp_path) as program:
        for method, requests in delivered.by_method.items():
            for request in requests:
                assert program.pass_on(request) == 204, f"{method} {request.event}"
            assert program.pass_on(requests[0]) == 204, "a repetition"
            for kind, forged in forgeries(requests[-1]).items():
                assert program.pass_on(forged) == 401, f"{method} {kind}: {program.output}"
        handled = program.handled(2 * EVENTS_OF_A_CALL)
        time.sleep(0.5)

        assert program.handled(0) == handled
    sent = [one for requests in delivered.by_method.values() for one in requests]
    expected = [[one.fields["SessionUUID"], str(one.sequence), one.event] for one in sent]
    assert sorted(handled) == sorted(expected)
    for session in {line[0] for line in expected}:
        assert [line[1] for line in handled if line[0] == session] == list("1234567")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_receiver_says_which_event_comes_behind_later_ones(
    name: str, client: Client, delivered: Delivered, tmp_path: Path
) -> None:
    first, *later = delivered.by_method["POST"]
    with running(name, client.auth_token, delivered.url, tmp_path) as program:
        for request in later:
            assert program.pass_on(request) == 204
        program.handled(len(later))
        assert program.pass_on(first) == 204

        handled = program.handled(EVENTS_OF_A_CALL)

    assert [line[1] for line in handled] == list("2345671")
    assert [line for line in handled if "(late)" in line[2]] == handled[-1:]


class Function:
    """The Lambda function, with a table of its own, invoked as a function URL invokes it."""

    KEYS: ClassVar[list[tuple[str, str, str]]] = [
        ("session_uuid", "HASH", "S"),
        ("sequence", "RANGE", "N"),
    ]

    def __init__(self, monkeypatch: pytest.MonkeyPatch, token: str, url: str) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        for name, value in {
            "AWS_DEFAULT_REGION": "eu-central-1",
            "INBOX": "inbox",
            "AUTH_TOKEN": token,
            "CALLBACK_URL": url,
        }.items():
            monkeypatch.setenv(name, value)
        self.table = boto3.resource("dynamodb").create_table(
            TableName="inbox",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind, _ in self.KEYS],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, _, kind in self.KEYS
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        monkeypatch.syspath_prepend(str(RECEIVERS))
        for module in ("maskline_callbacks", "lambda_receiver"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        self._module = importlib.import_module("lambda_receiver")

    def pass_on(self, request: Received, *, is_base64: bool = False) -> int:
        body = base64.b64encode(request.body).decode() if is_base64 else request.body.decode()
        event = {
            "version": "2.0",
            "rawPath": "/masking-events",
            "rawQueryString": urlsplit(request.url).query,
            "headers": dict(request.headers),
            "requestContext": {"http": {"method": request.method, "path": "/masking-events"}},
            "isBase64Encoded": is_base64,
        }
        answer = self._module.handler(event | ({"body": body} if body else {}), None)
        return int(answer["statusCode"])

    def items(self, session_uuid: str) -> list[dict[str, Any]]:
        """The kept events of a session, in order."""
        found = self.table.query(KeyConditionExpression=Key("session_uuid").eq(session_uuid))
        return list(found["Items"])


@mock_aws
def test_the_lambda_function_takes_each_event_once_and_refuses_forgeries(
    client: Client, delivered: Delivered, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = Function(monkeypatch, client.auth_token, delivered.url)

    for method, requests in delivered.by_method.items():
        # The order in which they come does not matter to a table that is read in order.
        for request in reversed(requests):
            is_base64 = request.sequence % 2 == 0
            assert function.pass_on(request, is_base64=is_base64) == 204, f"{method}"
        assert function.pass_on(requests[0]) == 204, "a repetition"
        for kind, forged in forgeries(requests[-1]).items():
            assert function.pass_on(forged) == 401, f"{method} {kind}"
        kept = function.items(requests[0].fields["SessionUUID"])
        assert [item["fields"] for item in kept] == [request.fields for request in requests]
