"""Receive callbacks with an AWS Lambda function behind a function URL or an HTTP API (payload 2.0).

INBOX names a DynamoDB table with the keys `session_uuid` (string) and `sequence` (number), and with
`expires_at` as its TTL. Read it in order, or have its stream start a function that does the work.
"""

import base64
import os
import time
from typing import Any

import boto3
from maskline_callbacks import ForgedError, verified

_KEPT_SECONDS = 30 * 24 * 3600
_inbox = boto3.resource("dynamodb").Table(os.environ["INBOX"])


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    method = event["requestContext"]["http"]["method"]
    try:
        # Header names are in lower case here already.
        callback = verified(method, event.get("rawQueryString", ""), event["headers"], raw)
    except ForgedError:
        return {"statusCode": 401}
    fields = callback.fields
    try:
        _inbox.put_item(
            Item={
                "session_uuid": fields["SessionUUID"],
                "sequence": int(fields["SequenceNumber"]),
                "webhook_id": callback.id,
                "fields": fields,
                "expires_at": int(time.time()) + _KEPT_SECONDS,
            },
            ConditionExpression="attribute_not_exists(webhook_id)",
        )
    except _inbox.meta.client.exceptions.ConditionalCheckFailedException:
        # A repetition: the first attempt is kept already.
        return {"statusCode": 204}
    return {"statusCode": 204}
