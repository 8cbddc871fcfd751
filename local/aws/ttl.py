"""Time to live as DynamoDB does it: expired items go, and the stream says that the service did it.

The engine's own reaper leaves no stream record. Here the sweeper deletes an expired item like
anybody else, and the stream's reader adds the service's identity to the record of that deletion,
which so keeps its place in the stream's order.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from local.aws.engine import Engine
from local.sources.worker import Worker

SERVICE_IDENTITY = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
SWEEP_SECONDS = 20.0

# DynamoDB takes a time that far back for a mistake and keeps the item.
_OLDEST_SECONDS = 5 * 365 * 86_400


class TtlSweeper(Worker):
    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        super().__init__("time to live", pause=SWEEP_SECONDS)
        self._engine = engine
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._removed: Counter[str] = Counter()

    def step(self) -> bool:
        self.sweep()
        return False

    def sweep(self) -> int:
        """Delete what has expired by now; how many items that was."""
        now = self._now_ms() // 1000
        return sum(self._remove(key, now) for key in self._expired(now))

    def mark(self, records: Iterable[dict[str, Any]]) -> None:
        """Add the service's identity to the records of the sweeper's own deletions."""
        with self._lock:
            for record in records:
                if record["eventName"] == "REMOVE":
                    image = _fingerprint(record["dynamodb"].get("OldImage", {}))
                    if self._removed[image] > 0:
                        self._removed[image] -= 1
                        record["userIdentity"] = dict(SERVICE_IDENTITY)
            self._removed = +self._removed

    def _expired(self, now: int) -> list[dict[str, Any]]:
        client = self._engine.client("dynamodb")
        names = [entry["AttributeName"] for entry in self._engine.deployment.table["KeySchema"]]
        keys = {f"#k{index}": name for index, name in enumerate(names)}
        pages = client.get_paginator("scan").paginate(
            TableName=self._engine.table_name,
            FilterExpression=_IS_EXPIRED,
            ProjectionExpression=",".join(keys),
            ExpressionAttributeNames=keys | self._ttl_name(),
            ExpressionAttributeValues=_bounds(now),
        )
        return [item for page in pages for item in page["Items"]]

    def _remove(self, key: dict[str, Any], now: int) -> bool:
        with self._lock:
            try:
                answer = self._engine.client("dynamodb").delete_item(
                    TableName=self._engine.table_name,
                    Key=key,
                    ConditionExpression=_IS_EXPIRED,
                    ExpressionAttributeNames=self._ttl_name(),
                    ExpressionAttributeValues=_bounds(now),
                    ReturnValues="ALL_OLD",
                )
            except ClientError as error:
                if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                    return False
                raise
            self._removed[_fingerprint(answer["Attributes"])] += 1
            return True

    def _ttl_name(self) -> dict[str, str]:
        return {"#ttl": self._engine.deployment.ttl_attribute}


# The bounds are numbers, so a time of another type never compares: DynamoDB ignores those too.
_IS_EXPIRED = "#ttl BETWEEN :oldest AND :now"


def _bounds(now: int) -> dict[str, Any]:
    return {":now": {"N": str(now)}, ":oldest": {"N": str(now - _OLDEST_SECONDS)}}


def _fingerprint(image: dict[str, Any]) -> str:
    return json.dumps(image, sort_keys=True, default=str)
