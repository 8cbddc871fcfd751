"""Every minute: tell the timeout of the sessions whose time is over."""

from typing import Any

from maskline.observability import discreet, logger
from maskline.services.end_session import time_out_due_sessions


class SweepIncompleteError(Exception):
    """Some timeouts could not be told: an error of the function, so that its alarm counts it."""


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer the schedule."""
    sweep = time_out_due_sessions()
    logger.info("sweep done", event="sweep_done", timed_out=sweep.told)
    if sweep.failed:
        raise SweepIncompleteError(f"{sweep.failed} timeouts are still to be told")
