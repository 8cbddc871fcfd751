"""Webhooks of the family come in any order, and more than once: the call comes to the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.carriers import carrier
from maskline.carriers.urls import Step
from maskline.domain.calls.interaction import Interaction, applied, begun
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport
from maskline.domain.sessions.session import Role
from tests.support import builders
from tests.support.builders import NOW
from tests.support.known_secret import known_secret
from tests.unit.carriers.twiml.family import CALLS, NAMES, account, request

Said = tuple[Step, dict[str, str]]


def leg(name: str, status: str, **more: str) -> Said:
    parent, child = CALLS[name]
    return Step.DIAL, {"CallSid": child, "ParentCallSid": parent, "CallStatus": status, **more}


def caller(name: str, step: Step, **more: str) -> Said:
    return step, {"CallSid": CALLS[name][0], **more}


def webhooks_of(name: str, end: str, *, knows_leg: bool = True) -> list[Said]:
    """What a call has reported of it from its dial to its end."""
    child = {"DialCallSid": CALLS[name][1]} if knows_leg else {}
    over = caller(name, Step.DIAL_END, DialCallStatus=end, **child)
    if end != "completed":
        return [
            leg(name, "initiated"),
            leg(name, "ringing"),
            leg(name, end),
            over,
            caller(name, Step.HANGUP, CallStatus="completed", CallDuration="9"),
        ]
    recording = {"RecordingSid": "RE1", "RecordingStatus": "completed", "RecordingDuration": "60"}
    return [
        leg(name, "initiated"),
        leg(name, "ringing"),
        leg(name, "in-progress"),
        leg(name, "completed", CallDuration="61"),
        over,
        caller(name, Step.RECORDING, **recording),
        caller(name, Step.HANGUP, CallStatus="in-progress"),
        caller(name, Step.HANGUP, CallStatus="completed", CallDuration="70"),
    ]


def lived_through(name: str, said: list[Said]) -> tuple[Interaction, list[str]]:
    """The conversation after the webhooks, and the events that it told."""
    route = replace(builders.route(Role.FIRST), record_format="mp3")
    interaction, told = begun(route, CALLS[name][0], route.party, NOW)
    names = [event.name for event in told]
    for step, params in said:
        report = carrier(name).read(step, request(name, step, params), account(name))
        if isinstance(report, CallReport | RecordingReport):
            interaction, more = applied(interaction, report, NOW)
            names += [event.name for event in more]
    return interaction, sorted(names)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["completed", "busy", "no-answer", "failed", "canceled"])
@given(data=st.data())
def test_order_and_number_of_webhooks_make_no_difference(
    name: str, end: str, data: st.DataObject
) -> None:
    with known_secret():
        said = webhooks_of(name, end, knows_leg=data.draw(st.booleans()))
        repeated = data.draw(st.lists(st.sampled_from(said), max_size=3))
        arrived = data.draw(st.permutations([*said, *repeated]))

        assert lived_through(name, list(arrived)) == lived_through(name, said)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["busy", "no-answer", "failed", "canceled"])
def test_a_leg_that_nobody_answered_is_never_completed(name: str, end: str) -> None:
    with known_secret():
        interaction, names = lived_through(name, webhooks_of(name, end))

    assert interaction.callee.status is not LegStatus.COMPLETED
    assert not interaction.callee.was_answered
    assert interaction.callee.amount == 0
    assert interaction.caller.amount is None
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", NAMES)
def test_a_conversation_waits_for_both_its_prices(name: str) -> None:
    with known_secret():
        interaction, _ = lived_through(name, webhooks_of(name, "completed"))

    assert interaction.totals.unpriced == 2
    assert interaction.caller.is_priced_later
    assert interaction.callee.is_priced_later
    assert interaction.totals.billed_seconds == 240
    assert interaction.recording is not None
    assert interaction.recording.file_format == "mp3"
