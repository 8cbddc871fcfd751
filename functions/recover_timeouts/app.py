"""Tell the timeout of a session whose route TTL removed or another session took over.

It was told already, unless the sweep did not run.
"""

from typing import Any

from maskline.observability import discreet
from maskline.services.sessions.end import time_out_session


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer a batch of stream records. A failure makes the stream repeat the batch, harmlessly.

    The heartbeat among them is of no session.
    """
    for record in event["Records"]:
        images = record["dynamodb"]
        before, after = _session_uuid(images.get("OldImage")), _session_uuid(images.get("NewImage"))
        if before and before != after:
            time_out_session(before, by="collector")


def _session_uuid(image: dict[str, Any] | None) -> str:
    return str(image["session_uuid"]["S"]) if image and image["item"]["S"] == "route" else ""
