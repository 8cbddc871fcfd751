"""Ending sessions: by the client, and by the clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from maskline import clock
from maskline.domain.accounts import Client
from maskline.domain.calls import events
from maskline.domain.calls.interaction import lost_from
from maskline.domain.sessions.session import Session, ended, require_live
from maskline.domain.trail import Action, done
from maskline.observability import log_failure, logger
from maskline.services.retrying import until_written
from maskline.services.sessions.owned import owned_session
from maskline.store import keys, table, trail
from maskline.store.calls import reports
from maskline.store.sessions import sessions


def end_session(client: Client, session_uuid: str) -> None:
    """End a live session now. Raises SessionNotFoundError or SessionExpiredError."""
    is_repeated = False

    def attempt() -> None:
        nonlocal is_repeated
        session = owned_session(client, session_uuid)
        # After the read: what was ended before it is over by this instant, whoever ended it.
        now = clock.now_ms()
        if is_repeated and not session.is_live(now) and _is_on_record(client):
            return
        is_repeated = True
        require_live(session, now)
        await_ends(session)
        over = ended(session, now)
        entry = trail.entry_action(done(client, Action.ENDED, over))
        sessions.save_session_and_routes(over, entry)

    until_written(attempt)
    logger.info("session ended", event="session_ended", session_uuid=session_uuid)


def await_ends(session: Session) -> None:
    """Have the end of each call made up that is never reported: nobody will ask for the line."""
    if not session.totals.call_count:
        return
    for call_uuid, started_at in reports.list_open(session.session_uuid):
        at = lost_from(session, call_uuid, started_at)
        reports.await_end(session.session_uuid, call_uuid, at)


def _is_on_record(client: Client) -> bool:
    """Tell if an earlier attempt was applied though its answer was lost.

    Only this request writes an audit entry of its id, and it does so where it ends the session.
    """
    origin = client.origin
    return table.get(keys.audit_entry(client.owner_id, origin.at, origin.request_id)) is not None


@dataclass(frozen=True, slots=True)
class Sweep:
    """The number of sessions told, and of those that failed: the next sweep tries them again."""

    told: int
    failed: int


def time_out_due_sessions(shards: Iterable[int] = keys.ALL_SHARDS) -> Sweep:
    """Tell the timeout of every session of some shards whose time is over, several at once.

    One that fails holds up no other.
    """
    due = sessions.list_due(clock.now_ms(), shards)
    results = table.in_parallel(*(partial(_told_safely, session_uuid) for session_uuid in due))
    return Sweep(told=results.count(True), failed=results.count(None))


def _told_safely(session_uuid: str) -> bool | None:
    try:
        return time_out_session(session_uuid, by="sweep")
    except Exception as error:  # noqa: BLE001 - whatever one session's trouble is
        log_failure("timeout not told", error, event="timeout_failed", session_uuid=session_uuid)
        return None


def time_out_session(session_uuid: str, *, by: str) -> bool:
    """Tell a session's timeout if it is due and was not told; whether it was told now.

    `by` says in the log who found it. What the sweep finds should not be late: an alarm counts it.
    """
    late_ms = 0

    def attempt() -> bool:
        nonlocal late_ms
        session = sessions.get_session(session_uuid)
        if session is None or session.is_live(clock.now_ms()) or not session.timeout_pending:
            return False
        await_ends(session)
        late_ms = clock.now_ms() - session.expires_at
        told = replace(session, timeout_pending=False, sequence=session.sequence + 1)
        sessions.save_session(told, (events.timeout(session),))
        return True

    is_told = until_written(attempt)
    if is_told:
        logger.info(
            "session timed out",
            event="session_timed_out",
            session_uuid=session_uuid,
            by=by,
            late_seconds=late_ms / 1000,
        )
    return is_told
