"""What passes through the table's stream when nothing else does: who reads it is seen to do so."""

from maskline.store import keys, table


def beat(now: int) -> None:
    """Write the heartbeat, each time another: a write that changes nothing is not in the stream."""
    table.put({**keys.HEARTBEAT, "item": "heartbeat", "at": now})
