"""Queue event source mappings: messages of a queue, in batches, to a function."""

import contextlib
import threading
import time
from typing import Any

from botocore.exceptions import ClientError

from local.aws.declarations import EventSourceMapping
from local.aws.engine import Engine, queue_arn
from local.aws.runtime import HandlerError, Runtime
from local.aws.template import REGION
from local.sources.worker import Worker
from maskline import clock

# As many batches at a time; a FIFO queue itself holds back the rest of a group in progress.
MAX_CONCURRENCY = 32

_LAST_WORK_SECONDS = 2.0

Message = dict[str, Any]


class QueuePoller(Worker):
    """A failed message is left alone: it comes back when its visibility timeout is over, which
    the handler may have changed, or goes to the dead-letter queue by the queue's own rule."""

    def __init__(self, mapping: EventSourceMapping, engine: Engine, runtime: Runtime) -> None:
        super().__init__(f"queue to {mapping.function}", pause=0.05)
        self._mapping = mapping
        self._runtime = runtime
        self._queue_url = engine.queue_urls[mapping.source]
        self._sqs = engine.client("sqs")
        self._free = threading.Semaphore(MAX_CONCURRENCY)
        self._active = 0
        self._waiting: dict[str, str] = {}
        self._count_lock = threading.Lock()

    def step(self) -> bool:
        if not self._free.acquire(timeout=0.2):
            return True
        batch = self._receive()
        if not batch:
            self._free.release()
            return self._active > 0 and self._nap()
        self._count(1)
        # Daemon threads and no pool: a customer's slow URL must not hold up the end of the process.
        threading.Thread(target=self._work, args=(batch,), daemon=True).start()
        return True

    def release(self) -> None:
        """Let the messages that failed and wait for their next attempt come at once."""
        for handle in list(self._waiting.values()):
            # Meanwhile it may have come by itself, or gone to the dead-letter queue.
            with contextlib.suppress(ClientError):
                self._sqs.change_message_visibility(
                    QueueUrl=self._queue_url, ReceiptHandle=handle, VisibilityTimeout=0
                )

    def join(self) -> None:
        super().join()
        deadline = time.monotonic() + _LAST_WORK_SECONDS
        while self._active and time.monotonic() < deadline:
            time.sleep(self._pause)

    def _nap(self) -> bool:
        self._stopping.wait(self._pause)
        return True

    def _receive(self) -> list[Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(self._mapping.batch_size, 10),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[Message] = answer.get("Messages", [])
        return messages

    def _work(self, batch: list[Message]) -> None:
        try:
            failed = self._invoke(batch)
            for message in batch:
                self._settle(message, has_failed=message["MessageId"] in failed)
        finally:
            self._count(-1)
            self._free.release()

    def _settle(self, message: Message, *, has_failed: bool) -> None:
        identifier, handle = message["MessageId"], message["ReceiptHandle"]
        if has_failed:
            self._waiting[identifier] = handle
        else:
            self._waiting.pop(identifier, None)
            self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=handle)

    def _invoke(self, batch: list[Message]) -> set[str]:
        """The ids of the messages that are to come again."""
        everything = {message["MessageId"] for message in batch}
        arn = queue_arn(self._queue_url)
        event = {"Records": [_lambda_record(message, arn) for message in batch]}
        try:
            answer = self._runtime.invoke(self._mapping.function, event)
        except HandlerError:
            return everything
        if not self._mapping.reports_item_failures:
            return set()
        failures = (answer or {}).get("batchItemFailures") or []
        failed = {str(failure.get("itemIdentifier")) for failure in failures}
        # Lambda takes an answer that names an unknown message for a failure of the whole batch.
        return failed if failed <= everything else everything

    def _count(self, change: int) -> None:
        with self._count_lock:
            self._active += change


def _lambda_record(message: Message, arn: str) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": _in_the_services_time(message.get("Attributes", {})),
        "messageAttributes": {
            name: {key[0].lower() + key[1:]: part for key, part in value.items()}
            for name, value in attributes.items()
        },
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def _in_the_services_time(attributes: dict[str, str]) -> dict[str, str]:
    """The queue keeps real time: for a service whose clock was moved a message is as old as it is.

    Otherwise it would be as old as the time that was spared.
    """
    moved_ms = clock.now_ms() - time.time_ns() // 1_000_000
    return attributes | {"SentTimestamp": str(int(attributes["SentTimestamp"]) + moved_ms)}
