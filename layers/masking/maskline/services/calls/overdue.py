"""Settle calls about which the carrier should have reported by now and did not."""

import time
from collections.abc import Iterable

from maskline import clock
from maskline.domain.calls.interaction import (
    Interaction,
    after_report,
    lost_from,
    news,
    session_after,
)
from maskline.domain.calls.report import CallReport, Side, silence
from maskline.domain.sessions.session import Session
from maskline.observability import log_failure, logger
from maskline.services.calls.carrier_records import end_call, read_record
from maskline.services.calls.place import give_up_order
from maskline.services.retrying import until_written
from maskline.services.sessions.end import Sweep
from maskline.store import keys
from maskline.store.calls import reports

# Of the minute after which the next run starts.
_ASKING_SECONDS = 10.0


def give_up_overdue_calls(shards: Iterable[int] = keys.ALL_SHARDS) -> Sweep:
    """Tell the end of calls of some shards that nothing more is heard of.

    One that fails holds up no other. A carrier that takes long is asked about a few calls only.
    """
    asks_until = time.monotonic() + _ASKING_SECONDS
    results = [
        _given_up_safely(*place, asks_until)
        for place in reports.list_overdue(clock.now_ms(), shards)
    ]
    return Sweep(told=results.count(True), failed=results.count(None))


def _given_up_safely(session_uuid: str, call_uuid: str, asks_until: float) -> bool | None:
    try:
        if call_uuid:
            return _give_up_call(session_uuid, call_uuid, asks=time.monotonic() < asks_until)
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


def _records(session: Session, interaction: Interaction) -> list[CallReport]:
    """The ends that the carrier knows of. A call beyond its limit is ended, if it is still on."""
    if interaction.ended_at is None:
        end_call(session, interaction)
    legs = ((Side.CALLER, interaction.caller), (Side.CALLEE, interaction.callee))
    found = [
        read_record(session, interaction, side)
        for side, leg in legs
        if leg.status.is_open and not leg.is_reported
    ]
    return [one for one in found if one]


def _give_up_call(session_uuid: str, call_uuid: str, *, asks: bool) -> bool:
    """Tell the end of a call that is over, with what is known; whether it was told now.

    The carrier's own records say how it ended, if they can be had.
    """
    found = reports.read_call(session_uuid, call_uuid)
    if found is None or not _is_due(*found, clock.now_ms()):
        return False
    recorded = _records(*found) if asks else []

    def attempt() -> bool:
        now = clock.now_ms()
        found = reports.read_call(session_uuid, call_uuid)
        if found is None:
            return False
        session, before = found
        if not _is_due(session, before, now):
            return False
        after = before
        for report in (*recorded, silence(Side.CALLEE), silence(Side.CALLER)):
            after = after_report(after, report, now)
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
