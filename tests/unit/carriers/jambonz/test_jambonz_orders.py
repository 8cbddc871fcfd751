"""jambonz promises no order: whatever way its webhooks of a call come, they come to the same."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.carriers import carrier
from maskline.carriers.adapter import OfCall
from maskline.carriers.jambonz.verbs import RECORDING_ORDERED
from maskline.carriers.urls import Step
from maskline.domain.calls.events import RECORDING_FAILED, RECORDING_INITIATED, SessionEvent
from maskline.domain.calls.interaction import Interaction, applied, begun
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport, Report
from maskline.domain.sessions.session import Role
from tests.support import builders
from tests.support.builders import NOW
from tests.support.known_secret import known_secret
from tests.unit.carriers.jambonz.jambonz_webhooks import (
    CALL_SID,
    account,
    dial_over,
    of_callee,
    of_caller,
    webhook,
)

Told = tuple[Step, dict[str, Any]]


def at_status_url(*bodies: dict[str, Any]) -> list[Told]:
    return [(Step.HANGUP, body) for body in bodies]


TRYING = of_callee("trying", 100, customerData=RECORDING_ORDERED)
STORIES: dict[str, tuple[list[Told], LegStatus]] = {
    "a conversation": (
        [
            *at_status_url(
                of_caller("trying", 100),
                TRYING,
                of_callee("ringing", 180),
                of_callee("in-progress", 200),
                of_caller("in-progress", 200),
                of_callee("completed", 200, duration=12),
            ),
            (Step.DIAL_END, dial_over("completed", 200)),
            *at_status_url(of_caller("completed", 200, duration=12)),
        ],
        LegStatus.COMPLETED,
    ),
    "a blink": (
        [
            *at_status_url(of_callee("in-progress", 200), of_callee("completed", 200, duration=0)),
            (Step.DIAL_END, dial_over("completed", 200)),
            *at_status_url(of_caller("completed", 200, duration=0)),
        ],
        LegStatus.COMPLETED,
    ),
    "busy": (
        [
            *at_status_url(TRYING, of_callee("busy", 486)),
            (Step.DIAL_END, dial_over("busy", 486)),
            *at_status_url(of_caller("completed", 200, duration=4)),
        ],
        LegStatus.BUSY,
    ),
    "nobody home, and no last word of the leg": (
        [
            *at_status_url(TRYING, of_callee("early-media", 180)),
            (Step.DIAL_END, dial_over("early-media", 180)),
            *at_status_url(of_caller("completed", 200, duration=4)),
        ],
        LegStatus.NO_ANSWER,
    ),
    "the caller gives up": (
        [
            *at_status_url(of_callee("ringing", 180), of_caller("no-answer", 487)),
            (Step.DIAL_END, dial_over("ringing", 180, call_status="no-answer")),
        ],
        LegStatus.CANCEL,
    ),
    "a whisper that failed": (
        [
            *at_status_url(of_callee("in-progress", 200)),
            (Step.DIAL_END, dial_over("in-progress", 200)),
            *at_status_url(of_caller("completed", 200, duration=4)),
        ],
        LegStatus.FAILED,
    ),
}


@pytest.fixture(autouse=True, scope="module")
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def reports_of(told: list[Told]) -> list[Report]:
    """What the product applies to the conversation: callees' words by the caller's leg."""
    reports: list[Report] = []
    for step, body in told:
        message = carrier("jambonz").read(step, webhook(step, body), account())
        if isinstance(message, OfCall):
            assert message.call_uuid == CALL_SID
            message = message.report
        if isinstance(message, CallReport | RecordingReport):
            reports.append(message)
    return reports


def live_through(reports: list[Report]) -> tuple[Interaction, list[SessionEvent]]:
    route = replace(builders.route(Role.FIRST), record_format="mp3")
    interaction, told = begun(route, CALL_SID, route.party, NOW)
    events = list(told)
    for report in reports:
        interaction, more = applied(interaction, report, NOW)
        events += more
    return interaction, events


@pytest.mark.parametrize(("told", "status"), STORIES.values(), ids=STORIES)
def test_a_callees_leg_ends_as_it_was(told: list[Told], status: LegStatus) -> None:
    interaction, events = live_through(reports_of(told))

    assert interaction.callee.status is status
    assert interaction.caller.status.is_final
    assert interaction.ended_at is not None
    assert len({event.name for event in events}) == len(events)


@pytest.mark.parametrize("name", STORIES)
@given(data=st.data())
def test_no_order_and_no_repetition_makes_a_difference(name: str, data: st.DataObject) -> None:
    told, _ = STORIES[name]
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=3))
    arrived = data.draw(st.permutations(told + repeated))

    interaction, events = live_through(reports_of(arrived))
    expected, in_order = live_through(reports_of(told))

    assert interaction == expected
    assert sorted(event.name for event in events) == sorted(event.name for event in in_order)


def test_money_that_nobody_tells_is_unknown() -> None:
    interaction, _ = live_through(reports_of(STORIES["a conversation"][0]))

    assert interaction.caller.amount is interaction.callee.amount is None
    assert not interaction.caller.is_priced_later
    assert interaction.totals.unpriced == 2


def test_an_ordered_recording_is_told_to_have_failed_once_somebody_answers() -> None:
    def names(story: str) -> set[str]:
        return {event.name for event in live_through(reports_of(STORIES[story][0]))[1]}

    assert {RECORDING_INITIATED, RECORDING_FAILED} <= names("a conversation")
    assert not {RECORDING_INITIATED, RECORDING_FAILED} & names("busy")
