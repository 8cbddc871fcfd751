"""Carriers repeat, reorder and lose webhooks: what they said in all is what counts (I6)."""

from collections import Counter
from dataclasses import replace
from itertools import chain, combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.calls import events
from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.interaction import Interaction, applied, begun, implied, session_after
from maskline.domain.calls.report import CallReport, LegStatus, Report, Side, silence
from maskline.domain.sessions.session import LiveCall, Role, Session
from tests.support import builders
from tests.support.builders import CALL_UUID, NOW

Story = tuple[Session, Interaction, tuple[SessionEvent, ...]]


def live_through(reports: list[CallReport], role: Role = Role.FIRST) -> Story:
    """All at one instant, so that only the order can make a difference."""
    interaction, told = begun(builders.route(role), CALL_UUID, builders.route(role).party, NOW)
    line = LiveCall(CALL_UUID, until=NOW + 1)
    session = builders.session(live_call=line, sequence=len(told))
    for report in reports:
        after, more = applied(interaction, report, NOW)
        session = session_after(session, interaction, after, more)
        interaction, told = after, told + more
    return session, interaction, told


@st.composite
def answered_calls(draw: st.DrawFn) -> list[CallReport]:
    """What is said of a call that was answered, for however short a time."""
    seconds = draw(st.integers(0, 3))
    return [
        builders.answered(),
        builders.callee_ended(duration_seconds=seconds, billed_seconds=draw(st.integers(0, 60))),
        builders.dial_over(leg_uuid=draw(st.sampled_from([builders.CALLEE_UUID, ""]))),
        builders.caller_ended(duration_seconds=seconds + draw(st.integers(0, 3))),
    ]


@st.composite
def unanswered_calls(draw: st.DrawFn) -> list[CallReport]:
    statuses = [LegStatus.BUSY, LegStatus.NO_ANSWER, LegStatus.FAILED, LegStatus.CANCEL]
    reached = st.sampled_from([builders.CALLEE_UUID, ""])
    return [
        builders.unanswered(draw(st.sampled_from(statuses))),
        builders.dial_over(draw(st.sampled_from(statuses)), leg_uuid=draw(reached)),
        builders.caller_ended(),
    ]


calls = st.one_of(answered_calls(), unanswered_calls())


@st.composite
def orders(draw: st.DrawFn, reports: list[CallReport]) -> list[CallReport]:
    """The reports in any order, some of them more than once."""
    repeated = draw(st.lists(st.sampled_from(reports), max_size=3))
    return list(draw(st.permutations(reports + repeated)))


def assert_same_story(one: Story, other: Story) -> None:
    (session, interaction, told), (other_session, other_interaction, other_told) = one, other
    assert session == other_session
    assert interaction == other_interaction
    assert Counter(event.name for event in told) == Counter(event.name for event in other_told)


@given(data=st.data(), reports=calls, role=st.sampled_from(Role))
def test_the_order_and_number_of_webhooks_make_no_difference(
    data: st.DataObject, reports: list[CallReport], role: Role
) -> None:
    arrived = data.draw(orders(reports))

    assert_same_story(live_through(reports, role), live_through(arrived, role))


UNSEEN: dict[str, Any] = {"duration_seconds": 0, "billed_seconds": 0}
TYPICAL_CALLS = {
    "answered": builders.reports_of_a_conversation(),
    "answered for a blink": [
        builders.answered(),
        builders.callee_ended(**UNSEEN),
        builders.dial_over(),
        builders.caller_ended(),
    ],
    "busy": [
        builders.unanswered(),
        builders.dial_over(LegStatus.BUSY),
        builders.caller_ended(),
    ],
    "never reached": [
        builders.unanswered(LegStatus.FAILED, leg_uuid=""),
        builders.dial_over(LegStatus.NO_ANSWER, leg_uuid=""),
        builders.caller_ended(),
    ],
}


@pytest.mark.parametrize("reports", TYPICAL_CALLS.values(), ids=TYPICAL_CALLS)
def test_with_webhooks_lost_the_order_of_the_others_makes_no_difference(
    reports: list[CallReport],
) -> None:
    sizes = range(len(reports) + 1)

    for survivors in chain.from_iterable(combinations(reports, size) for size in sizes):
        for arrived in permutations(survivors):
            assert_same_story(live_through(list(survivors)), live_through(list(arrived)))


REPEATED_CALLS: dict[str, list[Report]] = {
    **TYPICAL_CALLS,
    "recorded": [*builders.reports_of_a_conversation(), builders.recorded()],
    "given up": [
        builders.answered(),
        silence(Side.CALLEE),
        silence(Side.CALLER),
        *builders.reports_of_a_conversation()[1:],
    ],
}


@pytest.mark.parametrize("reports", REPEATED_CALLS.values(), ids=REPEATED_CALLS)
def test_a_report_that_is_repeated_at_any_later_place_changes_and_tells_nothing(
    reports: list[Report],
) -> None:
    """In every order of the reports, each of them, at every place behind its first."""
    route = replace(builders.route(Role.FIRST), record_format="mp3")
    for arrived in permutations(reports):
        interaction, _ = begun(route, CALL_UUID, route.party, NOW)
        for place, report in enumerate(arrived, start=1):
            interaction, _ = applied(interaction, report, NOW)
            for again in arrived[:place]:
                assert applied(interaction, again, NOW + 1) == (interaction, ()), arrived


@given(data=st.data(), reports=calls)
def test_every_event_is_told_once(data: st.DataObject, reports: list[CallReport]) -> None:
    session, interaction, told = live_through(data.draw(orders(reports)))

    names = [event.name for event in told]
    assert len(names) == len(set(names)) == session.sequence
    assert set(names) == {events.VIRTUAL_NUMBER_ANSWER, *implied(interaction)}


@given(data=st.data(), reports=calls)
def test_a_call_that_is_over_leaves_nothing_behind(
    data: st.DataObject, reports: list[CallReport]
) -> None:
    session, interaction, told = live_through(data.draw(orders(reports)))

    assert session.live_call is None
    assert session.last_interaction_at == interaction.ended_at == NOW
    assert session.totals + builders.interaction().totals == interaction.totals
    assert events.PARTIES_HANGUP in {event.name for event in told}


@given(data=st.data(), reports=answered_calls())
def test_the_last_event_of_a_conversation_sums_it_up(
    data: st.DataObject, reports: list[CallReport]
) -> None:
    _, interaction, told = live_through(data.draw(orders(reports)))

    joint = next(event.outcome for event in told if event.name == events.PARTIES_HANGUP)
    assert joint is not None
    assert joint.duration_seconds == interaction.duration_seconds
    assert joint.billed_seconds == interaction.totals.billed_seconds
    assert joint.amount == format(interaction.totals.amount, "f")


@given(data=st.data(), seconds=st.integers(1, 60))
def test_nothing_is_told_after_both_have_hung_up(data: st.DataObject, seconds: int) -> None:
    reports = builders.reports_of_a_conversation()
    lasted = [replace(one, duration_seconds=seconds) for one in reports]

    _, _, told = live_through(data.draw(orders(lasted)))

    assert told[-1].name == events.PARTIES_HANGUP
