"""Every minute: tell what no request tells, that time is over or a call not heard of any more."""

from typing import Any

from maskline.observability import discreet, logger
from maskline.services.calls.carrier_records import add_late_prices
from maskline.services.calls.overdue import give_up_overdue_calls
from maskline.services.sessions.end import time_out_due_sessions
from maskline.store import keys


class SweepIncompleteError(Exception):
    """Something could not be told: an error of the function, so that its alarm counts it."""


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer a schedule, which names the shards that it looks after; without any, all."""
    shards = event.get("shards", keys.ALL_SHARDS)
    sweep = time_out_due_sessions(shards)
    calls = give_up_overdue_calls(shards)
    priced = add_late_prices(shards)
    logger.info(
        "sweep done",
        event="sweep_done",
        timed_out=sweep.told,
        calls_given_up=calls.told,
        calls_priced=priced,
    )
    if sweep.failed or calls.failed:
        raise SweepIncompleteError(f"{sweep.failed} timeouts and {calls.failed} calls are left")
