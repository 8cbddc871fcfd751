"""Count the failed requests for an event that waits for its next one in the queue.

Counted by the queue's own name for the message: an event that is replayed has a new one, and starts
with fresh attempts.
"""

from maskline.store import keys, table
from maskline.store.codec import encode

# Longer than the queue keeps the message.
_KEPT_SECONDS = 15 * 86_400


def failed_requests(session_uuid: str, message_id: str) -> int:
    """Those that were counted, strongly consistent."""
    record = table.get(keys.attempts(session_uuid, message_id))
    return record["failed"] if record else 0


def count_failed_request(session_uuid: str, message_id: str, now: int) -> None:
    """Count one more. Raises table.ConflictError if it may not be counted."""
    table.update(
        keys.attempts(session_uuid, message_id),
        UpdateExpression="ADD failed :one SET #item = :item, #ttl = :ttl",
        ExpressionAttributeNames={"#item": "item", "#ttl": "ttl"},
        ExpressionAttributeValues=encode(
            {":one": 1, ":item": "attempts", ":ttl": now // 1000 + _KEPT_SECONDS}
        ),
    )
