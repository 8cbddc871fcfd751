"""The first party's leg: connected once, and the same in the end in every order of its webhooks."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from maskline.carriers import DEFAULT
from maskline.domain.calls.call_order import OrderStatus
from maskline.domain.calls.leg import Leg
from maskline.domain.calls.plan import Announce, Announcement, Dial
from maskline.domain.calls.report import LegStatus
from maskline.services.calls import follow_placed as follow_placed_call
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.carriers import ScriptedCarrier
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.placed_call import GIVEN_UP_SECONDS, LEG, LONG_SILENCE_SECONDS, PlacedCall
from tests.support.service import Service
from tests.support.threads import together

SORRY = Announce(Announcement.TRY_AGAIN_LATER)
FIRST_LEG = ["SessionFirstPartyRing", "SessionFirstPartyAnswer"]
ENDS = ["SessionFirstPartyHangup", "SessionPartiesHangup"]
CONVERSATION = [
    *FIRST_LEG,
    "SessionSecondPartyRing",
    "SessionSecondPartyAnswer",
    "SessionSecondPartyHangup",
    *ENDS,
]

# Whoever hangs up before anybody was dialled, or before the carrier could do so.
CUT_SHORT = [
    *FIRST_LEG,
    "SessionSecondPartyRing",
    "SessionFirstPartyHangup",
    "SessionSecondPartyHangup",
    "SessionPartiesHangup",
]


@pytest.fixture
def call(service: Service) -> PlacedCall:
    placed = PlacedCall(service)
    placed.place()
    return placed


def webhook(call: PlacedCall, name: str) -> None:
    """One of a call's webhooks, by its name."""
    match name:
        case "ring":
            call.ring()
        case "answer":
            call.answer()
        case "hangup":
            call.hang_up()
        case "callee answered":
            call.service.report(call.session, LEG, builders.answered())
        case "callee ended":
            call.service.report(call.session, LEG, builders.callee_ended())
        case _:
            call.service.report(call.session, LEG, builders.dial_over())


def test_the_first_party_is_connected(call: PlacedCall) -> None:
    call.ring()

    plan = call.answer()

    assert isinstance(plan, Dial)
    assert (plan.peer, plan.caller_id) == (party(1), virtual(0))
    held = call.stored.live_call
    assert held is not None
    assert held.call_uuid == LEG
    assert (call.order["status"], call.order["call_uuid"]) == (OrderStatus.OVER, LEG)
    assert call.told == [*FIRST_LEG, "SessionSecondPartyRing"]


@pytest.mark.parametrize(
    "order", list(permutations(["ring", "callee answered", "callee ended", "dial over", "hangup"]))
)
def test_a_conversation_ends_the_same_in_every_order(
    call: PlacedCall, order: Sequence[str]
) -> None:
    call.answer()

    for name in (*order, *order):
        webhook(call, name)

    assert sorted(call.told) == sorted(CONVERSATION)
    interaction = call.interaction
    assert (interaction.caller.status, interaction.callee.status) == (LegStatus.COMPLETED,) * 2
    totals = call.stored.totals
    assert (totals.call_count, totals.billed_seconds, str(totals.amount)) == (2, 120, "0.0175")
    assert call.is_line_free


@pytest.mark.parametrize("order", list(permutations(["ring", "answer", "hangup"])))
def test_a_first_leg_ends_the_same_in_every_order(
    call: PlacedCall, time: ManualClock, order: Sequence[str]
) -> None:
    for name in (*order, *order):
        webhook(call, name)
    time.advance(seconds=LONG_SILENCE_SECONDS)
    call.sweep()

    assert call.interaction.caller == Leg(
        status=LegStatus.COMPLETED,
        uuid=LEG,
        was_answered=True,
        duration_seconds=42,
        billed_seconds=60,
        amount=builders.caller_ended().amount,
        hangup_cause="NORMAL_CLEARING",
        hangup_code=4010,
        has_rung=True,
        is_reported=True,
    )
    assert call.told == CUT_SHORT
    assert call.interaction.callee.status is LegStatus.CANCEL
    assert (call.order["status"], call.order["call_uuid"]) == (OrderStatus.OVER, LEG)
    assert call.stored.totals.call_count == 1
    assert call.is_line_free


@pytest.mark.parametrize("order", [["ring", "hangup"], ["hangup", "ring"], ["hangup"]])
def test_who_does_not_answer_is_told_of(call: PlacedCall, order: Sequence[str]) -> None:
    for name in (*order, *order):
        if name == "ring":
            call.ring()
        else:
            call.hang_up(status=LegStatus.NO_ANSWER, duration_seconds=0, billed_seconds=0)

    assert sorted(call.told) == sorted([*ENDS, *FIRST_LEG[:1]] if "ring" in order else ENDS)
    assert call.interaction.caller.status is LegStatus.NO_ANSWER
    assert call.interaction.callee.status is LegStatus.NOT_DIALLED


def test_nobody_is_dialled_for_who_has_hung_up(call: PlacedCall) -> None:
    call.hang_up()

    assert call.answer() == call.answer() == SORRY

    callee = call.interaction.callee
    assert (callee.status, callee.uuid) == (LegStatus.CANCEL, "")
    assert call.stored.live_call is None
    assert call.told == CUT_SHORT


@pytest.mark.parametrize("is_heard_of", [True, False])
def test_a_leg_that_ended_leaves_the_order_to_another(
    call: PlacedCall, time: ManualClock, is_heard_of: bool
) -> None:
    """The carrier made two calls of one request."""
    if is_heard_of:
        call.ring("other")
    call.hang_up()
    call.answer()

    assert isinstance(call.answer("other"), Dial)

    assert (call.order["status"], call.order["call_uuid"]) == (OrderStatus.OVER, "other")
    time.advance(seconds=GIVEN_UP_SECONDS)
    assert call.sweep() == 0


def test_an_order_whose_only_leg_ended_is_settled_in_silence(
    call: PlacedCall, time: ManualClock
) -> None:
    call.hang_up(status=LegStatus.BUSY, duration_seconds=0)
    assert call.order["status"] == OrderStatus.CLAIMED
    time.advance(seconds=GIVEN_UP_SECONDS)

    assert call.sweep() == 0

    assert (call.order["status"], "expiry_shard" in call.order) == (OrderStatus.OVER, False)
    assert call.told == ENDS
    assert call.answer("other") == SORRY


def test_who_was_told_sorry_once_stays_so(call: PlacedCall) -> None:
    """Their leg plays the apology: the line that is free by now is of no use to it."""
    call.service.call(party(1), virtual(0), call_uuid="second")
    assert call.answer() == SORRY
    call.service.report(call.session, "second", builders.caller_ended(leg_uuid="second"))

    assert call.answer() == SORRY

    assert call.stored.live_call is None


def test_a_repeated_answer_is_connected_again_and_told_once(call: PlacedCall) -> None:
    assert call.answer() == call.answer()

    assert call.told == [*FIRST_LEG, "SessionSecondPartyRing"]


def test_answers_at_once_connect_the_same_leg(call: PlacedCall) -> None:
    plans = together([call.answer] * 4)

    assert len(set(plans)) == 1
    assert isinstance(plans[0], Dial)
    assert call.told == [*FIRST_LEG, "SessionSecondPartyRing"]


def test_of_two_legs_one_is_connected(call: PlacedCall) -> None:
    call.ring("other")
    plans = together([call.answer, lambda: call.answer("other")])

    assert [isinstance(plan, Dial) for plan in plans].count(True) == 1
    assert SORRY in plans
    assert len(call.interactions) == 2


def test_a_leg_too_many_changes_nothing_for_the_one_that_talks(call: PlacedCall) -> None:
    call.answer()

    assert call.answer("other") == SORRY
    call.hang_up("other")

    held = call.stored.live_call
    assert held is not None
    assert held.call_uuid == LEG
    assert call.order["call_uuid"] == LEG


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_REQUEST, Fault.LOST_ANSWER])
@pytest.mark.parametrize("name", ["ring", "answer", "hangup"])
def test_a_spoilt_write_is_repeated(
    call: PlacedCall, faults: FaultyWrites, name: str, fault: Fault
) -> None:
    faults.plan(fault)

    for one in (name, "ring", "answer", "hangup"):
        webhook(call, one)

    assert faults.are_spent
    assert len(set(call.told)) == len(call.told)
    assert {*FIRST_LEG, ENDS[0]} <= set(call.told)
    assert call.stored.totals.call_count == 1


def test_who_answers_while_the_line_is_busy_is_told_to_try_again(
    call: PlacedCall, time: ManualClock
) -> None:
    call.service.call(party(1), virtual(0), call_uuid="second")
    told_before = len(call.told)
    call.ring()

    assert call.answer() == SORRY
    assert call.answer() == SORRY
    call.hang_up()

    assert call.told[told_before:] == [*FIRST_LEG, *ENDS]
    held = call.stored.live_call
    assert held is not None
    assert held.call_uuid == "second"
    [ours] = [one for one in call.interactions if one.call_uuid == LEG]
    assert ours.callee.status is LegStatus.NOT_DIALLED
    time.advance(seconds=GIVEN_UP_SECONDS)
    assert call.sweep() == 0


def test_a_line_whose_call_the_carrier_no_longer_knows_is_free(call: PlacedCall) -> None:
    call.service.call(party(1), virtual(0), call_uuid="second")

    assert isinstance(call.answer(others_live=False), Dial)

    held = call.stored.live_call
    assert held is not None
    assert held.call_uuid == LEG


@pytest.mark.parametrize("is_ended", [True, False])
def test_who_answers_once_the_session_is_over_is_told_to_try_again(
    call: PlacedCall, time: ManualClock, is_ended: bool
) -> None:
    if is_ended:
        call.service.end(call.session)
    else:
        time.advance(seconds=3600)

    assert call.answer() == SORRY

    assert call.interaction.callee.status is LegStatus.NOT_DIALLED


def test_who_answers_after_the_order_was_given_up_is_told_to_try_again(
    call: PlacedCall, time: ManualClock
) -> None:
    time.advance(seconds=GIVEN_UP_SECONDS)
    call.sweep()

    assert call.answer() == SORRY
    call.hang_up()

    assert call.interaction.caller.uuid == LEG
    assert sorted(call.told) == sorted([*FIRST_LEG, *ENDS])
    assert call.stored.totals.call_count == 1


def test_a_session_that_ordered_no_call_has_no_first_leg(service: Service) -> None:
    uuid = service.create().session_uuid

    report = builders.caller_ended()
    assert not follow_placed_call.record_first_leg(uuid, report, DEFAULT)
    account = builders.carrier_account()
    plan = follow_placed_call.answer_first_leg(uuid, LEG, ScriptedCarrier(), account)
    assert plan == SORRY
