"""Every minute: erase the people whose erasure was ordered, a bounded batch in each run."""

from typing import Any

from maskline.observability import discreet, logger
from maskline.services.erase_person import Erased, carry_out_erasures


class ErasureIncompleteError(Exception):
    """Something could not be erased: an error of the function, so that its alarm counts it."""


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer the schedule."""
    counts = carry_out_erasures()
    logger.info("erasures carried on", event="erasures_carried_on", erased=counts[Erased.ERASED])
    if counts[Erased.FAILED]:
        raise ErasureIncompleteError(f"{counts[Erased.FAILED]} sessions are left")
