"""Recordings belong to their conversation, and are told of once, whatever the order (I6)."""

from dataclasses import replace
from itertools import permutations

import pytest

from maskline.domain.calls.plan import CallPlan, Dial
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import CallReport, RecordingReport
from maskline.domain.sessions.session import Session
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.service import Service

CALL = builders.CALL_UUID
RECORDED = builders.recorded(resource_url="")
Report = CallReport | RecordingReport
TOLD = ["SessionRecordingInitiated", "SessionRecordingCompleted"]


@pytest.fixture
def session(service: Service) -> Session:
    """A recorded session in which the first party has just called."""
    service.add_numbers(0)
    created = service.create(settings=builders.settings(record=True, record_file_format="wav"))
    service.call(party(0), virtual(0), call_uuid=CALL)
    return created


def report_all(service: Service, session: Session, *reports: Report) -> None:
    for report in reports:
        if isinstance(report, RecordingReport):
            service.report_recording(session, CALL, report)
        else:
            service.report(session, CALL, report)


def recording_of(service: Service, session: Session) -> Recording | None:
    [interaction] = service.view(session).interactions
    return interaction.recording


def told_of_recording(service: Service, session: Session) -> list[str]:
    return [name for name in service.told(session) if "Recording" in name]


def test_a_recording_is_kept_with_its_place_at_the_carrier(
    service: Service, session: Session
) -> None:
    assert recording_of(service, session) == Recording("wav")

    report_all(service, session, *builders.reports_of_a_conversation(), RECORDED)

    assert recording_of(service, session) == replace(
        RECORDED.recording,
        file_format="wav",
    )
    assert told_of_recording(service, session) == TOLD


def test_it_is_told_in_the_write_that_tells_of_the_answer(
    service: Service, session: Session
) -> None:
    report_all(service, session, builders.answered())

    writes = [change["after"] for change in service.stream() if change["after"]]
    *_, [answered, initiated] = (write["outbox"] for write in writes if "outbox" in write)
    assert (answered.name, initiated.name) == ("SessionSecondPartyAnswer", TOLD[0])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_every_order_with_repetitions_ends_the_same(
    service: Service, session: Session, order: tuple[int, ...]
) -> None:
    all_reports: list[Report] = [builders.answered(), builders.caller_ended(), RECORDED]
    reports = [all_reports[position] for position in order]

    report_all(service, session, *reports, *reports)

    recording = recording_of(service, session)
    assert recording is not None
    assert recording.status is RecordingStatus.COMPLETED
    assert told_of_recording(service, session) == TOLD


def test_a_failure_is_kept_and_told(service: Service, session: Session) -> None:
    reports: list[Report] = [*builders.reports_of_a_conversation(), builders.not_recorded()]

    report_all(service, session, *reports, *reports)

    recording = recording_of(service, session)
    assert recording == Recording("wav", status=RecordingStatus.FAILED)
    assert told_of_recording(service, session) == [TOLD[0], "SessionRecordingFailed"]


def test_a_change_takes_effect_on_the_next_call(service: Service, session: Session) -> None:
    service.update(session, record=False)
    report_all(service, session, *builders.reports_of_a_conversation(), RECORDED)
    assert told_of_recording(service, session) == TOLD

    assert record_format(service.call(party(1), virtual(0), call_uuid="second")) == ""
    service.report(session, "second", builders.answered())
    assert told_of_recording(service, session) == TOLD

    service.report(session, "second", builders.caller_ended(leg_uuid="second"))
    service.update(session, record=True, record_file_format="mp3")
    assert record_format(service.call(party(0), virtual(0))) == "mp3"


def record_format(plan: CallPlan) -> str:
    assert isinstance(plan, Dial)
    return plan.record_format
