"""Every minute: tell the timeout of the sessions whose time is over."""

from typing import Any

from maskline.observability import discreet, logger
from maskline.services.end_session import time_out_due_sessions


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer the schedule."""
    told = time_out_due_sessions()
    logger.info("sweep done", event="sweep_done", timed_out=told)
