"""An ordered call is placed once, whatever is repeated or lost, and its failure is told once."""

import pytest

from maskline.domain.calls.call_order import OrderStatus, Placement
from maskline.domain.calls.report import LegStatus
from maskline.services.calls import place as place_call
from maskline.services.calls.overdue import give_up_overdue_calls
from maskline.services.sessions.end import Sweep
from maskline.store.calls import orders as call_orders
from maskline.store.calls.orders import OrderedCall
from tests.support.builders import party, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.placed_call import GIVEN_UP_SECONDS, LEG, PlacedCall
from tests.support.service import Service
from tests.support.threads import together

FAILED = ["SessionFirstPartyHangup", "SessionPartiesHangup"]
UNCLEAR = [Placement.ACCEPTED, Placement.UNKNOWN]
SPOILT = [Fault.CONFLICT, Fault.THROTTLED, Fault.LOST_REQUEST, Fault.LOST_ANSWER]


@pytest.fixture
def call(service: Service) -> PlacedCall:
    return PlacedCall(service)


def assert_failed(call: PlacedCall, cause: str) -> None:
    """It was told once, kept as one conversation without a leg, and the order is settled."""
    assert call.told == FAILED
    caller = call.interaction.caller
    assert (caller.status, caller.hangup_cause, caller.uuid) == (LegStatus.FAILED, cause, "")
    assert call.stored.totals.call_count == 0
    assert (call.order["status"], "expiry_shard" in call.order) == (OrderStatus.OVER, False)


def test_a_session_without_the_wish_orders_nothing(service: Service) -> None:
    service.create()

    assert service.items_of("order") == []


def test_the_first_party_is_called(call: PlacedCall) -> None:
    call.place()

    [request] = call.requested
    assert (request.caller_id, request.callee) == (virtual(0), party(0))
    assert call.order["status"] == OrderStatus.CLAIMED
    assert (call.told, call.interactions) == ([], ())


def test_repeated_records_place_no_call_again(call: PlacedCall) -> None:
    for _ in range(3):
        call.place()

    assert len(call.requested) == 1


def test_of_many_at_once_one_places_the_call(call: PlacedCall) -> None:
    together([call.place] * 6)

    assert len(call.requested) == 1


def test_a_claim_stays_that_of_its_token(call: PlacedCall) -> None:
    uuid = call.session.session_uuid

    assert [call_orders.claim(uuid, token) for token in ("a", "b", "a")] == [True, False, True]
    assert not call_orders.claim("no-such-session", "a")


@pytest.mark.parametrize("fault", SPOILT)
def test_a_spoilt_claim_is_repeated(call: PlacedCall, faults: FaultyWrites, fault: Fault) -> None:
    faults.plan(fault)

    call.place()

    assert (faults.are_spent, len(call.requested)) == (True, 1)


def test_a_crash_after_the_claim_rings_nobody_and_is_settled(
    call: PlacedCall, time: ManualClock
) -> None:
    def crash() -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        call.place(crash)
    call.place()
    assert (len(call.requested), call.sweep()) == (1, 0)

    time.advance(seconds=GIVEN_UP_SECONDS)

    assert (call.sweep(), call.sweep()) == (1, 0)
    assert_failed(call, "CARRIER_REPORTED_NOTHING")
    assert len(call.requested) == 1


def test_an_order_that_nobody_claims_is_settled_too(call: PlacedCall, time: ManualClock) -> None:
    time.advance(seconds=GIVEN_UP_SECONDS)

    assert call.sweep() == 1
    call.place()

    assert_failed(call, "CARRIER_REPORTED_NOTHING")
    assert call.requested == []


def test_sweeps_at_once_tell_it_once(call: PlacedCall, time: ManualClock) -> None:
    call.place()
    time.advance(seconds=GIVEN_UP_SECONDS)

    assert sum(together([call.sweep] * 4)) == 1

    assert_failed(call, "CARRIER_REPORTED_NOTHING")


@pytest.mark.parametrize(
    ("placement", "cause"),
    [
        (Placement.REFUSED, "CARRIER_API_REFUSED"),
        (Placement.UNREACHABLE, "CARRIER_API_UNREACHABLE"),
    ],
)
def test_what_cannot_ring_fails_at_once(
    call: PlacedCall, time: ManualClock, placement: Placement, cause: str
) -> None:
    call.carrier.placement = placement

    call.place()

    assert_failed(call, cause)
    time.advance(seconds=GIVEN_UP_SECONDS)
    assert call.sweep() == 0
    assert_failed(call, cause)


@pytest.mark.parametrize("placement", UNCLEAR)
def test_what_may_ring_is_left_to_its_webhooks_and_the_sweep(
    call: PlacedCall, time: ManualClock, placement: Placement
) -> None:
    call.carrier.placement = placement
    call.place()
    assert (call.told, call.sweep()) == ([], 0)

    time.advance(seconds=GIVEN_UP_SECONDS)

    assert call.sweep() == 1
    assert_failed(call, "CARRIER_REPORTED_NOTHING")


@pytest.mark.parametrize("fault", SPOILT)
def test_a_spoilt_failure_is_told_once(
    call: PlacedCall, faults: FaultyWrites, fault: Fault
) -> None:
    call.carrier.placement = Placement.REFUSED

    call.place(lambda: faults.plan(fault))

    assert faults.are_spent
    assert_failed(call, "CARRIER_API_REFUSED")


def test_without_a_carrier_account_it_is_refused(
    call: PlacedCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place_call, "carrier_account", lambda *_: None)

    call.place()

    assert call.requested == []
    assert_failed(call, "CARRIER_API_REFUSED")


@pytest.mark.parametrize("fault", [None, *SPOILT])
def test_nobody_is_called_for_a_session_that_is_over(
    call: PlacedCall, time: ManualClock, faults: FaultyWrites, fault: Fault | None
) -> None:
    time.advance(seconds=3600)
    if fault:
        faults.before_next_write(lambda: None)
        faults.plan(fault)

    call.place()

    assert (call.requested, call.interactions) == ([], ())
    assert call.order["status"] == OrderStatus.OVER
    assert faults.are_spent


@pytest.mark.parametrize("settle", ["refusal", "sweep", "hangup", "over"])
def test_a_settled_order_is_purged_with_its_session(
    call: PlacedCall, time: ManualClock, settle: str
) -> None:
    purged_at = call.order["ttl"]
    call.carrier.placement = Placement.REFUSED if settle == "refusal" else Placement.ACCEPTED
    if settle == "over":
        time.advance(seconds=3600)
    call.place()
    if settle == "sweep":
        time.advance(seconds=GIVEN_UP_SECONDS)
        call.sweep()
    if settle == "hangup":
        call.hang_up()
        time.advance(seconds=GIVEN_UP_SECONDS)
        call.sweep()

    assert call.order["status"] == OrderStatus.OVER
    assert call.order["ttl"] >= purged_at


def test_an_order_in_trouble_holds_up_no_other(
    call: PlacedCall, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PlacedCall(call.service, first=2, second=3)
    read = call_orders.read

    def troubled(session_uuid: str) -> OrderedCall | None:
        if session_uuid == call.session.session_uuid:
            raise KeyError("status")
        return read(session_uuid)

    monkeypatch.setattr(call_orders, "read", troubled)
    time.advance(seconds=GIVEN_UP_SECONDS)

    assert give_up_overdue_calls() == Sweep(told=1, failed=1)

    assert (call.told, other.told) == ([], FAILED)


def test_a_failure_frees_nobodys_line(call: PlacedCall) -> None:
    call.service.call(party(1), virtual(0), call_uuid="second")
    call.carrier.placement = Placement.REFUSED

    call.place()

    held = call.stored.live_call
    assert held is not None
    assert held.call_uuid == "second"


def test_late_news_of_a_leg_corrects_what_was_told_of_it(
    call: PlacedCall, time: ManualClock
) -> None:
    call.place()
    time.advance(seconds=GIVEN_UP_SECONDS)
    call.sweep()

    for _ in range(2):
        call.hang_up()

    caller = call.interaction.caller
    assert (caller.uuid, caller.status) == (LEG, LegStatus.COMPLETED)
    assert (caller.duration_seconds, call.stored.totals.call_count) == (42, 1)
    assert [name for name in call.told if name in FAILED] == FAILED


def test_a_leg_that_rang_is_the_one_that_is_given_up(call: PlacedCall, time: ManualClock) -> None:
    call.place()
    call.ring()
    time.advance(seconds=GIVEN_UP_SECONDS)

    assert call.sweep() == 1
    given_up = call.interaction.caller
    assert (given_up.uuid, given_up.status) == (LEG, LegStatus.FAILED)

    call.hang_up(status=LegStatus.NO_ANSWER, duration_seconds=0)
    assert call.interaction.caller.status is LegStatus.NO_ANSWER
    assert call.told == ["SessionFirstPartyRing", *FAILED]
