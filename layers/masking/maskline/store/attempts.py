"""Progress of a message, while its next event waits for its next request in the queue.

Counted by the queue's own name for the message: an event that is replayed has a new one, and starts
with fresh attempts.
"""

from maskline.store import keys, table
from maskline.store.codec import encode

# Longer than the queue keeps the message.
_KEPT_SECONDS = 15 * 86_400


def read_progress(session_uuid: str, message_id: str) -> tuple[int, int]:
    """Return the number of events that are done with, and of failed requests for the next one.

    Strongly consistent.
    """
    record = table.get(keys.attempts(session_uuid, message_id))
    return (record["done"], record["failed"]) if record else (0, 0)


def keep_progress(session_uuid: str, message_id: str, progress: tuple[int, int], now: int) -> None:
    """Remember what `read_progress` is to return. Raises table.ConflictError if it may not."""
    done, failed = progress
    table.update(
        keys.attempts(session_uuid, message_id),
        UpdateExpression="SET done = :done, failed = :failed, #item = :item, #ttl = :ttl",
        ExpressionAttributeNames={"#item": "item", "#ttl": "ttl"},
        ExpressionAttributeValues=encode(
            {
                ":done": done,
                ":failed": failed,
                ":item": "attempts",
                ":ttl": now // 1000 + _KEPT_SECONDS,
            }
        ),
    )
