"""What is recorded of a conversation, and when the customer hears of it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, combinations, permutations

import pytest

from maskline.domain.calls import events
from maskline.domain.calls.events import Channel, SessionEvent
from maskline.domain.calls.interaction import Interaction, applied, begun
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import CallReport, RecordingReport
from tests.support import builders
from tests.support.builders import CALL_UUID, NOW

RECORDED = builders.recorded()
NOT_RECORDED = builders.not_recorded()
Report = CallReport | RecordingReport
Story = tuple[Interaction, tuple[SessionEvent, ...]]


def live_through(*reports: Report, record_format: str = "mp3") -> Story:
    route = builders.route(record_format=record_format)
    interaction, told = begun(route, CALL_UUID, route.party, NOW)
    for report in reports:
        interaction, more = applied(interaction, report, NOW)
        told += more
    return interaction, told


def told_of_recording(*reports: Report, record_format: str = "mp3") -> list[SessionEvent]:
    _, told = live_through(*reports, record_format=record_format)
    return [event for event in told if "Recording" in event.name]


def names(told: Sequence[SessionEvent]) -> list[str]:
    return [event.name for event in told]


def test_recording_begins_when_the_callee_answers() -> None:
    assert told_of_recording() == []

    [initiated] = told_of_recording(builders.answered())

    assert initiated.name == events.RECORDING_INITIATED
    assert initiated.recording == Recording("mp3")
    assert initiated.channel is Channel.RECORDING


@pytest.mark.parametrize("file_format", ["mp3", "wav"])
def test_a_finished_recording_belongs_to_the_conversation(file_format: str) -> None:
    reports = [*builders.reports_of_a_conversation(), RECORDED]

    interaction, told = live_through(*reports, record_format=file_format)

    assert interaction.recording == replace(RECORDED.recording, file_format=file_format)
    assert (told[-1].name, told[-1].recording) == (
        events.RECORDING_COMPLETED,
        interaction.recording,
    )


def test_a_failure_is_told_of_a_conversation_that_took_place() -> None:
    assert names(told_of_recording(builders.answered(), NOT_RECORDED)) == [
        events.RECORDING_INITIATED,
        events.RECORDING_FAILED,
    ]
    assert told_of_recording(builders.unanswered(), NOT_RECORDED) == []


def test_nothing_is_told_where_nothing_was_ordered() -> None:
    reports = [*builders.reports_of_a_conversation(), RECORDED]

    interaction, told = live_through(*reports, record_format="")

    assert interaction.recording is None
    assert told[-1].name == events.PARTIES_HANGUP


def test_what_was_recorded_was_said() -> None:
    """The first of all webhooks to arrive, it implies those that are late."""
    interaction, told = live_through(RECORDED)

    assert interaction.callee.was_answered
    assert names(told)[3:] == [
        "SessionSecondPartyAnswer",
        events.RECORDING_INITIATED,
        events.RECORDING_COMPLETED,
    ]


def test_a_recording_is_not_taken_back() -> None:
    interaction, told = live_through(RECORDED, NOT_RECORDED, builders.answered())

    assert interaction.recording is not None
    assert interaction.recording.status is RecordingStatus.COMPLETED
    assert names(told).count(events.RECORDING_FAILED) == 0


@pytest.mark.parametrize("last", [RECORDED, NOT_RECORDED])
def test_the_order_of_webhooks_makes_no_difference(last: RecordingReport) -> None:
    """Any of them may be lost as well."""
    reports = [*builders.reports_of_a_conversation(), last]
    sizes = range(len(reports) + 1)

    for survivors in chain.from_iterable(combinations(reports, size) for size in sizes):
        expected, told = live_through(*survivors)
        for arrived in permutations(survivors):
            interaction, also_told = live_through(*arrived, *arrived)
            assert interaction == expected
            assert sorted(names(also_told)) == sorted(names(told))
            assert is_in_order([name for name in names(also_told) if "Recording" in name])


def is_in_order(recording_events: list[str]) -> bool:
    return recording_events[:1] in ([], [events.RECORDING_INITIATED])


def test_a_recording_that_has_the_ringing_in_it_does_not_show_that_the_callee_answered() -> None:
    ringing_too = replace(RECORDED, shows_answer=False)
    unanswered = [builders.unanswered(), ringing_too, builders.caller_ended()]

    for arrived in permutations(unanswered):
        interaction, told = live_through(*arrived)
        assert not interaction.callee.was_answered
        assert events.RECORDING_COMPLETED not in names(told)

    for arrived in permutations([builders.answered(), ringing_too]):
        interaction, told = live_through(*arrived)
        assert interaction.recording == replace(RECORDED.recording, file_format="mp3")
        assert names(told)[-1] == events.RECORDING_COMPLETED
