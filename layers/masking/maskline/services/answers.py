"""What a caller is answered, and that it is kept why they were not connected.

The decision on a call that is connected is written with its conversation. Any other costs a write
of its own, which is not worth a caller's waiting, let alone the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from maskline.domain.call_plan import Announce, Announcement, CallPlan
from maskline.domain.decisions import Decision, carried_out
from maskline.domain.errors import ForgedWebhookError
from maskline.observability import logger
from maskline.store import call_records, table

# What is not written by then is written, if at all, while the caller hears the answer.
PATIENCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """What to tell the carrier, and the session whose follow-up URLs belong to it, "" for none.

    `pin_attempt` numbers the attempt that a CollectPin asks for, from 0. `decision` says why the
    call is not connected; None if it is.
    """

    plan: CallPlan
    session_uuid: str = ""
    pin_attempt: int = 0
    decision: Decision | None = None


def keeping_why(decide: Callable[[], Answer], *, failed: Callable[[], Decision | None]) -> Answer:
    """What `decide` answers, once it is kept why; `failed` says it of our own failure.

    Raises whatever `decide` raises, and nothing else.
    """
    try:
        answer = decide()
    except ForgedWebhookError:
        raise
    except Exception:
        _keep(failed, Announce(Announcement.TRY_AGAIN_LATER))
        raise
    if answer.decision is not None:
        _keep(lambda: answer.decision, answer.plan)
    return answer


def _keep(why: Callable[[], Decision | None], plan: CallPlan) -> None:
    """Store what `why` returns, as far as that is possible at once."""

    def write() -> None:
        decision = why()
        if decision is not None and decision.account_id:
            call_records.keep(carried_out(decision, plan))

    try:
        table.within(PATIENCE_SECONDS, write)
    except table.ConditionFailedError:
        # A repeated webhook, or one that was overtaken: what was decided first stands.
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for their answer
        logger.warning(
            "decision not kept", event="decision_not_kept", error_type=type(error).__name__
        )
