"""The local AWS within this process: the same engine, a tenth of the time for each call.

Thousands of schedules are played, of a hundred calls each. What is left out is between us and the
engine: signing, HTTP and the SDK's serialization, which the other tests cover.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from local.engine import Engine
from tests.aws_calls import replaced_calls

_HOST = "127.0.0.1:4566"


class _NoProcess:
    """In place of the child process."""

    endpoint = f"http://{_HOST}"
    pid = None

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        for service in _services().values():
            service.reset()


class EngineAtHand(Engine):
    """`Engine`, reached by calling its functions: every client in this process leads here."""

    def __init__(self) -> None:
        super().__init__()
        self._process = _NoProcess()  # type: ignore[assignment] # all of it that is used


@contextmanager
def engine_at_hand() -> Iterator[EngineAtHand]:
    with replaced_calls(lambda _: _call), EngineAtHand() as engine:
        yield engine


def _call(client: Any, operation: str, parameters: Any) -> Any:
    """Stands in for the SDK's call: what it returns or raises."""
    service = client.meta.service_model.service_name
    headers = {"x-amz-target": f"{_TARGETS[service]}.{operation}", "host": _HOST}
    body = json.dumps(parameters, default=_in_base64).encode()
    status, _, answer = _finished(
        _services()[service].handle_request("POST", "/", headers, body, {})
    )
    content = json.loads(answer or b"{}", object_hook=_with_bytes)
    metadata = {"HTTPStatusCode": status}
    if status < 300:
        return {**content, "ResponseMetadata": metadata}
    code = str(content.get("__type", "")).rpartition("#")[2]
    message = content.get("message") or content.get("Message", "")
    response = {**content, "Error": {"Code": code, "Message": message}}
    error = client.exceptions.from_code(code) or ClientError
    raise error({**response, "ResponseMetadata": metadata}, operation)


# What is binary on the wire: DynamoDB's type B, and what KMS wraps and unwraps.
_BINARY = {"B", "CiphertextBlob", "Plaintext"}


def _in_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _with_bytes(part: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base64.b64decode(value) if name in _BINARY and isinstance(value, str) else value
        for name, value in part.items()
    }


_TARGETS = {
    "dynamodb": "DynamoDB_20120810",
    "dynamodbstreams": "DynamoDBStreams_20120810",
    "kms": "TrentService",
    "secretsmanager": "secretsmanager",
    "sqs": "AmazonSQS",
}


def _services() -> dict[str, Any]:
    from ministack.services import dynamodb, dynamodb_streams, kms, secretsmanager, sqs

    return {
        "dynamodb": dynamodb,
        "dynamodbstreams": dynamodb_streams,
        "kms": kms,
        "secretsmanager": secretsmanager,
        "sqs": sqs,
    }


def _finished(answer: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        answer.send(None)
    except StopIteration as stopped:
        return stopped.value
    raise AssertionError("the engine wants to wait")
