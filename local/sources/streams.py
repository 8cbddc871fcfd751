"""Stream event source mappings: one reader of the table's stream, one consumer per mapping."""

import base64
import json
import queue
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local.aws.declarations import EventSourceMapping
from local.aws.engine import Engine
from local.aws.runtime import HandlerError, Runtime
from local.aws.template import REGION
from local.aws.ttl import TtlSweeper
from local.sources.filters import matches_any
from local.sources.worker import Worker

Record = dict[str, Any]

_RETRY_SECONDS = 0.2
_MAX_RETRY_SECONDS = 5.0
_PAGE = 1000
# Where more than two processes read a shard, AWS throttles them:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
MOST_READERS = 2


class StreamReader(Worker):
    """Hands every record of the stream, in order, to all consumers."""

    def __init__(
        self, engine: Engine, sweeper: TtlSweeper, consumers: Sequence["StreamConsumer"]
    ) -> None:
        super().__init__("stream reader")
        if len(consumers) > MOST_READERS:
            names = ", ".join(consumer.name for consumer in consumers)
            raise ValueError(f"AWS lets two mappings read a stream, and there are more: {names}")
        self._engine = engine
        self._sweeper = sweeper
        self._consumers = consumers
        self._iterator: str | None = None
        self._arn = ""

    def step(self) -> bool:
        records = self._next_records()
        if not records:
            return False
        # After the fetch, never before it: the sweeper notes a removal while it holds its lock.
        self._sweeper.mark(records)
        for record in records:
            event = _lambda_record(record, self._arn)
            for consumer in self._consumers:
                consumer.offer(event)
        return True

    def _next_records(self) -> list[Record]:
        streams = self._engine.client("dynamodbstreams")
        try:
            if self._iterator is None:
                self._iterator = self._first_iterator()
            page = streams.get_records(ShardIterator=self._iterator, Limit=_PAGE)
        except ClientError:
            # The table was made anew, and its stream with it.
            self._iterator = None
            return []
        self._iterator = page.get("NextShardIterator")
        records: list[Record] = page["Records"]
        return records

    def _first_iterator(self) -> str:
        streams = self._engine.client("dynamodbstreams")
        self._arn = self._engine.stream_arn()
        stream = streams.describe_stream(StreamArn=self._arn)["StreamDescription"]
        iterator = streams.get_shard_iterator(
            StreamArn=self._arn,
            ShardId=stream["Shards"][0]["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )
        return str(iterator["ShardIterator"])


class StreamConsumer(Worker):
    """Invokes one function with batches of the records that pass its filters.

    Order is kept: a batch that fails is repeated from its lowest failed record, and what follows
    waits, until it succeeds or the mapping's MaximumRetryAttempts are used up.
    """

    def __init__(
        self,
        mapping: EventSourceMapping,
        runtime: Runtime,
        *,
        discard: Callable[[str, str], None],
    ) -> None:
        super().__init__(f"stream to {mapping.function}", pause=0.02)
        self._mapping = mapping
        self._runtime = runtime
        self._discard = discard
        self._waiting: queue.SimpleQueue[Record] = queue.SimpleQueue()

    def offer(self, record: Record) -> None:
        if matches_any(self._mapping.filters, record):
            self._waiting.put(record)

    def step(self) -> bool:
        batch = self._next_batch()
        if not batch:
            return False
        self._process(batch)
        return True

    def _next_batch(self) -> list[Record]:
        batch: list[Record] = []
        while len(batch) < self._mapping.batch_size and not self._waiting.empty():
            batch.append(self._waiting.get())
        return batch

    def _process(self, batch: list[Record]) -> None:
        size = len(batch)
        attempts = 0
        while batch and not self._stopping.is_set():
            done = self._invoke(batch[:size])
            batch = batch[done:]
            if done == size or not batch:
                size, attempts = len(batch), 0
                continue
            tried, size = size, self._next_size(len(batch), size, failed_whole=done == 0)
            # "Splitting a batch does not count towards the retry quota."
            attempts = 0 if done else attempts + (size == tried)
            if self._is_given_up(attempts):
                self._give_up(batch[:size], attempts)
                batch, attempts = batch[size:], 0
                size = len(batch)
            else:
                self._pause_before_retry(attempts)

    def _pause_before_retry(self, attempts: int) -> None:
        self._stopping.wait(min(_RETRY_SECONDS * 2**attempts, _MAX_RETRY_SECONDS))

    def _next_size(self, left: int, size: int, *, failed_whole: bool) -> int:
        bisects = bool(self._mapping.properties.get("BisectBatchOnFunctionError"))
        if failed_whole and bisects:
            return max(1, size // 2)
        return left

    def _invoke(self, batch: list[Record]) -> int:
        """Invoke the function, and count the records from the front that it processed."""
        try:
            answer = self._runtime.invoke(self._mapping.function, {"Records": batch})
        except HandlerError:
            return 0
        if not self._mapping.reports_item_failures:
            return len(batch)
        failures = (answer or {}).get("batchItemFailures") or []
        failed = {failure.get("itemIdentifier") for failure in failures}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        if not failed <= set(numbers):
            return 0
        return next((i for i, number in enumerate(numbers) if number in failed), len(batch))

    def _is_given_up(self, attempts: int) -> bool:
        allowed = int(self._mapping.properties.get("MaximumRetryAttempts", -1))
        return allowed >= 0 and attempts > allowed

    def _give_up(self, batch: list[Record], attempts: int) -> None:
        destination = self._mapping.properties.get("DestinationConfig", {}).get("OnFailure")
        if destination is not None:
            target = destination["Destination"]["Fn::GetAtt"][0]
            self._discard(target, json.dumps(_failure(self._mapping, batch, attempts)))


def _lambda_record(record: Record, stream_arn: str) -> Record:
    """A record of the Streams API in the form that Lambda passes on."""
    change: Record = _in_json(record["dynamodb"])
    created = change["ApproximateCreationDateTime"]
    change["ApproximateCreationDateTime"] = (
        created.timestamp() if isinstance(created, datetime) else created
    )
    event = {**record, "awsRegion": REGION, "eventSourceARN": stream_arn, "dynamodb": change}
    identity = record.get("userIdentity")
    if identity is not None:
        # The Streams API capitalises these two names, the Lambda event does not.
        event["userIdentity"] = {name.lower()[0] + name[1:]: v for name, v in identity.items()}
    return event


def _in_json(value: Any) -> Any:
    """Encode binary values in base64, as Lambda hands them over."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {name: _in_json(part) for name, part in value.items()}
        case list():
            return [_in_json(part) for part in value]
    return value


def _failure(mapping: EventSourceMapping, batch: list[Record], attempts: int) -> dict[str, Any]:
    """Build the message that Lambda sends to a mapping's failure destination."""
    return {
        "version": "1.0",
        "timestamp": datetime.fromtimestamp(time.time(), UTC).isoformat(),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": mapping.function,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": attempts,
        },
        "DDBStreamBatchInfo": {
            "startSequenceNumber": batch[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": batch[-1]["dynamodb"]["SequenceNumber"],
            "batchSize": len(batch),
            "streamArn": batch[0]["eventSourceARN"],
        },
    }
