"""Carries the events of every session write from the table's stream to the callback queue."""

from typing import Any

from maskline import aws
from maskline.callbacks.messages import MALFORMED, SealedMessage, messages_in
from maskline.callbacks.queues import send_in_order
from maskline.config import settings
from maskline.observability import discreet, logger
from maskline.store.codec import decode


@discreet
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Reports the first record that was not sent in full: the stream repeats from there."""
    outgoing = [
        (record["dynamodb"]["SequenceNumber"], message)
        for record in event["Records"]
        for message in _messages(record)
    ]
    messages = [message for _, message in outgoing]
    unsent = send_in_order(aws.client("sqs"), settings().callback_queue_url, messages)
    if not unsent:
        return {"batchItemFailures": []}
    logger.warning("events were not accepted", event="events_unsent", count=len(unsent))
    return {"batchItemFailures": [{"itemIdentifier": outgoing[min(unsent)][0]}]}


def _messages(record: dict[str, Any]) -> list[SealedMessage]:
    """A record that makes no sense now never will: it must not hold up its shard for ever."""
    images = record["dynamodb"]
    try:
        before = decode(images.get("OldImage", {}))
        return messages_in(
            decode(images.get("NewImage", {})), already_told=before.get("sequence", 0)
        )
    except MALFORMED as error:
        # Not the traceback: its last line may quote a number.
        logger.error(
            "a stream record makes no sense",
            event="poison_record",
            stream_event_id=record.get("eventID"),
            error=type(error).__name__,
        )
        return []
