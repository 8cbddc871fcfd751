"""Sends given-up callbacks again, and the events of records that could not be read at first.

Invoked by the operator, with `{"limit": 1000}` or nothing.
"""

import json
from typing import Any

from maskline import aws
from maskline.callbacks.messages import MALFORMED, message_of
from maskline.callbacks.queues import Message, drain, replay, send_in_order
from maskline.config import settings
from maskline.observability import discreet, log_failure, logger
from maskline.store.sessions.outbox import events_in
from maskline.store.sessions.stream_images import session_image

_DEFAULT_LIMIT = 1000


@discreet
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Answers how many callbacks were moved, and of how many records the events were sent.

    Together they are below the limit once the queues have no more that can be sent.
    """
    sqs, limit = aws.client("sqs"), int(event.get("limit", _DEFAULT_LIMIT))
    moved = replay(
        sqs,
        source_url=settings().callback_dead_letter_queue_url,
        target_url=settings().callback_queue_url,
        limit=limit,
    )
    unreadable = settings().unreadable_records_queue_url
    published = drain(sqs, unreadable, _is_published, limit=limit - moved)
    logger.info("callbacks replayed", event="callbacks_replayed", count=moved, published=published)
    return {"moved": moved, "published": published}


def _is_published(received: Message) -> bool:
    """Return whether all events of a record that was put aside are sent now."""
    try:
        message = message_of(json.loads(received["Body"]), session_image, events_in)
    except MALFORMED as error:
        log_failure("a record still makes no sense", error, event="poison_record")
        return False
    messages = [message] if message else []
    return not send_in_order(aws.client("sqs"), settings().callback_queue_url, messages)
