"""A company with many numbers, and somebody who asks why its calls went where they went."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.aws.engine import Engine
from local.phone.placed import Outgoing, PlacedCall, place
from local.phone.steps import SimulatedCall
from tests.support.in_process import Service
from tests.support.scenario import ALICE, BOB, FALLBACK_URL, PEOPLE, PINS, STRANGER, Scenario

Json = dict[str, Any]

AUDIO = "https://customer.example.com/audio.mp3"
LONE: Json = {"create_session_with_single_party": True}
PIN, OTHER_PIN = PINS["first_party_pin"], PINS["second_party_pin"]
FREE_PINS = PINS | {"force_pin_authentication": False, "pin_prompt_play": AUDIO}
NUMBERS = tuple(f"+442079460{index:03d}" for index in range(60))


class Company(Scenario):
    """Alice has a number of her own in each of her sessions, so that no session meets another."""

    def open(self) -> None:
        self.provision()
        self.api("POST", "Number/", {"numbers": ",".join(NUMBERS)}, expected=202)

    def session(self, name: str, second: str = BOB, **options: Any) -> str:
        """A session of Alice's; the number that she dials."""
        self.create(name, ALICE, second, geomatch=False, **options)
        return self.virtual_number(name)

    def others_number(self, name: str) -> str:
        """The one that the second party dials."""
        return "+" + str(self.created[name]["session"]["second_party_virtual_number"])

    def hand_over(self, number: str) -> None:
        path = f"Number/{number.removeprefix('+')}/"
        self.api("POST", path, {"fallback_answer_url": FALLBACK_URL}, expected=202)

    def end(self, name: str) -> None:
        self.api("DELETE", self.session_path(name))

    def ordered(self, name: str, outgoing: Outgoing | None = None) -> list[PlacedCall]:
        """The calls that the carrier makes of a session's order; none of them has rung yet."""
        self.session(name, initiate_call_to_first_party=True)
        self.service.carry_on()
        order = self.service.outside.call_orders[-1]
        return place(order, outgoing or Outgoing(), self.carrier().carrier)

    def lose_the_hangup_of(self, call: SimulatedCall) -> SimulatedCall:
        """The carrier knows the call no more, and has not said so."""
        self.service.outside.live_calls.remove(call.call_uuid)
        return call

    def why(self, call: SimulatedCall) -> Json:
        """What the account is told of a call, on every path that leads to it. It names nobody."""
        told = self.api("GET", f"Masking/Call/{call.call_uuid}/")
        if told["session_uuid"]:
            place = f"Masking/Session/{told['session_uuid']}/Interaction/{call.call_uuid}"
            assert _without_id(self.api("GET", place)) == _without_id(told)
        assert told["call_uuid"] == call.call_uuid
        assert not [person for person in (*PEOPLE, STRANGER) if person[1:] in str(told)]
        return told


def _without_id(told: Json) -> Json:
    return told | {"api_id": ""}


@contextmanager
def opened(engine: Engine) -> Iterator[Company]:
    """The company on an engine with an empty table."""
    engine.set_environment(dict(engine.environment))
    engine.reset()
    with Service(engine) as service:
        company = Company(service)
        company.open()
        yield company
