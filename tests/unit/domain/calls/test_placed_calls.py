"""Request-a-call: the order, the call that it asks for, and the conversation that comes of it."""

from dataclasses import replace

import pytest

from maskline.carriers import DEFAULT
from maskline.domain.calls import call_order
from maskline.domain.calls.call_order import CallOrder, NotPlaced, OrderStatus
from maskline.domain.calls.interaction import applied
from maskline.domain.calls.recording import Recording
from maskline.domain.calls.report import LegStatus, ReportKind
from maskline.domain.sessions.session import Role
from tests.support import builders
from tests.support.builders import CALL_UUID, NOW, SESSION_UUID, party, virtual

DUE = CallOrder(SESSION_UUID, OrderStatus.DUE, NOW)
CLAIMED = replace(DUE, status=OrderStatus.CLAIMED, claim="mine")
OVER = replace(CLAIMED, status=OrderStatus.OVER, call_uuid="leg")


def test_a_session_orders_a_call_only_if_it_wants_one() -> None:
    assert call_order.order_of(builders.session()) is None


def test_an_order_waits_a_minute_longer_than_the_phone_rings() -> None:
    session = builders.session(terms=builders.terms(initiates_call=True))

    assert call_order.order_of(session) == replace(DUE, deadline=NOW + 120_000)


@pytest.mark.parametrize(
    ("order", "is_awaiting"),
    [(DUE, False), (CLAIMED, True), (replace(CLAIMED, call_uuid="leg"), True), (OVER, False)],
)
def test_an_order_awaits_a_leg_until_one_is_connected(order: CallOrder, is_awaiting: bool) -> None:
    assert order.awaits_leg is is_awaiting


def test_an_order_knows_its_first_leg_until_one_settles_it() -> None:
    heard_of = CLAIMED.after("leg", settles=False)
    assert heard_of == replace(CLAIMED, call_uuid="leg")
    assert heard_of.after("another", settles=False) == heard_of

    settled = heard_of.after("another", settles=True)
    assert settled == replace(OVER, call_uuid="another")


@pytest.mark.parametrize("settles", [True, False])
def test_an_order_that_is_over_stays_as_it_is(settles: bool) -> None:
    assert OVER.after("another", settles=settles) is OVER


def test_the_first_party_sees_their_virtual_number_for_as_long_as_both_legs_may_last() -> None:
    call = call_order.outbound_call(builders.session())

    assert (call.caller_id, call.callee) == (virtual(0), party(0))
    assert (call.ring_timeout_seconds, call.time_limit_seconds) == (60, 1860)


def test_the_first_party_is_connected_as_if_they_had_called() -> None:
    route = call_order.first_route(builders.session(), DEFAULT)

    assert (route.role, route.party, route.peer) == (Role.FIRST, party(0), party(1))
    assert route.virtual_number == virtual(0)


def test_at_first_only_the_first_party_is_called() -> None:
    interaction = call_order.placed(builders.session(), CALL_UUID, DEFAULT, NOW)

    assert (interaction.from_number, interaction.to_number) == (party(0), party(1))
    assert interaction.caller.status is LegStatus.RINGING
    assert interaction.callee.status is LegStatus.NOT_DIALLED
    assert interaction.totals.call_count == 0


@pytest.mark.parametrize(("record_format", "recording"), [("", None), ("wav", Recording("wav"))])
def test_dialling_rings_the_second_party_once(
    record_format: str, recording: Recording | None
) -> None:
    interaction = call_order.placed(builders.session(), CALL_UUID, DEFAULT, NOW)
    route = builders.route(record_format=record_format)

    dialled = call_order.dialling(interaction, route)

    assert dialled.callee.status is LegStatus.RINGING
    assert dialled.recording == recording
    assert call_order.dialling(dialled, route) is dialled


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        (ReportKind.RINGING, ["SessionFirstPartyRing"]),
        (ReportKind.ANSWERED, ["SessionFirstPartyRing", "SessionFirstPartyAnswer"]),
    ],
)
def test_what_a_first_leg_tells(kind: ReportKind, events: list[str]) -> None:
    interaction = call_order.placed(builders.session(), CALL_UUID, DEFAULT, NOW)

    after, told = applied(interaction, call_order.first_leg(kind, CALL_UUID), NOW)

    assert [event.name for event in told] == events
    assert after.caller.uuid == CALL_UUID
    assert after.totals.call_count == 1


@pytest.mark.parametrize("reason", list(NotPlaced))
def test_a_failure_ends_the_conversation_without_a_leg(reason: NotPlaced) -> None:
    interaction = call_order.placed(builders.session(), CALL_UUID, DEFAULT, NOW)

    after, told = applied(interaction, call_order.failure(reason), NOW)

    assert [event.name for event in told] == ["SessionFirstPartyHangup", "SessionPartiesHangup"]
    assert (after.caller.status, after.caller.hangup_cause) == (LegStatus.FAILED, reason)
    assert (after.ended_at, after.caller.uuid, after.totals.call_count) == (NOW, "", 0)
