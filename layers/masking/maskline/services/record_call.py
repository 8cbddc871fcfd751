"""Following a call: a carrier's report changes its conversation and the session's totals."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from maskline import clock
from maskline.domain.interactions import applied, session_after
from maskline.domain.reports import CallReport, RecordingReport
from maskline.domain.sessions import Session
from maskline.observability import logger
from maskline.services.carrier_credentials import carrier_account
from maskline.services.retrying import until_written
from maskline.store import call_records, calls

# Given an account, or None for any.
AccountCheck = Callable[[str | None], None]
# (our id at the carrier, recording uuid) -> the carrier's record of a recording.
ResourceUrl = Callable[[str, str], str]
Report = CallReport | RecordingReport


def record_report(
    session_uuid: str, call_uuid: str, report: CallReport | None, *, authenticate: AccountCheck
) -> bool:
    """Apply a report once, None being one that changes nothing; whether the conversation is known.

    `authenticate` is given the session's account and raises if the webhook is not that account's.
    """
    return _record((session_uuid, call_uuid), lambda _: report, authenticate=authenticate)


def _record(
    place: tuple[str, str],
    report_on: Callable[[Session], Report | None],
    *,
    authenticate: AccountCheck,
) -> bool:
    session_uuid, call_uuid = place
    subject = "nothing new"

    def attempt() -> bool:
        nonlocal subject
        found = calls.read_call(session_uuid, call_uuid)
        if found is None:
            return False
        session, before = found
        authenticate(session.account_id)
        report = report_on(session)
        if report is None:
            return True
        subject = report.subject
        after, told = applied(before, report, clock.now_ms())
        if after is not before:
            changed = session_after(session, before, after, told)
            calls.save_call(changed, after, told)
        return True

    is_known = until_written(attempt)
    logger.info(
        "call reported",
        event="call_reported",
        report=subject,
        call_uuid=call_uuid,
        session_uuid=session_uuid,
        known=is_known,
    )
    return is_known


def record_hangup(call_uuid: str, report: CallReport, *, signers: Iterable[str]) -> bool:
    """Apply the end of a caller's leg; whether one of the signing accounts knows its conversation.

    The carrier names neither session nor account. Those whose token signed it may each have a call
    of that id: nobody else's changes.
    """
    known = [_record_hangup(account_id, call_uuid, report) for account_id in signers]
    return any(known)


def record_signed_hangup(
    call_uuid: str, report: CallReport, *, readings: Iterable[Iterable[str]]
) -> bool:
    """Record a hangup for the first reading of the signing accounts that knows its call.

    An account that was provisioned a moment ago may share its token with one that is remembered.
    """
    return any(record_hangup(call_uuid, report, signers=signers) for signers in readings)


def _record_hangup(account_id: str, call_uuid: str, report: CallReport) -> bool:
    """A caller may be gone before the answer that connects them is stored: then it never is."""

    def attempt() -> str | None:
        session_uuid = call_records.find_session_of_call(account_id, call_uuid)
        if session_uuid is None:
            call_records.note_hangup(account_id, call_uuid, clock.now_ms())
        return session_uuid

    found = until_written(attempt)
    if found is None:
        return False
    # The session is the account's, and the account has signed.
    return record_report(found, call_uuid, report, authenticate=lambda _: None)


def record_recording(
    place: tuple[str, str],
    report: RecordingReport | None,
    *,
    authenticate: AccountCheck,
    resource_url: ResourceUrl,
) -> bool:
    """Record what was recorded in the call at `place` (session, call), as `record_report` does."""

    def located(session: Session) -> RecordingReport | None:
        known = carrier_account(session.carrier, session.account_id)
        if report is None or known is None or not report.recording.uuid:
            return report
        url = resource_url(known.auth_id, report.recording.uuid)
        return RecordingReport(replace(report.recording, resource_url=url))

    return _record(place, located, authenticate=authenticate)


def read_whisper(session_uuid: str, call_uuid: str, *, authenticate: AccountCheck) -> str:
    """The audio that the callee of a conversation hears first, "" for none; see `record_report`."""
    found = calls.read_call(session_uuid, call_uuid)
    if found is None:
        return ""
    session, interaction = found
    authenticate(session.account_id)
    return session.settings.play_url(interaction.caller_role.other)
