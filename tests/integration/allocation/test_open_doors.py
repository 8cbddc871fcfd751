"""Open doors take nobody who may be meant for somebody else."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from maskline.domain.calls.plan import Announce, Announcement, CallPlan, CollectPin, Dial, Play
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session, Strategy, Terms
from maskline.domain.why.decision import Rule
from maskline.services import erase_person
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.replacing import call_unhealthy, numbers_of, run
from tests.support.service import Service
from tests.support.threads import together

ALICE, BOB, CAROL, OUTSIDER = party(0), party(1), party(2), party(77)
AUDIO = "https://customer.example/closed.mp3"
NOWHERE = Announce(Announcement.NOT_CONNECTED)

WITH_PINS = builders.terms(pin=builders.pin_terms())
WITH_AUDIO = builders.terms(unknown_caller_play=AUDIO)
SAYINGS = pytest.mark.parametrize("said", [WITH_PINS, WITH_AUDIO], ids=["pins", "audio"])
STRATEGIES = pytest.mark.parametrize("strategy", Strategy)


def lone(service: Service, index: int = 20, *, cooloff: int = 0, **changes: Any) -> Session:
    terms = builders.terms(is_single_party=True, cooloff_seconds=cooloff)
    return service.request(builders.lone_request(index, **{"terms": terms} | changes)).session


def hears_what_is_said(plan: CallPlan) -> bool:
    return isinstance(plan, CollectPin) or plan == Play(AUDIO)


def peer_of(plan: CallPlan) -> E164:
    assert isinstance(plan, Dial), plan
    return plan.peer


@SAYINGS
@STRATEGIES
def test_a_door_keeps_off_numbers_where_strangers_hear_something(
    service: Service, strategy: Strategy, said: Terms
) -> None:
    """Also at the far end, from which doors come."""
    with service.only(virtual(2)):
        speaking = service.create(0, 1, strategy=strategy, terms=said)

    door = lone(service, strategy=strategy).second_virtual_number

    assert door == virtual(1)
    for caller in (OUTSIDER, None):
        assert hears_what_is_said(service.call(caller, speaking.first_virtual_number))
    assert peer_of(service.call(OUTSIDER, door)) == party(20)


@SAYINGS
@STRATEGIES
def test_who_has_something_to_say_to_strangers_steps_past_a_door(
    service: Service, strategy: Strategy, said: Terms
) -> None:
    with service.only(virtual(0)):
        door = lone(service, strategy=strategy).second_virtual_number

    speaking = service.create(0, 1, strategy=strategy, terms=said)

    assert door == virtual(0)
    assert numbers_of(speaking) == (virtual(1), virtual(1))
    assert service.create(0, 1).first_virtual_number == virtual(0), "others need not"


@SAYINGS
def test_also_past_one_that_cools_off(service: Service, said: Terms) -> None:
    with service.only(virtual(0)):
        service.end(lone(service, cooloff=600))

    assert service.create(0, 1, terms=said).first_virtual_number == virtual(1)


@SAYINGS
@STRATEGIES
@pytest.mark.parametrize("is_door_first", [True, False])
def test_where_they_meet_all_the_same_strangers_hear_what_is_said(
    service: Service, strategy: Strategy, said: Terms, is_door_first: bool
) -> None:
    """Nobody is refused for it."""
    wanted: list[Callable[[], Session]] = [
        partial(lone, service, strategy=strategy),
        partial(service.create, 0, 1, strategy=strategy, terms=said),
    ]
    with service.only(virtual(0)):
        for create in wanted if is_door_first else wanted[::-1]:
            create()

    for caller in (OUTSIDER, None):
        assert hears_what_is_said(service.call(caller, virtual(0)))
    assert peer_of(service.call(ALICE, virtual(0))) == BOB


def test_a_door_opens_again_once_nothing_is_said_there_any_more(service: Service) -> None:
    with service.only(virtual(0)):
        lone(service)
        speaking = service.create(0, 1, terms=WITH_AUDIO)

    service.end(speaking)

    assert peer_of(service.call(OUTSIDER, virtual(0))) == party(20)


def test_a_sessions_own_audio_is_not_said_at_its_own_door(service: Service) -> None:
    terms = builders.terms(is_single_party=True, unknown_caller_play=AUDIO)

    session = lone(service, terms=terms)

    assert peer_of(service.call(OUTSIDER, session.second_virtual_number)) == party(20)


def delete(service: Service, time: ManualClock, session: Session) -> None:
    service.end(session)


def expire(service: Service, time: ManualClock, session: Session) -> None:
    time.now = session.expires_at


def erase(service: Service, time: ManualClock, session: Session) -> None:
    erase_person.order_erasure(service.caller(), session.first_party)
    erase_person.carry_out_erasures()


ENDINGS = pytest.mark.parametrize("finish", [delete, expire, erase])


@ENDINGS
@STRATEGIES
def test_whoever_came_through_a_door_reaches_no_other_while_it_cools_off(
    service: Service,
    time: ManualClock,
    strategy: Strategy,
    finish: Callable[[Service, ManualClock, Session], None],
) -> None:
    session = lone(service, 20, cooloff=3600, strategy=strategy)
    number = session.second_virtual_number
    peer_of(service.call(OUTSIDER, number, call_uuid="a"))
    service.report(session, "a", builders.caller_ended(leg_uuid="a"))

    finish(service, time, session)
    reusable_at = service.stored(session).reusable_at
    other = lone(service, 21, strategy=strategy)

    assert other.second_virtual_number != number
    for caller in (OUTSIDER, None, party(20)):
        assert service.call(caller, number) == NOWHERE
    time.now = reusable_at
    assert lone(service, 22, strategy=strategy).second_virtual_number == number


@pytest.mark.parametrize("finish", [delete, expire])
def test_whose_own_session_cools_off_reaches_no_door(
    service: Service, time: ManualClock, finish: Callable[[Service, ManualClock, Session], None]
) -> None:
    with service.only(virtual(0)):
        session = service.create(0, 1, terms=builders.terms(cooloff_seconds=3600))
        finish(service, time, session)
        lone(service)

    for caller in (ALICE, BOB):
        assert service.call(caller, virtual(0)) == NOWHERE
    assert {item["rule"] for item in service.items_of("decision")} == {Rule.SESSION_OVER}
    assert peer_of(service.call(OUTSIDER, virtual(0), call_uuid="a")) == party(20)

    time.advance(seconds=3600 + 3600)
    with service.only(virtual(0)):
        lone(service, 21)
    assert peer_of(service.call(ALICE, virtual(0))) == party(21)


def test_the_other_party_of_who_was_erased_reaches_no_door(service: Service) -> None:
    with service.only(virtual(0)):
        service.create(0, 1, terms=builders.terms(cooloff_seconds=3600))
        erase_person.order_erasure(service.caller(), ALICE)
        erase_person.carry_out_erasures()
        lone(service)

    assert service.call(BOB, virtual(0)) == NOWHERE


def test_a_door_that_an_added_party_closes_cools_off(service: Service, time: ManualClock) -> None:
    session = lone(service, cooloff=600)
    number = session.second_virtual_number
    assert number == virtual(2)

    service.update(session, fixed={"second_party": BOB})

    assert lone(service, 21).second_virtual_number == virtual(1)
    assert service.call(OUTSIDER, number) == NOWHERE
    time.advance(seconds=600)
    assert lone(service, 22).second_virtual_number == number
    assert service.stored(session).is_live(time.now)


def test_a_closed_door_holds_nobodys_number(service: Service) -> None:
    session = lone(service, cooloff=600)
    service.update(session, fixed={"second_party": BOB})

    [closed] = [item for item in service.items_of("route") if item["kind"] == "open"]

    assert (closed["party"], closed["peer"]) == ("", "")


@SAYINGS
def test_a_session_that_moves_steps_past_a_door_as_well(service: Service, said: Terms) -> None:
    session = service.create(0, 1, terms=said)
    with service.only(virtual(1)):
        lone(service)
    call_unhealthy(service, virtual(0))

    run()

    assert service.stored(session).first_virtual_number == virtual(2)


@SAYINGS
def test_no_party_stays_behind_for_the_sake_of_a_door(service: Service, said: Terms) -> None:
    with service.only(virtual(0)):
        session = service.create(0, 1, strategy=Strategy.PER_PARTY, terms=said)
    with service.only(virtual(1)):
        lone(service)
    with service.only(virtual(2)):
        service.create(0, 2)
    call_unhealthy(service, virtual(0))

    run()

    assert numbers_of(service.stored(session)) == (virtual(1), virtual(1))


def test_a_door_that_moves_steps_past_what_is_said(service: Service) -> None:
    with service.only(virtual(0)):
        session = lone(service)
    with service.only(virtual(2)):
        service.create(0, 1, terms=WITH_PINS)
    call_unhealthy(service, virtual(0))

    run()

    assert service.stored(session).second_virtual_number == virtual(1)


def test_an_added_party_of_a_session_with_audio_gets_a_number_without_a_door(
    service: Service,
) -> None:
    """The number that outsiders dialled, on which nobody else's door can be, is taken for Bob."""
    terms = builders.terms(is_single_party=True, unknown_caller_play=AUDIO)
    with service.only(virtual(0)):
        session = lone(service, terms=terms, strategy=Strategy.PER_PARTY)
        service.create(1, 2)
    with service.only(virtual(1)):
        lone(service, 21)

    assert service.update(session, fixed={"second_party": BOB}).second_virtual_number == virtual(2)


def test_also_where_the_number_of_last_time_has_a_door(service: Service) -> None:
    terms = builders.terms(is_single_party=True, is_sticky=True, unknown_caller_play=AUDIO)
    with service.only(virtual(0)):
        service.end(service.create(20, 1, strategy=Strategy.PER_PARTY, terms=terms))
        lone(service, 21)
    with service.only(virtual(2)):
        session = lone(service, terms=terms, strategy=Strategy.PER_PARTY)

    assert service.update(session, fixed={"second_party": BOB}).second_virtual_number == virtual(2)


def test_a_pool_in_which_every_number_has_a_door_refuses_doors_alone(service: Service) -> None:
    for index in range(3):
        lone(service, 20 + index, cooloff=600)

    with pytest.raises(PoolExhaustedError):
        lone(service, 30)
    assert service.create(0, 1, terms=WITH_PINS)
    assert service.create(2, 3, terms=WITH_AUDIO)
    assert service.create(4, 5)


@STRATEGIES
def test_all_at_once_nobody_is_refused_and_no_number_has_two_doors(
    service: Service, strategy: Strategy
) -> None:
    drawn = builders.pin_terms(first_pin="", second_pin="", is_generated=True, generated_length=6)
    said = builders.terms(pin=drawn)
    doors = [partial(lone, service, 20 + index, strategy=strategy) for index in range(3)]
    others = [
        partial(service.create, 2 * index, 2 * index + 1, strategy=strategy, terms=said)
        for index in range(3)
    ]

    made = together([*doors, *others])

    assert len({session.second_virtual_number for session in made[:3]}) == 3
    for session in made[3:]:
        assert isinstance(service.call(OUTSIDER, session.first_virtual_number), CollectPin)
