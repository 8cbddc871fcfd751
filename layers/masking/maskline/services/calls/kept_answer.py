"""Answer a caller, and note why they were not connected.

The decision on a call that is connected is written with its conversation. Any other costs a write
of its own, which is worth a moment of a caller's waiting and never the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from maskline.config import settings
from maskline.domain.calls.plan import CallPlan
from maskline.domain.why.decision import Decision
from maskline.observability import logger
from maskline.store import table
from maskline.store.calls.by_id import keep


@dataclass(frozen=True, slots=True)
class Answer:
    """The plan for the carrier, and the session whose follow-up URLs belong to it, "" for none.

    `pin_attempt` numbers the attempt that a CollectPin asks for, from 0.
    """

    plan: CallPlan
    session_uuid: str = ""
    pin_attempt: int = 0


def keep_why(
    account_id: str, decision: Decision, *, subaccount_id: str = "", refines: bool = False
) -> None:
    """Store a decision, as `by_id.keep`, if that is possible at once. Raises nothing."""
    if account_id:
        at_once(
            lambda: keep(account_id, decision, subaccount_id=subaccount_id, refines=refines),
        )


def at_once(write: Callable[[], None]) -> None:
    """Write a decision while a caller waits. Raises nothing.

    What takes too long is written, if at all, while the caller hears the answer.
    """
    try:
        table.within(settings().why_patience_seconds, write)
    except table.ConditionFailedError:
        # A repeated webhook, or one that was overtaken: what was decided first stands.
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is another matter
        logger.warning(
            "decision not kept", event="decision_not_kept", error_type=type(error).__name__
        )
