"""Every minute: move live sessions off the numbers that an operator called unhealthy.

And write what shows that the table's stream is read.
"""

from typing import Any

from maskline import clock
from maskline.observability import discreet, logger
from maskline.services.numbers.replace import Moved, replace_unhealthy_numbers
from maskline.store import heartbeat


class ReplacementIncompleteError(Exception):
    """Something could not be moved: an error of the function, so that its alarm counts it."""


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer the schedule."""
    counts = replace_unhealthy_numbers()
    heartbeat.beat(clock.now_ms())
    logger.info(
        "replacement done",
        event="replacement_done",
        moved=counts[Moved.MOVED],
        pending=counts[Moved.PENDING],
    )
    if counts[Moved.FAILED]:
        raise ReplacementIncompleteError(f"{counts[Moved.FAILED]} sessions are left")
