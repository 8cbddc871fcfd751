"""When TTL collects a route: tell its session's timeout, in case the sweep did not run."""

from typing import Any

from maskline.observability import discreet
from maskline.services.end_session import time_out_session


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer a batch of stream records. A failure makes the stream repeat the batch, harmlessly."""
    for record in event["Records"]:
        time_out_session(record["dynamodb"]["OldImage"]["session_uuid"]["S"])
