"""Sends given-up callbacks again. Invoked by the operator, with `{"limit": 1000}` or nothing."""

from typing import Any

from maskline import aws
from maskline.callbacks.queues import replay
from maskline.config import settings
from maskline.observability import discreet, logger

_DEFAULT_LIMIT = 1000


@discreet
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Answers how many were moved: fewer than the limit once the dead-letter queue is empty."""
    moved = replay(
        aws.client("sqs"),
        source_url=settings().callback_dead_letter_queue_url,
        target_url=settings().callback_queue_url,
        limit=int(event.get("limit", _DEFAULT_LIMIT)),
    )
    logger.info("callbacks replayed", event="callbacks_replayed", count=moved)
    return {"moved": moved}
