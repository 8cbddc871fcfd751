"""Every minute: move live sessions off the numbers that an operator called unhealthy."""

from typing import Any

from maskline.observability import discreet, logger
from maskline.services.replace_numbers import Outcome, replace_unhealthy_numbers


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer the schedule."""
    counts = replace_unhealthy_numbers()
    logger.info(
        "replacement done",
        event="replacement_done",
        moved=counts[Outcome.MOVED],
        pending=counts[Outcome.PENDING],
    )
