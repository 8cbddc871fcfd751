"""Settle calls about which the carrier should have reported by now and did not."""

from collections.abc import Iterable

from maskline import clock
from maskline.domain.calls.interaction import (
    Interaction,
    after_report,
    lost_from,
    news,
    session_after,
)
from maskline.domain.calls.report import Side, silence
from maskline.domain.sessions.session import Session
from maskline.observability import log_failure, logger
from maskline.services.calls.place import give_up_order
from maskline.services.retrying import until_written
from maskline.services.sessions.end import Sweep
from maskline.store import keys
from maskline.store.calls import reports


def give_up_overdue_calls(shards: Iterable[int] = keys.ALL_SHARDS) -> Sweep:
    """Tell the end of calls of some shards that nothing more is heard of.

    One that fails holds up no other.
    """
    results = [_given_up_safely(*place) for place in reports.list_overdue(clock.now_ms(), shards)]
    return Sweep(told=results.count(True), failed=results.count(None))


def _given_up_safely(session_uuid: str, call_uuid: str) -> bool | None:
    try:
        if call_uuid:
            return _give_up_call(session_uuid, call_uuid)
        return give_up_order(session_uuid)
    except Exception as error:  # noqa: BLE001 - whatever one call's trouble is
        log_failure(
            "call not given up", error, event="call_not_given_up", session_uuid=session_uuid
        )
        return None


def _is_due(session: Session, interaction: Interaction, now: int) -> bool:
    if interaction.ended_at is None:
        return now >= lost_from(session, interaction.call_uuid, interaction.started_at)
    return interaction.overdue_at is not None and now >= interaction.overdue_at


def _give_up_call(session_uuid: str, call_uuid: str) -> bool:
    """Tell the end of a call that is over, with what is known; whether it was told now."""

    def attempt() -> bool:
        now = clock.now_ms()
        found = reports.read_call(session_uuid, call_uuid)
        if found is None:
            return False
        session, before = found
        if not _is_due(session, before, now):
            return False
        after = after_report(before, silence(Side.CALLEE), now)
        if not before.caller.status.is_final:
            after = after_report(after, silence(Side.CALLER), now)
        told = news(before, after, now)
        changed = session_after(session, before, after, told)
        reports.save_call((changed, after), told, now=now)
        return True

    is_told = until_written(attempt)
    if is_told:
        logger.warning(
            "call given up",
            event="call_given_up",
            call_uuid=call_uuid,
            session_uuid=session_uuid,
        )
    return is_told
