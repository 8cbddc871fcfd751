"""Short lives of the service. Together every function runs; each is explored call by call.

A story sets the scene, then lets the faults loose with `begin`, and accepts whatever a client, a
carrier or a caller may be answered: what must hold in the end is for checks.py to say.
"""

import json
from collections.abc import Callable

from local.phone.simulator import Script, finish
from tests.faults.outside import CUSTOMER
from tests.faults.world import World
from tests.support.scenario import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ERIN,
    FRANK,
    GRACE,
    JUDY,
    KEN,
    PINS,
    SPARE,
    STRANGER,
    number_path,
)

Story = Callable[[World], None]

TOLD = {"callback_url": CUSTOMER, "recording_callback_url": CUSTOMER}


def creating(world: World) -> None:
    """Two people by each strategy, and one alone."""
    world.begin()
    world.create("shared", ALICE, BOB, **TOLD)
    world.create("each", ALICE, CAROL, virtual_number_strategy="per_party", **TOLD)
    world.create("alone", DAVE, "", create_session_with_single_party=True, **TOLD)
    world.create("pins", ERIN, FRANK, **PINS, **TOLD)


def calling(world: World) -> None:
    """A recorded conversation, with something for the callee to hear first."""
    heard = {"second_party_play_url": "https://customer.example.com/hello.mp3"}
    world.create("call", ALICE, BOB, record=True, **heard, **TOLD)
    world.begin()
    finish(world.ring(ALICE, world.number_of("call")), Script())
    world.carry_on()


def hanging_up_early(world: World) -> None:
    """The caller is gone before the answer webhook is through, which the carrier then repeats."""
    world.create("early", ALICE, BOB, **TOLD)
    world.begin()
    world.hang_up_before_the_answer(ALICE, world.number_of("early"))
    finish(world.ring(BOB, world.number_of("early")), Script())


def meeting_a_busy_line(world: World) -> None:
    """A third call finds the line held by one that the carrier has forgotten."""
    world.create("busy", ALICE, BOB, **TOLD)
    talking = world.ring(ALICE, world.number_of("busy"))
    world.outside.live_calls.clear()
    world.begin()
    finish(world.ring(BOB, world.number_of("busy")), Script(answer="no-answer"))
    finish(talking, Script())


def asking_why(world: World) -> None:
    """Of a call that was connected, one that found the line busy, and one that led nowhere."""
    world.create("why", ALICE, BOB, **TOLD)
    number = world.number_of("why")
    talking = world.ring(ALICE, number)
    world.begin()
    calls = [talking, *(world.ring(caller, number) for caller in (BOB, STRANGER))]
    for call in calls:
        world.api("GET", f"Masking/Call/{call.call_uuid}/")
    for call in calls:
        finish(call, Script())


def entering_a_pin(world: World) -> None:
    """A stranger errs once, and a party who must give a PIN does not."""
    world.create("pin", ALICE, BOB, **PINS, **TOLD)
    digits = ("0000", PINS["first_party_pin"])
    world.begin()
    for caller, entered in ((STRANGER, digits), (ALICE, digits[1:])):
        finish(world.ring(caller, world.number_of("pin")), Script(digits=entered))


def opening_a_door(world: World) -> None:
    """Anybody reaches a lone party and is reached back, until somebody is added."""
    world.create("door", GRACE, "", create_session_with_single_party=True, **TOLD)
    world.begin()
    finish(world.ring(JUDY, world.number_of("door")), Script())
    finish(world.ring(GRACE, world.number_of("door")), Script())
    world.api("POST", world.path_of("door"), {"second_party": KEN})


def asking_for_a_call(world: World) -> None:
    world.begin()
    world.create("placed", ALICE, BOB, initiate_call_to_first_party=True, **TOLD)
    world.carry_on()
    for call in world.placed_calls():
        finish(call.start(), Script())
    world.carry_on()


def changing_and_ending(world: World) -> None:
    for name, second in (("changed", BOB), ("ended", CAROL)):
        world.create(name, ALICE, second, **TOLD)
    world.begin()
    world.api("POST", world.path_of("changed"), {"session_expiry": 7200, "ring_timeout": 30})
    world.end("ended")
    for path in (world.path_of("changed"), "Masking/Session/"):
        world.api("GET", path)


def expiring(world: World) -> None:
    """Two sessions and a call that nobody reports on are due in one sweep."""
    for name, second in (("first", BOB), ("second", CAROL)):
        world.create(name, ALICE, second, session_expiry=60, **TOLD)
    call = world.ring(ALICE, world.number_of("first"))
    if call.state != "ended":
        call.hangup()
    world.time.advance(seconds=600)
    world.begin()
    world.run_schedules()
    world.carry_on()


def expiring_without_a_sweep(world: World) -> None:
    """TTL collects the routes long after, and its stream tells the timeouts."""
    for name, second in (("collected", BOB), ("collected too", CAROL)):
        world.create(name, ALICE, second, session_expiry=60, **TOLD)
    world.carry_on()
    world.time.advance(seconds=5 * 86_400)
    world.begin()
    world.collect_expired_items()
    world.carry_on()


def replacing(world: World) -> None:
    """A number goes bad in the middle of two sessions' lives."""
    for name, first in (("moved", ALICE), ("moved too", CAROL)):
        world.create(name, first, BOB, session_expiry=3600, **TOLD)
    bad = world.number_of("moved")
    world.begin()
    world.api("POST", number_path(bad), {"health": "unhealthy"})
    world.replace_numbers()
    world.replace_numbers()
    finish(world.ring(BOB, bad), Script())
    world.time.advance(seconds=6 * 60)
    world.replace_numbers()


def delivering(world: World) -> None:
    """Events of several sessions at once, in several writes each."""
    for name, caller, callee in (("one", ALICE, BOB), ("two", CAROL, DAVE)):
        world.create(name, caller, callee, **TOLD)
        finish(world.ring(caller, world.number_of(name)), Script(answer="busy"))
    world.begin()
    world.carry_on()


def giving_up(world: World) -> None:
    """A customer takes nothing; later the operator sends it again, and the customer takes it."""
    world.outside.is_broken = True
    world.create("refused", ALICE, BOB, session_expiry=60, **TOLD)
    world.time.advance(seconds=90)
    world.run_schedules()
    world.begin()
    world.carry_on()
    world.outside.is_broken = False
    world.replay()
    world.carry_on()


def managing_numbers(world: World) -> None:
    world.begin()
    world.provision()
    world.api("POST", "Number/", {"numbers": SPARE})
    world.api("POST", number_path(SPARE), {"status": "retired"})
    for path in (number_path(SPARE), "Number/"):
        world.api("GET", path)
    world.api("DELETE", number_path(SPARE))


def rotating_keys(world: World) -> None:
    """Half of a session's life is sealed under another key than the rest."""
    world.create("sealed", ALICE, BOB, **TOLD)
    world.begin()
    world.rotate_keys()
    finish(world.ring(ALICE, world.number_of("sealed")), Script())
    world.create("sealed anew", CAROL, DAVE, **TOLD)
    world.carry_on()


def erasing(world: World) -> None:
    """Somebody is forgotten while what happened to them is still on its way."""
    world.create("forgotten", ALICE, BOB, **TOLD)
    finish(world.ring(ALICE, world.number_of("forgotten")), Script())
    world.begin()
    ordered = world.api("POST", "Masking/Erasure/", {"number": ALICE})
    for _ in range(3):
        world.time.advance(seconds=60)
        world.run_schedules()
        world.carry_on()
    if ordered.status == 202:
        world.api("GET", f"Masking/Erasure/{json.loads(ordered.body)['erasure_id']}/")


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        creating,
        calling,
        hanging_up_early,
        meeting_a_busy_line,
        asking_why,
        entering_a_pin,
        opening_a_door,
        asking_for_a_call,
        changing_and_ending,
        expiring,
        expiring_without_a_sweep,
        replacing,
        delivering,
        giving_up,
        managing_numbers,
        rotating_keys,
        erasing,
    )
}
