"""What a function does while Lambda starts it, so that nobody waits for it afterwards."""

import gc
from collections.abc import Callable

from maskline import aws
from maskline.config import runs_in_lambda
from maskline.observability import log_failure


def prepare(*reads: Callable[[], object]) -> None:
    """Make the client of the table, and do what the first request would do and keep.

    A snapshot of the function holds all of it. Nothing is lost if a read fails: the request that
    needs it reads it then. Connections do not outlive a snapshot: the SDK makes them anew.
    """
    if not runs_in_lambda():
        return
    try:
        aws.client("dynamodb")
        for read in reads:
            read()
    except Exception as error:  # noqa: BLE001 - a function that starts slowly is better than none
        log_failure("not prepared", error, event="not_prepared")
    # All that was made so far stays: the collector need not walk it while somebody waits.
    gc.freeze()
