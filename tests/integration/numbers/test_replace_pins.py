"""PINs on the old number of a session that was given another one: asked for there, and proven."""

from dataclasses import replace
from typing import Any

import pytest

from maskline.domain.calls.plan import Announce, Announcement, CallPlan, CollectPin, Dial
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session, Strategy
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.replacing import call_healthy, call_unhealthy, numbers_of, run
from tests.support.service import Service

PINS = builders.pin_terms()
PROMPT = CollectPin(PINS.prompt_url, PINS.wait_seconds)
PROMPT_AGAIN = replace(PROMPT, incorrect_url=PINS.incorrect_url)
NOT_CONNECTED = Announce(Announcement.NOT_CONNECTED)
PIN_CHECKED = "SessionPinAuthenticationStatus"
ALICE, BOB, STRANGER = party(0), party(1), party(50)
OLD, NEW = virtual(0), virtual(1)
GRACE_SECONDS = 600


def moved(service: Service, *, grace: int = 0, **changes: Any) -> Session:
    """A session of Alice and Bob with PINs, whose shared number was replaced."""
    session = service.create(terms=builders.terms(pin=replace(PINS, **changes)))
    call_unhealthy(service, OLD, **({"grace_seconds": grace} if grace else {}))
    run()
    after = service.stored(session)
    assert numbers_of(after) == (NEW, NEW)
    return after


def dials(plan: CallPlan) -> tuple[E164, E164]:
    assert isinstance(plan, Dial), plan
    return plan.peer, plan.caller_id


def hang_up(service: Service, session: Session, call: PinCaller) -> None:
    service.report(session, call.call_uuid, builders.caller_ended(leg_uuid=call.call_uuid))


@pytest.mark.parametrize("caller", [STRANGER, None])
@pytest.mark.parametrize(("pin", "peer"), [(PINS.first_pin, BOB), (PINS.second_pin, ALICE)])
def test_a_stranger_proves_a_party_on_either_number_and_the_new_one_is_shown(
    service: Service, caller: E164 | None, pin: str, peer: E164
) -> None:
    session = moved(service)

    for dialled in (OLD, NEW):
        call = PinCaller(caller, dialled)
        assert call.dial() == PROMPT
        assert dials(call.enter(pin)) == (peer, NEW)
        hang_up(service, session, call)

    checks = [event for event in service.events(session) if event.pin_check]
    assert [event.pin_check and event.pin_check.status for event in checks] == ["success"] * 2
    assert [event.virtual_number for event in checks] == [OLD, NEW]


def test_a_call_that_was_asked_before_the_move_is_connected_after_it(service: Service) -> None:
    session = service.create(terms=builders.terms(pin=PINS))
    call = PinCaller(STRANGER, OLD)
    assert call.dial() == PROMPT
    call_unhealthy(service, OLD)
    run()

    assert dials(call.enter(PINS.first_pin)) == (BOB, NEW)

    assert numbers_of(service.stored(session)) == (NEW, NEW)


def test_a_wrong_pin_counts_there_too(service: Service) -> None:
    session = moved(service, retries=1)
    call = PinCaller(STRANGER, OLD)
    call.dial()

    assert call.enter("0000") == PROMPT_AGAIN
    last = call.enter("0001")

    assert not isinstance(last, CollectPin | Dial)
    assert [
        (event.pin_check.status, event.pin_check.retries)
        for event in service.events(session)
        if event.pin_check
    ] == [("failed", 0), ("failed", 1)]
    guesses = [item for item in service.items() if item["PK"].startswith(f"NUMBER#{OLD}#GUESSES")]
    assert len(guesses) == 1
    assert not [item for item in service.items() if item["PK"].startswith(f"NUMBER#{NEW}#GUESSES")]


def test_a_forced_party_must_enter_their_own_pin_on_the_old_number(service: Service) -> None:
    moved(service, is_forced=True, retries=5)
    for dialled in (OLD, NEW):
        call = PinCaller(ALICE, dialled, others_live=False)
        assert call.dial() == PROMPT
        assert call.enter(PINS.second_pin) == PROMPT_AGAIN
        assert dials(call.enter(PINS.first_pin)) == (BOB, NEW)


def test_a_registered_party_is_authorized_on_the_old_number(service: Service) -> None:
    session = moved(service)

    assert dials(PinCaller(BOB, OLD).dial()) == (ALICE, NEW)

    checks = [event.pin_check for event in service.events(session) if event.pin_check]
    assert [check.status for check in checks] == ["AuthorizedCaller"]


def test_under_per_party_a_pin_counts_on_the_old_number_of_its_party(service: Service) -> None:
    """The other party's PIN was never one of that number."""
    pins = builders.terms(pin=PINS)
    service.create(2, 1)
    session = service.create(terms=pins, strategy=Strategy.PER_PARTY)
    old_first, old_second = numbers_of(session)
    assert old_first != old_second
    call_unhealthy(service, old_first)
    run()
    new_first, _ = numbers_of(service.stored(session))
    assert new_first != old_first

    call = PinCaller(STRANGER, old_first)
    assert call.dial() == PROMPT
    assert call.enter(PINS.second_pin) == PROMPT_AGAIN
    assert dials(call.enter(PINS.first_pin)) == (BOB, old_second)
    hang_up(service, session, call)
    call = PinCaller(STRANGER, old_second)
    assert call.dial() == PROMPT
    assert dials(call.enter(PINS.second_pin)) == (ALICE, new_first)


@pytest.mark.parametrize("is_deleted", [True, False])
def test_after_the_end_nobody_is_asked_on_either_number(
    service: Service, time: ManualClock, is_deleted: bool
) -> None:
    session = moved(service)
    calls = [PinCaller(STRANGER, dialled) for dialled in (OLD, NEW)]
    for call in calls:
        assert call.dial() == PROMPT
    if is_deleted:
        service.end(session)
    else:
        time.advance(seconds=3600)

    for call in calls:
        assert call.enter(PINS.first_pin) == NOT_CONNECTED
        assert PinCaller(STRANGER, call.dialled).dial() == NOT_CONNECTED
        assert PinCaller(ALICE, call.dialled).dial() == NOT_CONNECTED
    assert PIN_CHECKED not in service.told(session)


@pytest.mark.parametrize("is_forced", [True, False])
def test_after_the_grace_the_old_number_asks_nobody(
    service: Service, time: ManualClock, is_forced: bool
) -> None:
    session = moved(service, grace=GRACE_SECONDS, is_forced=is_forced)
    asked = PinCaller(STRANGER, OLD)
    time.advance(seconds=GRACE_SECONDS - 1)
    assert asked.dial() == PROMPT
    time.advance(seconds=1)

    assert not isinstance(asked.enter(PINS.first_pin), Dial)
    for caller in (STRANGER, ALICE, None):
        assert PinCaller(caller, OLD).dial() == NOT_CONNECTED
    call = PinCaller(STRANGER, NEW)
    assert call.dial() == PROMPT
    assert dials(call.enter(PINS.first_pin)) == (BOB, NEW)
    assert service.stored(session).is_live(time.now_ms())


def test_a_longer_life_holds_for_the_pins_of_the_old_number(
    service: Service, time: ManualClock
) -> None:
    session = moved(service)
    time.advance(seconds=3000)
    service.update(session, session_expiry_seconds=3600)
    time.advance(seconds=1800)

    call = PinCaller(STRANGER, OLD)

    assert call.dial() == PROMPT
    assert dials(call.enter(PINS.second_pin)) == (ALICE, NEW)


def test_the_newest_session_of_the_old_number_prompts_and_the_pin_decides(
    service: Service, time: ManualClock
) -> None:
    session = moved(service)
    call_healthy(service, OLD)
    time.advance(seconds=1)
    theirs = builders.pin_terms(
        first_pin="1111", second_pin="2222", prompt_url="https://x.example/2"
    )
    other = service.create(2, 3, terms=builders.terms(pin=theirs))
    assert numbers_of(other) == (OLD, OLD)

    call = PinCaller(STRANGER, OLD)
    assert call.dial() == replace(PROMPT, prompt_url="https://x.example/2")
    assert dials(call.enter(PINS.first_pin)) == (BOB, NEW)
    hang_up(service, session, call)
    service.end(other)
    call = PinCaller(STRANGER, OLD)
    assert call.dial() == PROMPT
    assert dials(call.enter(PINS.second_pin)) == (ALICE, NEW)


def test_the_pin_of_a_moved_session_is_not_given_out_again_on_its_old_number(
    service: Service,
) -> None:
    """A PIN identifies one party of one session on a number (I2), though it is well again."""
    session = moved(service)
    call_healthy(service, OLD)

    same = service.create(2, 3, terms=builders.terms(pin=PINS))
    assert numbers_of(same) == (virtual(2), virtual(2))

    service.end(session)
    after = service.create(4, 5, terms=builders.terms(pin=PINS))
    assert numbers_of(after) == (OLD, OLD)
    call = PinCaller(STRANGER, OLD)
    call.dial()
    assert dials(call.enter(PINS.first_pin))[0] == party(5)
