"""The engine in this process, called past the SDK: a third of the time for each call.

What is left out is the SDK's validation, signing, retries, events and parsing. They are part of
the day that tests/support/evidence.py plays, in which every function makes every call of its own,
of the tests that are marked `whole_sdk`, and of tests/e2e.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from tests.support.aws_calls import AwsCall, replaced_calls
from tests.support.engine_inside import ENDPOINT, answer_of

_TARGETS = {
    "dynamodb": "DynamoDB_20120810",
    "dynamodbstreams": "DynamoDBStreams_20120810",
    "kms": "TrentService",
    "secretsmanager": "secretsmanager",
    "sqs": "AmazonSQS",
}
# What is binary on the wire: DynamoDB's type B, and what KMS wraps and unwraps.
_BINARY = {"B", "CiphertextBlob", "Plaintext"}


@contextmanager
def sdk_left_out() -> Iterator[None]:
    """Have every client of the engine in this process call it directly."""
    with replaced_calls(_past_the_sdk):
        yield


def _past_the_sdk(call: AwsCall) -> AwsCall:
    def answer(client: Any, operation: str, parameters: Any) -> Any:
        service = _TARGETS.get(client.meta.service_model.service_name)
        if service is None or client.meta.endpoint_url != ENDPOINT:
            return call(client, operation, parameters)
        return _answer(client, service, operation, parameters)

    return answer


def _answer(client: Any, service: str, operation: str, parameters: Any) -> Any:
    """Return or raise what the SDK's call does."""
    target = f"{service}.{operation}"
    body = json.dumps(parameters, default=_in_base64).encode()
    status, _, answer = answer_of({"x-amz-target": target, "host": "127.0.0.1"}, body)
    content = json.loads(answer or b"{}", object_hook=_with_bytes)
    metadata = {"HTTPStatusCode": status}
    if status < 300:
        return {**content, "ResponseMetadata": metadata}
    code = str(content.get("__type", "")).rpartition("#")[2]
    message = content.get("message") or content.get("Message", "")
    response = {**content, "Error": {"Code": code, "Message": message}}
    error = client.exceptions.from_code(code) or ClientError
    raise error({**response, "ResponseMetadata": metadata}, operation)


def _in_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _with_bytes(part: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base64.b64decode(value) if name in _BINARY and isinstance(value, str) else value
        for name, value in part.items()
    }
