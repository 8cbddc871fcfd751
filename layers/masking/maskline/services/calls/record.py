"""Following a call: a carrier's report changes its conversation and the session's totals."""

from maskline import clock
from maskline.domain.calls.interaction import applied, session_after
from maskline.domain.calls.plan import Announce, Announcement, CallPlan, HangUp
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport
from maskline.observability import logger
from maskline.services.retrying import until_written
from maskline.store.calls import by_id, reports


def record_report(session_uuid: str, call_uuid: str, report: CallReport | RecordingReport) -> bool:
    """Apply a report once; whether the conversation is known."""

    def attempt() -> bool:
        found = reports.read_call(session_uuid, call_uuid)
        if found is None:
            return False
        session, before = found
        now = clock.now_ms()
        after, told = applied(before, report, now)
        if after != before:
            changed = session_after(session, before, after, told)
            reports.save_call((changed, after), told, now=now)
        return True

    is_known = until_written(attempt)
    logger.info(
        "call reported",
        event="call_reported",
        report=report.subject,
        call_uuid=call_uuid,
        session_uuid=session_uuid,
        known=is_known,
    )
    return is_known


def record_dial_end(session_uuid: str, call_uuid: str, report: CallReport) -> CallPlan:
    """Apply the end of a dial, and return what comes after it.

    The caller of a conversation that took place knows that it is over; another is told.
    """
    record_report(session_uuid, call_uuid, report)
    if report.status is LegStatus.COMPLETED:
        return HangUp()
    return Announce(Announcement.PARTY_UNAVAILABLE)


def after_dial(session_uuid: str, call_uuid: str) -> CallPlan:
    """Return what comes after a dial of which the carrier says no more than that it is over."""
    found = reports.read_call(session_uuid, call_uuid)
    if found is not None and found[1].callee.was_answered:
        return HangUp()
    return Announce(Announcement.PARTY_UNAVAILABLE)


def record_hangup(account_id: str, report: CallReport) -> bool:
    """Apply the end of a caller's leg; whether the account knows its conversation.

    The carrier names no session. A caller may be gone before the answer that connects them is
    stored: then it never is.
    """
    call_uuid = report.leg_uuid

    def attempt() -> str | None:
        session_uuid = by_id.find_session_of_call(account_id, call_uuid)
        if session_uuid is None:
            by_id.note_hangup(account_id, call_uuid, clock.now_ms())
        return session_uuid

    found = until_written(attempt)
    return found is not None and record_report(found, call_uuid, report)


def record_of_call(account_id: str, call_uuid: str, report: CallReport | RecordingReport) -> bool:
    """Apply a report of a conversation of which the carrier names no session, as record_report."""
    session_uuid = by_id.find_session_of_call(account_id, call_uuid)
    return session_uuid is not None and record_report(session_uuid, call_uuid, report)


def read_whisper(session_uuid: str, call_uuid: str) -> str:
    """Return the audio that the callee of a conversation hears first, "" for none."""
    found = reports.read_call(session_uuid, call_uuid)
    if found is None:
        return ""
    session, interaction = found
    return session.settings.play_url(interaction.caller_role.other)
