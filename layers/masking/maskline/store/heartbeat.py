"""The item that passes through the stream when nothing else does, and shows who reads it."""

from maskline.store import keys, table


def beat(now: int) -> None:
    """Write the heartbeat, each time another: a write that changes nothing is not in the stream."""
    table.put({**keys.HEARTBEAT, "item": "heartbeat", "at": now})
