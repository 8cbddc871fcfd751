"""Do beforehand, while Lambda starts a function, what a caller would wait for."""

import gc
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from maskline import aws
from maskline.config import is_made_for_a_snapshot, runs_in_lambda
from maskline.observability import log_failure

# A role's policy may take seconds to hold everywhere, and a snapshot is kept as it was made. Lambda
# gives its making 130 seconds, in which nobody waits.
_PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = 1.0


def prepare(*reads: Callable[[], object]) -> None:
    """Make the client of the table, and do what the first request would do and keep.

    A snapshot of the function holds all of it. Nothing is lost if a read fails: the request that
    needs it reads it then.
    """
    if not runs_in_lambda():
        return
    until = time.monotonic() + (_PATIENCE_SECONDS if is_made_for_a_snapshot() else 0)
    while (error := _failure(reads)) and time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)
    if error:
        log_failure("not prepared", error, event="not_prepared")
    if is_made_for_a_snapshot():
        # No connection outlives it. One that is gone without a word costs the first caller the
        # whole read time-out.
        aws.disconnect()
        _draw_anew_after_restores()
    # All that was made so far stays: the collector need not walk it while somebody waits.
    gc.freeze()


def _failure(reads: Sequence[Callable[[], object]]) -> Exception | None:
    try:
        aws.client("dynamodb")
        for read in reads:
            read()
    except Exception as error:  # noqa: BLE001 - a function that starts slowly is better than none
        return error
    return None


def _draw_anew_after_restores() -> None:
    """Have the SDK's pauses differ: all that start from one snapshot would draw the same ones."""
    # Lambda's runtime brings it (docs.aws.amazon.com, "Lambda SnapStart runtime hooks for Python").
    with suppress(ImportError):
        from snapshot_restore_py import register_after_restore

        register_after_restore(random.seed)
