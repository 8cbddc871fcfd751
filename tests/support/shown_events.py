"""Calls that bring about every event, for the payloads that docs/events.md shows."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from local.phone.simulator import Script, finish
from tests.support.in_process import Service
from tests.support.scenario import ALICE, BOB, PINS, Scenario, number_path

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_CARRIER = re.compile(r"https?://[\w.:]+/v1/Account/MA\w{18}/")

# The attributes as lines of "Name=value", decoded.
Payload = str


def comparable(payload: Payload) -> Payload:
    """Return a payload without what is another each time: ids, times, and where the carrier is."""
    return _CARRIER.sub("<carrier>/", _TIME.sub("<time>", _UUID.sub("<uuid>", payload)))


class Stories:
    """Plays one story of a session after the other, and keeps the events of each."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._day = Scenario(service)
        self._day.provision()
        self._day.manage_numbers()
        self._url = f"{service.outside.url}/taken"

    def told(self) -> dict[str, dict[str, Payload]]:
        """By story and event, the first payload of each."""
        return {
            story.__name__: self._told_of(story)
            for story in (
                self.answered,
                self.called_back,
                self.not_recorded,
                self.busy,
                self.with_a_pin,
                self.moved,
                self.expired,
            )
        }

    def _told_of(self, story: Callable[[], None]) -> dict[str, Payload]:
        before = len(self._service.outside.callbacks)
        story()
        self._service.carry_on()
        told: dict[str, Payload] = {}
        for form in self._service.outside.callbacks[before:]:
            pairs = parse_qsl(form, keep_blank_values=True)
            told.setdefault(dict(pairs)["EventName"], "".join(f"{n}={v}\n" for n, v in pairs))
        return told

    def _create(self, name: str, **options: object) -> None:
        self._day.create(name, ALICE, BOB, callback_url=self._url, **options)

    def _ring(self, name: str, caller: str, script: Script, **changes: object) -> None:
        call = self._day.ring(caller, self._day.virtual_number(name), **changes)
        finish(call, script)

    def _end(self, name: str) -> None:
        """Free the number for the next story."""
        self._day.api("DELETE", self._day.session_path(name))

    def answered(self) -> None:
        """The first party calls, the second picks up; the conversation is recorded."""
        self._create("call", record=True, recording_callback_url=self._url)
        self._ring("call", ALICE, Script())

    def called_back(self) -> None:
        self._ring("call", BOB, Script())

    def not_recorded(self) -> None:
        """The carrier has no recording of a conversation."""
        self._ring("call", ALICE, Script(), records=False)
        self._end("call")

    def busy(self) -> None:
        self._create("busy")
        self._ring("busy", ALICE, Script("busy"))
        self._end("busy")

    def with_a_pin(self) -> None:
        """A party errs once."""
        self._create("pins", **PINS)
        self._ring("pins", ALICE, Script(digits=("0000", str(PINS["first_party_pin"]))))
        self._end("pins")

    def moved(self) -> None:
        """The number that a session was given goes bad."""
        self._create("moved")
        path = number_path(self._day.virtual_number("moved"))
        self._day.api("POST", path, {"health": "unhealthy"}, expected=202)
        for _ in range(2):
            self._service.run_schedules()
        self._end("moved")

    def expired(self) -> None:
        self._create("brief", session_expiry=60)
        self._service.advance(61)
        self._service.run_schedules()
