"""Vonage promises no order, and repeats: what its webhooks said in all is what counts.

Of a leg that nobody answered it says why, and "completed" too, before or after that, or neither.
"""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.carriers.urls import Step
from maskline.domain.calls.interaction import Interaction, applied, begun
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport
from tests.support import builders
from tests.support.builders import NOW
from tests.unit.carriers.vonage.said import (
    CALLER_UUID,
    FIGURES,
    UNANSWERED,
    event,
    read,
    recording,
)

Said = tuple[Step, dict[str, Any]]
REASONS = {
    "busy": LegStatus.BUSY,
    "unanswered": LegStatus.NO_ANSWER,
    "timeout": LegStatus.NO_ANSWER,
    "rejected": LegStatus.FAILED,
    "failed": LegStatus.FAILED,
    "cancelled": LegStatus.CANCEL,
}
CALLER: list[Said] = [
    (Step.HANGUP, event("started", "inbound")),
    (Step.HANGUP, event("answered", "inbound")),
    (Step.HANGUP, event("completed", "inbound", **FIGURES)),
]
TALKED: list[Said] = [
    (Step.DIAL, event("started")),
    (Step.DIAL, event("ringing")),
    (Step.DIAL, event("answered")),
    (Step.DIAL, event("completed", **FIGURES)),
    (Step.RECORDING, recording()),
    *CALLER,
]


def unanswered(reason: str) -> list[Said]:
    return [
        (Step.DIAL, event("ringing")),
        (Step.DIAL, event(reason)),
        (Step.DIAL, event("completed", **UNANSWERED)),
        (Step.RECORDING, recording()),
        *CALLER[2:],
    ]


def live_through(said: list[Said]) -> tuple[Interaction, set[str]]:
    """All at one instant, so that only the order can make a difference."""
    route = builders.route(record_format="mp3")
    interaction, told = begun(route, CALLER_UUID, route.party, NOW)
    names = [one.name for one in told]
    for step, content in said:
        report = read(step, content)
        if isinstance(report, CallReport | RecordingReport):
            interaction, more = applied(interaction, report, NOW)
            names += [one.name for one in more]
    assert len(names) == len(set(names))
    return interaction, set(names)


@given(data=st.data(), said=st.sampled_from([TALKED, *map(unanswered, REASONS)]))
def test_the_order_and_number_of_webhooks_make_no_difference(
    data: st.DataObject, said: list[Said]
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(said), max_size=4))
    arrived = data.draw(st.permutations(said + repeated))

    assert live_through(arrived) == live_through(said)


@pytest.mark.parametrize(("reason", "status"), REASONS.items())
def test_a_leg_that_was_not_answered_is_never_completed(reason: str, status: LegStatus) -> None:
    for arrived in permutations(unanswered(reason)):
        interaction, _ = live_through(list(arrived))

        assert (interaction.callee.status, interaction.callee.was_answered) == (status, False)
        assert interaction.callee.duration_seconds == 0


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("left_out", ["completed", "the reason", "both"])
def test_either_word_ends_it_or_the_callers_own(reason: str, left_out: str) -> None:
    missing = {"completed": {"completed"}, "the reason": {reason}, "both": {"completed", reason}}
    said = [
        (step, one)
        for step, one in unanswered(reason)
        if step is Step.HANGUP or one.get("status") not in missing[left_out]
    ]
    for arrived in permutations(said):
        interaction, _ = live_through(list(arrived))

        assert interaction.ended_at == NOW
        assert interaction.callee.status is not LegStatus.COMPLETED
        assert interaction.callee.status.is_open is (left_out == "both")


def test_a_conversation_costs_what_both_legs_do() -> None:
    interaction, _ = live_through(TALKED)

    assert interaction.totals.currency == "EUR"
    assert str(interaction.totals.known_amount) == "0.00030000"
    assert (interaction.duration_seconds, interaction.totals.billed_seconds) == (4, 4)
