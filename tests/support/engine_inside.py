"""The local AWS inside the tests' process: the whole SDK and the whole engine, with no socket.

A call costs half of what it costs over HTTP to a process of its own, which tests/e2e, the local
stack and the benchmarks use.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from local.aws.aws_process import AwsProcess, engine_environment, keep_the_rules
from local.aws.engine import Engine

# No free port is ever this one: it is below those that are given out.
_PORT = 4566
ENDPOINT = f"http://127.0.0.1:{_PORT}"
# The engine answers one request after the other, as its own process does.
_ONE_AT_A_TIME = threading.Lock()


class _Inside(AwsProcess):
    """The engine without a process of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.port = _PORT

    def start(self) -> None:
        _services()

    def stop(self) -> None:
        for service in _services().values():
            service.reset()


@contextmanager
def engine_inside() -> Iterator[Engine]:
    """Run the engine here. Requests of the SDK to anybody else go where they went before."""
    send = URLLib3Session.send

    def answered(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        if not request.url.startswith(f"{ENDPOINT}/"):
            return send(session, request)
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        status, sent, content = answer_of(headers, _bytes(request.body))
        return AWSResponse(request.url, status, sent, _Raw(_bytes(content)))

    with patch.object(URLLib3Session, "send", answered), Engine(process=_Inside()) as engine:
        yield engine


def answer_of(headers: Mapping[str, str], body: bytes) -> Any:
    """Return status, headers and body of what the engine answers."""
    service = _services()[headers["x-amz-target"].partition(".")[0]]
    with _ONE_AT_A_TIME:
        return _finished(service.handle_request("POST", "/", headers, _without_wait(body), {}))


@cache
def _services() -> dict[str, Any]:
    """Return the engine's modules by the first part of the header X-Amz-Target."""
    # They read the environment when they are imported.
    os.environ.update(engine_environment(_PORT))
    from ministack.services import dynamodb, dynamodb_streams, kms, secretsmanager, sqs

    keep_the_rules(dynamodb)
    return {
        "DynamoDB_20120810": dynamodb,
        "DynamoDBStreams_20120810": dynamodb_streams,
        "TrentService": kms,
        "secretsmanager": secretsmanager,
        "AmazonSQS": sqs,
    }


class _Raw(BytesIO):
    """A body as the SDK reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""


def _without_wait(body: bytes) -> bytes:
    """Return a request that does not wait for messages: while it is answered, nobody sends one."""
    if b'"WaitTimeSeconds"' not in body:
        return body
    return json.dumps({**json.loads(body), "WaitTimeSeconds": 0}).encode()


def _finished(answer: Any) -> Any:
    """Return the result of a coroutine that waits for nothing."""
    try:
        answer.send(None)
    except StopIteration as stopped:
        return stopped.value
    raise AssertionError("the engine wants to wait")
