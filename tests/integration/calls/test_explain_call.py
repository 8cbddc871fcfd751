"""Why a call went where it went: every rule, by signed webhooks, as the account is told of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from local.aws.engine import Engine
from local.phone.dialect import Moment
from local.phone.legs import Ending, LegEnding
from local.phone.placed import Outgoing
from local.phone.steps import SimulatedCall
from maskline.carriers.adapter import Inbound
from maskline.domain.phone_numbers import E164, CallerId
from maskline.domain.why.decision import Rule
from maskline.services.calls import answer as answer_call
from maskline.store.calls import line, reports
from maskline.store.calls.lookup import read_dialled
from tests.support import builders
from tests.support.carriers import ScriptedCarrier
from tests.support.explained import AUDIO, FREE_PINS, LONE, OTHER_PIN, PIN, Company, opened
from tests.support.scenario import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ERIN,
    FRANK,
    HEIDI,
    IVAN,
    KEN,
    PINS,
    STRANGER,
    UNRENTED,
)

Json = dict[str, Any]
Story = Callable[[Company], SimulatedCall]
CASES: list[tuple[Story, Json]] = []


@pytest.fixture(scope="module")
def company(running_engine: Engine) -> Iterator[Company]:
    with opened(running_engine) as made:
        yield made


def told_as(rule: Rule, **facts: Any) -> Callable[[Story], Story]:
    """The story is one of the cases, and this is what it comes to."""

    def note(story: Story) -> Story:
        CASES.append((story, {"rule": rule.value, **facts}))
        return story

    return note


CONNECTED: Json = {"connected": True, "outcome": "answered", "takeover": None}
REFUSED: Json = {"connected": False, "outcome": None}
UNMET: Json = {"connected": False, "outcome": "no_answer"}
# The first party heard an announcement.
MET_IN_VAIN: Json = {"connected": False, "outcome": "answered"}
BY_FIRST: Json = {"role": "first"}
STRANGE: Json = {"role": None}


@told_as(Rule.OWN_PHONE, **CONNECTED, **BY_FIRST)
def a_party_dials_their_number(company: Company) -> SimulatedCall:
    return company.ring(ALICE, company.session("own")).answer()


@told_as(Rule.FORMER_NUMBER, **CONNECTED, role="second")
def a_party_dials_a_number_of_before(company: Company) -> SimulatedCall:
    former = company.session("moved")
    company.api("POST", f"Number/{former[1:]}/", {"health": "unhealthy"}, expected=202)
    company.service.run_schedules()
    return company.ring(BOB, former).answer()


@told_as(Rule.OPEN_DOOR, **CONNECTED, role="second")
def a_stranger_finds_a_door(company: Company) -> SimulatedCall:
    return company.ring(STRANGER, company.session("door", "", **LONE)).answer()


@told_as(Rule.OPEN_DOOR, **CONNECTED, role="second")
def somebody_withheld_finds_a_door(company: Company) -> SimulatedCall:
    return company.ring("anonymous", company.session("shy", "", **LONE)).answer()


@told_as(Rule.CALL_BACK, **CONNECTED, **BY_FIRST)
def a_lone_party_calls_back(company: Company) -> SimulatedCall:
    number = company.session("called", "", **LONE)
    company.ring(STRANGER, number).answer().hangup()
    return company.ring(ALICE, number).answer()


@told_as(Rule.NOBODY_YET, **REFUSED, **BY_FIRST)
def a_lone_party_calls_first(company: Company) -> SimulatedCall:
    return company.ring(ALICE, company.session("lonely", "", **LONE))


@told_as(Rule.OWN_DOOR, **REFUSED, role="second")
def a_lone_party_dials_their_own_door(company: Company) -> SimulatedCall:
    """Others have the door of the number that is the first free one for Frank himself."""
    options = LONE | {"virtual_number_strategy": "per_party", "geomatch": False}
    for name, lone in (("one door", KEN), ("another door", FRANK)):
        company.create(name, lone, "", **options)
    return company.ring(FRANK, company.others_number("another door"))


@told_as(Rule.PIN, **CONNECTED, role="first")
def a_stranger_enters_a_pin(company: Company) -> SimulatedCall:
    call = company.ring(STRANGER, company.session("pin", **FREE_PINS))
    return call.press("0000").press(PIN).answer()


@told_as(Rule.FORCED_PIN, **CONNECTED, **BY_FIRST)
def a_party_must_enter_a_pin(company: Company) -> SimulatedCall:
    return company.ring(ALICE, company.session("forced", **PINS)).press(PIN).answer()


@told_as(Rule.PIN_ASKED, **REFUSED, **STRANGE)
def a_stranger_hears_the_question(company: Company) -> SimulatedCall:
    return company.ring(STRANGER, company.session("asked", **FREE_PINS))


@told_as(Rule.PIN_ASKED, **REFUSED, **BY_FIRST)
def a_party_errs_and_hears_it_again(company: Company) -> SimulatedCall:
    """By the other party's PIN, which proves nothing."""
    return company.ring(ALICE, company.session("erring", **PINS)).press(OTHER_PIN)


@told_as(Rule.PIN_WRONG, **REFUSED, **STRANGE)
def somebody_withheld_says_nothing(company: Company) -> SimulatedCall:
    call = company.ring("anonymous", company.session("silent", **FREE_PINS))
    return call.press().press().press()


@told_as(Rule.PIN_LOCKED, **REFUSED, **STRANGE)
def a_stranger_errs_too_often(company: Company) -> SimulatedCall:
    number = company.session("guessed", **FREE_PINS)
    for _ in range(3):
        company.ring(CAROL, number).press().press().press()
    return company.ring(CAROL, number).press("000000000")


@told_as(Rule.FIRST_PARTY_CALLED, **UNMET, **BY_FIRST)
def a_first_party_does_not_pick_up(company: Company) -> SimulatedCall:
    [call] = company.ordered("unmet", Outgoing(first_answers="no-answer"))
    return call.start()


@told_as(Rule.PLACED_CALL, **CONNECTED, **BY_FIRST)
def a_first_party_picks_up(company: Company) -> SimulatedCall:
    [call] = company.ordered("placed")
    return call.start().answer()


@told_as(Rule.LEG_TOO_MANY, **MET_IN_VAIN, **BY_FIRST)
def a_carrier_calls_twice(company: Company) -> SimulatedCall:
    one, other = company.ordered("twice", Outgoing(legs=2))
    one.start()
    return other.start()


@told_as(Rule.SESSION_OVER, **MET_IN_VAIN, **BY_FIRST)
def a_first_party_picks_up_too_late(company: Company) -> SimulatedCall:
    [call] = company.ordered("late")
    company.end("late")
    return call.start()


@told_as(Rule.SESSION_SPENT, **REFUSED, **BY_FIRST)
def a_session_has_had_its_calls(company: Company) -> SimulatedCall:
    company.provision(calls_per_session=2)
    number = company.session("spent")
    company.provision()
    company.ring(ALICE, number).answer().hangup()
    return company.ring(ALICE, number)


@told_as(Rule.CALLER_SPENT, **REFUSED, role="second")
def a_phone_has_called_too_often(company: Company) -> SimulatedCall:
    company.provision(calls_per_caller_per_hour=1)
    number = company.session("eager", DAVE)
    company.provision()
    company.ring(DAVE, number).answer().hangup()
    return company.ring(DAVE, number)


@told_as(Rule.CALLER_GONE, **REFUSED, **BY_FIRST)
def a_caller_is_gone_before_the_answer(company: Company) -> SimulatedCall:
    number = company.session("gone")
    call = company.carrier().place(ALICE, number)
    call.ended = Ending("hangup", "caller", None, 0)
    for webhook in call.webhooks(Moment.CALL_ENDED):
        call.deliver(webhook)
    return call.start()


@told_as(Rule.GREETED, **REFUSED, **STRANGE)
def a_stranger_is_greeted(company: Company) -> SimulatedCall:
    return company.ring(STRANGER, company.session("greeting", unknown_caller_play=AUDIO))


@told_as(Rule.NO_SESSION, **REFUSED, **STRANGE, session_uuid=None)
def a_stranger_is_told_so(company: Company) -> SimulatedCall:
    return company.ring(STRANGER, company.session("private"))


@told_as(Rule.NO_SESSION, **REFUSED, **STRANGE, session_uuid=None)
def a_stranger_is_handed_over(company: Company) -> SimulatedCall:
    number = company.session("handing")
    company.hand_over(number)
    return company.ring(STRANGER, number)


@told_as(Rule.NUMBER_UNKNOWN, **REFUSED, **STRANGE, session_uuid=None)
def a_number_was_never_added(company: Company) -> SimulatedCall:
    return company.ring(ALICE, UNRENTED)


@told_as(Rule.FAILED, **REFUSED, **STRANGE)
def the_service_fails(company: Company) -> SimulatedCall:
    number = company.session("failing")
    with patch.object(line, "open_line", side_effect=RuntimeError):
        return company.ring(ALICE, number)


@pytest.mark.parametrize(("story", "expected"), CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_a_call_is_explained(story: Story, expected: Json, company: Company) -> None:
    call = story(company)

    told = company.why(call)

    # A call that we place has it for its caller.
    assert f"+{told['virtual_number']}" in (call.dialled_number, call.caller)
    assert {name: told[name] for name in expected} == expected
    assert len(told["explanation"]) > 30


@pytest.mark.parametrize("reports_legs", [False, True])
@pytest.mark.parametrize(
    ("ending", "outcome", "said"),
    [
        ("busy", "busy", "was busy"),
        ("rejected", "rejected", "was rejected"),
        ("no-answer", "no_answer", "Nobody answered"),
        ("timeout", "no_answer", "Nobody answered"),
        ("unreachable", "failed", "did not reach"),
        ("cancel", "cancelled", "hung up before"),
    ],
)
def test_a_phone_that_nobody_picks_up_is_told_with_how_it_ended(
    ending: LegEnding, outcome: str, said: str, reports_legs: bool, company: Company
) -> None:
    number = company.session(f"{ending} {reports_legs}")
    call = company.ring(ALICE, number)
    ringing = company.why(call)
    call.carrier = replace(call.carrier, reports_unanswered_legs=reports_legs)

    told = company.why(call.decline(ending))

    assert (ringing["connected"], ringing["outcome"]) == (False, None)
    assert (told["rule"], told["connected"], told["outcome"]) == ("own_phone", False, outcome)
    assert said in told["explanation"]


def test_every_rule_is_told_of() -> None:
    elsewhere = {Rule.LINE_BUSY, Rule.NOT_PLACED}

    assert {Rule(expected["rule"]) for _, expected in CASES} == {*Rule} - elsewhere


def test_a_connected_call_names_its_session_and_the_number_that_was_dialled(
    company: Company,
) -> None:
    company.session("record", CAROL, virtual_number_strategy="per_party")

    told = company.why(company.ring(CAROL, company.others_number("record")).answer())

    session = company.created["record"]["session"]
    assert told["session_uuid"] == company.created["record"]["session_uuid"]
    assert told["virtual_number"] == str(session["second_party_virtual_number"])


def test_a_call_is_found_by_its_callees_leg_in_its_session(company: Company) -> None:
    for name, call in (
        ("legs", company.ring(ALICE, company.session("legs")).answer()),
        ("placed legs", company.ordered("placed legs")[0].start().answer()),
    ):
        leg = call.legs[0].uuid
        told = company.api("GET", f"{company.session_path(name)}Interaction/{leg}/")

        assert told | {"api_id": ""} == company.why(call) | {"api_id": ""}
        company.api("GET", f"Masking/Call/{leg}/", expected=404)


def test_a_busy_line_names_the_call_that_has_it(company: Company) -> None:
    number = company.session("busy")
    talking = company.ring(ALICE, number).answer()

    told = company.why(company.ring(BOB, number))

    assert (told["rule"], told["role"]) == ("line_busy", "second")
    assert told["other_call_uuid"] == talking.call_uuid


def test_a_right_pin_on_a_busy_line_is_told_as_busy(company: Company) -> None:
    number = company.session("busy pin", **FREE_PINS)
    talking = company.ring(ALICE, number).answer()

    told = company.why(company.ring(STRANGER, number).press(PIN))

    assert (told["rule"], told["role"]) == ("line_busy", "first")
    assert told["other_call_uuid"] == talking.call_uuid


@pytest.mark.parametrize("caller", [ALICE, BOB])
@pytest.mark.parametrize("because", ["unknown_to_carrier", "time_limit"])
def test_a_line_that_was_taken_over_is_told_with_the_reason(
    because: str, caller: str, company: Company
) -> None:
    number = company.session(f"{because} {caller}", ring_timeout=15, call_time_limit=60)
    lost = company.ring(ALICE, number).answer()
    if because == "unknown_to_carrier":
        company.lose_the_hangup_of(lost)
    else:
        company.service.advance(76)

    told = company.why(company.ring(caller, number).answer())

    assert (told["rule"], told["takeover"]) == ("own_phone", because)
    assert told["other_call_uuid"] == lost.call_uuid
    assert "It took the line from" in told["explanation"]


def test_a_line_that_was_free_is_taken_over_from_nobody(company: Company) -> None:
    number = company.session("free")
    company.ring(ALICE, number).answer().hangup()

    told = company.why(company.ring(ALICE, number).answer())

    assert (told["takeover"], told["other_call_uuid"]) == (None, None)


@pytest.mark.parametrize(
    ("how", "said"),
    [("ended", "had been ended by request"), ("expired", "had expired"), ("graced", "moved off")],
)
def test_a_session_that_is_over_is_told_with_how(how: str, said: str, company: Company) -> None:
    number = company.session(how, ERIN, session_expiry=120 if how == "expired" else 3600)
    if how == "ended":
        company.end(how)
    elif how == "expired":
        company.service.advance(121)
    else:
        bad = {"health": "unhealthy", "replacement_grace": 60}
        company.api("POST", f"Number/{number[1:]}/", bad, expected=202)
        company.service.run_schedules()
        company.service.advance(61)

    told = company.why(company.ring(ALICE, number))

    assert told["rule"] == "session_over"
    assert said in told["explanation"]
    assert told["role"] == "first"


def test_a_door_that_closes_at_that_moment_is_no_session_that_is_over(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = company.session("closing", "", **LONE)
    call = company.carrier().place(STRANGER, number)
    facts = read_dialled(CallerId(E164(STRANGER)), E164(number))
    company.api("POST", company.session_path("closing"), {"second_party": BOB})
    monkeypatch.setattr(answer_call, "read_dialled", lambda *_: facts)

    inbound = Inbound(call.call_uuid, facts.shown, E164(number))
    account = builders.carrier_account(account_id=company.service.credentials.auth_id)
    answer_call.answer_call(inbound, ScriptedCarrier(), account)

    told = company.why(call)
    assert told["rule"] == "session_over"
    assert "got other parties" in told["explanation"]


def test_a_call_that_the_carrier_refused_to_make_is_explained(company: Company) -> None:
    company.service.outside.call_api_status = 400
    company.session("refused", initiate_call_to_first_party=True)
    company.service.carry_on()
    company.service.outside.call_api_status = 201
    session_uuid = company.created["refused"]["session_uuid"]
    [conversation] = reports.list_interactions(session_uuid)

    told = company.api(
        "GET", f"{company.session_path('refused')}Interaction/{conversation.call_uuid}/"
    )

    assert (told["rule"], told["connected"], told["outcome"]) == ("not_placed", False, "failed")


def test_who_is_erased_leaves_why_behind(company: Company) -> None:
    company.create("forgotten", HEIDI, IVAN, geomatch=False)
    call = company.ring(HEIDI, company.virtual_number("forgotten")).answer()
    told = company.why(call)
    company.api("POST", "Masking/Erasure/", {"number": HEIDI}, expected=202)

    company.service.run_schedules()

    session = company.api("GET", company.session_path("forgotten"))["response"]
    assert (session["first_party"], session["status"]) == ("", "expired")
    assert company.why(call) | {"api_id": ""} == told | {"api_id": ""}


@pytest.mark.parametrize("leg", ["nobody", "no such call", "a" * 65, "%2B12025550120"])
def test_a_call_that_is_not_there_is_not_found(leg: str, company: Company) -> None:
    company.session(f"asked for {leg}")
    path = leg.replace(" ", "%20")

    for place in ("Masking/Call/", f"{company.session_path(f'asked for {leg}')}Interaction/"):
        for slash in ("", "/"):
            assert company.api("GET", place + path + slash, expected=404)["error"] == "not found"


def test_a_call_of_another_session_is_not_found_under_this_one(company: Company) -> None:
    call = company.ring(ALICE, company.session("theirs")).answer()
    company.session("mine")

    place = f"{company.session_path('mine')}Interaction/"

    for leg in (call.call_uuid, call.legs[0].uuid):
        company.api("GET", f"{place}{leg}/", expected=404)


def test_a_decision_is_kept_as_long_as_the_session(company: Company) -> None:
    """TTL may be late by days: the clock decides."""
    call = company.ring(STRANGER, company.session("old"))
    with patch("maskline.clock.now_ms", lambda: company.service.now_ms() + 89 * 86_400_000):
        assert company.why(call)
    with patch("maskline.clock.now_ms", lambda: company.service.now_ms() + 91 * 86_400_000):
        company.api("GET", f"Masking/Call/{call.call_uuid}/", expected=404)
