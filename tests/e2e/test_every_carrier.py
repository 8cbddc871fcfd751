"""One story of each kind, told over every carrier: docs/carriers.md says where one cannot tell it.

Each carrier is met as the world meets it: by its own webhooks, signed in its own way, by documents
in its own language, and by its own API.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pytest

from local.phone.simulator import Answer, CarrierSimulator, Script
from maskline import carriers
from tests.e2e.customer import Customer, Mailbox
from tests.e2e.people import pair, phone
from tests.e2e.service import Service
from tests.e2e.wire import Client, exchange

DOCUMENT = Path(__file__).parents[2] / "docs" / "carriers.md"
AUDIO = "https://audio.example/{}.mp3"
CONVERSATION = [
    "SessionVirtualNumberAnswer",
    "SessionFirstPartyAnswer",
    "SessionSecondPartyRing",
    "SessionSecondPartyAnswer",
    "SessionSecondPartyHangup",
    "SessionFirstPartyHangup",
    "SessionPartiesHangup",
]
# A story that a carrier cannot tell, and the words of docs/carriers.md that say so.
CANNOT: Mapping[tuple[str, str], str] = {
    ("test_a_conversation_is_recorded", "jambonz"): (
        "jambonz tells nobody when a recording is there"
    ),
    ("test_a_call_costs_what_the_carrier_says", "jambonz"): (
        "jambonz does not know what a call costs: amounts are null"
    ),
}
Session = dict[str, Any]


@dataclass(frozen=True)
class World:
    """One carrier, and the seeded account that has numbers there."""

    name: str
    service: Service
    client: Client
    mailbox: Mailbox

    @cached_property
    def carrier(self) -> CarrierSimulator:
        return CarrierSimulator.of(self.service.info(), carrier=self.name)

    @property
    def numbers(self) -> list[str]:
        return [*self.service.info()["carriers"][self.name]["numbers"]]

    def create(self, *people: str, **wishes: Any) -> Session:
        """A session on this carrier's numbers; its `dialled` is the virtual number in E.164."""
        wishes = {"carrier": self.name, "callback_url": self.mailbox.url} | wishes
        session = self.client.create(*people, **wishes)
        session["dialled"] = f"+{session['virtual_number'].removeprefix('+')}"
        assert session["dialled"] in self.numbers
        return session

    def shown(self, session: Session) -> Session:
        return self.client.session(session["session_uuid"])

    def interaction(self, session: Session) -> dict[str, Any]:
        [entry] = self.shown(session)["interaction"]
        return dict(entry)

    def expect(self, number: str, **outgoing: Any) -> None:
        """Say what is to happen to the calls that the carrier is asked to place to a number."""
        url = f"{self.service.url}/local/carriers/{self.name}/outgoing/{number[1:]}"
        assert exchange("PUT", url, body=json.dumps(outgoing).encode()).status == 200

    def requested(self, number: str) -> int:
        url = f"{self.service.url}/local/carriers/{self.name}/outgoing/{number[1:]}"
        return int(exchange("GET", url).json["requested"])


@pytest.fixture(params=carriers.NAMES)
def world(
    request: pytest.FixtureRequest, service: Service, client: Client, customer: Customer
) -> World:
    story = request.function.__name__
    words = CANNOT.get((story, request.param))
    if words is not None:
        assert words in re.sub(r"\s+", " ", DOCUMENT.read_text(encoding="utf-8"))
        pytest.skip(words)
    return World(request.param, service, client, customer.mailbox())


def test_connected_both_ways_with_the_virtual_number_shown(world: World) -> None:
    first, second = pair()
    session = world.create(first, second)

    for caller, callee in ((first, second), (second, first)):
        call = world.carrier.call(caller, session["dialled"])

        assert call.outcome == "connected", call.problem
        assert call.leg is not None
        assert (call.leg.to, call.leg.caller_id) == (callee, session["dialled"])

    told = world.mailbox.wait_for(2 * len(CONVERSATION))
    assert [one.event for one in told[: len(CONVERSATION)]] == CONVERSATION
    entries = world.shown(session)["interaction"]
    assert [entry["first_party_status"] for entry in entries] == ["completed"] * 2
    assert [entry["second_party_status"] for entry in entries] == ["completed"] * 2
    assert all(entry["duration"] > 0 for entry in entries)


def test_nothing_that_the_carrier_is_told_of_the_callee_names_the_caller(world: World) -> None:
    first, second = pair()
    session = world.create(first, second, second_party_play_url=AUDIO.format("whisper"))

    call = world.carrier.call(first, session["dialled"])

    documents = "".join(one.text for one in call.deliveries)
    assert second.removeprefix("+") in documents
    assert first.removeprefix("+") not in documents


@pytest.mark.parametrize("caller", ["stranger", "withheld"])
def test_a_stranger_is_told_so_and_connected_to_nobody(caller: str, world: World) -> None:
    session = world.create(*pair())

    call = world.carrier.call(phone() if caller == "stranger" else "", session["dialled"])

    assert call.legs == []
    assert call.heard
    assert world.shown(session)["interaction"] is None


@pytest.mark.parametrize("answer", ["busy", "no-answer", "rejected", "unreachable", "timeout"])
def test_nobody_home_and_the_caller_is_told(answer: Answer, world: World) -> None:
    first, second = pair()
    session = world.create(first, second, ring_timeout=30)

    call = world.carrier.call(first, session["dialled"], Script(answer=answer))

    assert not call.is_connected
    assert any("not available" in text for text in call.heard), call.heard
    told = world.mailbox.wait_for(6)
    assert [one.event for one in told] == [name for name in CONVERSATION if name != CONVERSATION[3]]
    entry = world.interaction(session)
    assert entry["second_party_status"] in {"busy", "no-answer", "failed"}
    if answer in {"busy", "no-answer"}:
        assert entry["second_party_status"] == answer


def test_a_caller_who_gives_up_while_it_rings(world: World) -> None:
    first, second = pair()
    session = world.create(first, second)

    call = world.carrier.call(first, session["dialled"], Script(answer="cancel"))

    assert not call.is_connected
    told = world.mailbox.wait_for(6)
    assert told[-1].event == "SessionPartiesHangup"
    entry = world.interaction(session)
    assert entry["second_party_status"] in {"cancel", "no-answer"}
    assert world.carrier.call(second, session["dialled"]).is_connected


def test_a_second_call_finds_the_line_busy(world: World) -> None:
    first, second = pair()
    session = world.create(first, second)
    talking = world.carrier.place(first, session["dialled"]).start().answer()
    assert talking.state == "talking"

    other = world.carrier.call(second, session["dialled"])

    assert other.legs == []
    assert other.outcome == "busy" or other.heard
    talking.hangup()
    assert world.carrier.call(second, session["dialled"]).is_connected


PIN = {"is_pin_authentication_required": True, "force_pin_authentication": True}


def pin_session(world: World, *people: str, pins: tuple[str, str]) -> Session:
    return world.create(
        *people,
        **PIN,
        first_party_pin=pins[0],
        second_party_pin=pins[1],
        pin_prompt_play=AUDIO.format("prompt"),
        incorrect_pin_play=AUDIO.format("wrong"),
        pin_retry=2,
    )


def test_a_pin_is_asked_for_and_proves_its_party(world: World) -> None:
    first, second = pair()
    session = pin_session(world, first, second, pins=("482913", "739015"))

    call = world.carrier.call(first, session["dialled"], Script(digits=("111111#", "", "482913#")))

    assert call.is_connected, call.heard
    assert call.leg is not None
    assert (call.leg.to, call.leg.caller_id) == (second, session["dialled"])
    prompt, wrong = AUDIO.format("prompt"), AUDIO.format("wrong")
    assert call.heard[:5] == [prompt, wrong, prompt, wrong, prompt]


def test_a_pin_that_is_never_right_connects_nobody(world: World) -> None:
    first, second = pair()
    session = pin_session(world, first, second, pins=("582913", "839015"))

    call = world.carrier.call(first, session["dialled"], Script(digits=("1#", "2#", "3#")))

    assert call.legs == []
    assert call.heard[-1] == AUDIO.format("wrong")


def test_both_hear_what_is_to_be_heard_first(world: World) -> None:
    first, second = pair()
    plays = {f"{role}_party_play_url": AUDIO.format(role) for role in ("first", "second")}
    session = world.create(first, second, **plays)

    call = world.carrier.call(first, session["dialled"])

    assert call.is_connected
    assert call.heard[:1] == [AUDIO.format("first")]
    assert call.whispered == [AUDIO.format("second")]


def test_a_conversation_is_recorded(world: World, customer: Customer) -> None:
    first, second = pair()
    recordings = customer.mailbox()
    session = world.create(first, second, record=True, recording_callback_url=recordings.url)

    call = world.carrier.call(first, session["dialled"], Script(talk_seconds=90))

    assert call.is_connected
    begun, done = recordings.wait_for(2)
    assert begun.event == "SessionRecordingInitiated"
    assert done.event == "SessionRecordingCompleted"
    assert done.fields["RecordingUUID"]
    assert done.fields["RecordingResourceURL"].startswith(world.carrier.carrier.media or "")
    assert int(done.fields["RecordingDuration"]) >= 90
    entry = world.interaction(session)
    assert entry["recording_resource_url"] == done.fields["RecordingResourceURL"]


def request_call(world: World, *people: str) -> Session:
    return world.create(*people, initiate_call_to_first_party=True)


def test_a_requested_call_rings_both(world: World) -> None:
    first, second = pair()

    session = request_call(world, first, second)

    told = world.mailbox.wait_for(7)
    assert [one.event for one in told] == ["SessionFirstPartyRing", *CONVERSATION[1:]]
    assert world.requested(first) == 1
    assert world.interaction(session)["second_party_status"] == "completed"


@pytest.mark.parametrize("outcome", ["no-answer", "busy"])
def test_a_requested_call_that_the_first_party_does_not_answer(outcome: str, world: World) -> None:
    first, second = pair()
    world.expect(first, first_answers=outcome)

    session = request_call(world, first, second)

    told = world.mailbox.wait_for(2 if outcome == "busy" else 3)
    assert told[-1].event == "SessionPartiesHangup"
    entry = world.interaction(session)
    assert (entry["first_party_status"], entry["second_party_status"]) == (outcome, None)


def test_a_requested_call_that_the_carrier_refuses(world: World) -> None:
    first, second = pair()
    world.expect(first, api="refuses")

    request_call(world, first, second)

    hangup, _ = world.mailbox.wait_for(2)
    assert hangup.fields["PlivoHangupCause"] == "CARRIER_API_REFUSED"
    assert world.requested(first) == 1


def test_a_session_that_is_over_connects_nobody(world: World) -> None:
    first, second = pair()
    session = world.create(first, second, session_expiry=60)
    world.service.advance(61)

    call = world.carrier.call(first, session["dialled"])

    assert call.legs == []
    assert call.heard


def test_a_call_whose_end_was_never_reported_does_not_hold_the_line(world: World) -> None:
    """The carrier is asked, and says that it is over."""
    first, second = pair()
    session = world.create(first, second, call_time_limit=60, ring_timeout=20)
    lost = world.carrier.place(first, session["dialled"], collects=True).start().answer().hangup()
    assert lost.pending

    assert world.carrier.call(second, session["dialled"]).is_connected


def test_webhooks_in_any_order_come_to_the_same(world: World, customer: Customer) -> None:
    """Backwards, twice, and mixed up: session and events are as after the usual order."""
    shuffle = Random(world.name).shuffle
    seen: list[tuple[Any, ...]] = []
    for orders in (1, -1, 0, 0):
        mailbox = customer.mailbox()
        first, second = pair()
        session = world.create(first, second, callback_url=mailbox.url)
        place = world.carrier.place(first, session["dialled"], collects=True)
        webhooks = list(place.start().answer().hangup(after=30).pending)
        if orders == 0:
            webhooks += webhooks
            shuffle(webhooks)
        for webhook in webhooks[:: orders or 1]:
            assert place.deliver(webhook).status == 200
        events = sorted(one.event for one in mailbox.wait_for(len(CONVERSATION)))
        entry = world.interaction(session)
        facts = ("first_party_status", "second_party_status", "duration", "total_call_count")
        seen.append((events, *(entry[fact] for fact in facts)))

    assert seen[0][0] == sorted(CONVERSATION)
    assert seen[1:] == seen[:-1]


@pytest.mark.parametrize("signature", ["wrong", "absent"])
def test_a_forged_webhook_is_refused_and_changes_nothing(signature: Any, world: World) -> None:
    first, second = pair()
    session = world.create(first, second)
    call = world.carrier.place(first, session["dialled"], collects=True).start().answer().hangup()
    before = world.shown(session)
    forger = replace(world.carrier.carrier.courier, signature=signature)

    forged = [call.deliver(webhook, courier=forger) for webhook in call.pending]
    other = world.carrier.signing(signature).call(second, session["dialled"])

    assert forged
    assert {delivery.status for delivery in forged} == {403}
    assert [delivery.status for delivery in other.sent("answer")] == [403]
    assert other.legs == []
    assert world.shown(session) == before


def test_replayed_webhooks_change_nothing(world: World) -> None:
    first, second = pair()
    session = world.create(first, second)
    call = world.carrier.call(first, session["dialled"])
    world.mailbox.wait_for(len(CONVERSATION))
    before = world.shown(session)

    for delivery in list(call.deliveries):
        again = call.deliver(delivery.webhook)
        assert again.status == delivery.status

    assert world.shown(session) == before
    world.mailbox.expect_no_more(len(CONVERSATION), seconds=0.3)


def test_a_call_costs_what_the_carrier_says(world: World) -> None:
    """In the carrier's currency, at once or some minutes later, never a nought for the unknown."""
    first, second = pair()
    session = world.create(first, second, session_expiry=3600)
    world.carrier.call(first, session["dialled"], Script(talk_seconds=90))
    world.mailbox.wait_for(len(CONVERSATION))
    at_once = world.interaction(session)["total_call_amount"]
    for _ in range(3):
        world.service.advance(600)

    entry = world.interaction(session)
    amount = entry["total_call_amount"]

    assert at_once in {None, amount}
    assert amount > 0
    assert re.fullmatch("[A-Z]{3}", entry["currency"])
    assert entry["call_billed_duration"] > 0
    world.mailbox.expect_no_more(len(CONVERSATION), seconds=0.3)


def test_a_call_is_found_at_the_carrier_by_its_resource_url(world: World) -> None:
    first, second = pair()
    session = world.create(first, second)

    world.carrier.call(first, session["dialled"])

    entry = world.interaction(session)
    for role in ("first", "second"):
        assert entry[f"{role}_party_resource_url"].startswith("http")
        assert first.removeprefix("+") not in entry[f"{role}_party_resource_url"]
