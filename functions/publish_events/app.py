"""Carries events of sessions, and orders of calls, from the table's stream to their queues."""

from typing import Any

from maskline import aws
from maskline.callbacks.messages import MALFORMED, SealedMessage, message_of
from maskline.callbacks.queues import keep_unreadable, pass_on_order, send_in_order
from maskline.config import settings
from maskline.observability import discreet, log_failure, logger
from maskline.store.sessions.outbox import events_in
from maskline.store.sessions.stream_images import session_image


@discreet
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Reports the first record that is neither sent in full nor put aside.

    The stream repeats from there.
    """
    outgoing, left = _read(event["Records"])
    messages = [message for _, message in outgoing]
    unsent = send_in_order(aws.client("sqs"), settings().callback_queue_url, messages)
    if unsent:
        logger.warning("events were not accepted", event="events_unsent", count=len(unsent))
        left = outgoing[min(unsent)][0]
    return {"batchItemFailures": [{"itemIdentifier": left}] if left else []}


def _read(records: list[dict[str, Any]]) -> tuple[list[tuple[str, SealedMessage]], str]:
    """Messages with the sequence numbers of their records, and the record that ends them, if any.

    A record that makes no sense is put aside, so that it does not hold up its shard for ever: a
    later release may read it. Where that fails it does.
    """
    outgoing: list[tuple[str, SealedMessage]] = []
    for record in records:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            pass_on_order(aws.client("sqs"), settings().call_order_queue_url, record)
            message = message_of(record, session_image, events_in)
            outgoing += [(number, message)] if message else []
        except MALFORMED as error:
            log_failure(
                "a stream record makes no sense",
                error,
                event="poison_record",
                stream_event_id=record["eventID"],
            )
            if not _is_put_aside(record):
                return outgoing, number
    return outgoing, ""


def _is_put_aside(record: dict[str, Any]) -> bool:
    try:
        keep_unreadable(aws.client("sqs"), settings().unreadable_records_queue_url, record)
    except Exception as error:  # noqa: BLE001 - whatever the queue's trouble is
        log_failure("a record was not put aside", error, event="record_not_put_aside")
        return False
    return True
