"""Whole calls over Vonage: its documents, webhooks and API, from dialling to the price."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from local.aws.engine import Engine
from local.phone.placed import Outgoing, place
from local.phone.simulator import Script, finish
from local.phone.steps import SimulatedCall
from local.phone.vonage.records import RATE
from maskline.carriers.sentences import SENTENCES
from maskline.domain.calls.plan import Announcement
from tests.support.company import ALICE, BOB, STRANGER, Company, opened
from tests.support.scenario import FALLBACK_URL

HOTLINE = "+12025550173"
AUDIO = "https://customer.example.com/a.mp3"
SORRY = SENTENCES[Announcement.PARTY_UNAVAILABLE]
NOT_CONNECTED = SENTENCES[Announcement.NOT_CONNECTED]
THEIRS = b'[{"action": "talk", "text": "Hello from the hotline."}]'


@pytest.fixture
def company(engine: Engine) -> Iterator[Company]:
    with opened(engine, "vonage") as made:
        made.elsewhere = ("application/json", THEIRS)
        path = f"Number/{HOTLINE.removeprefix('+')}/"
        made.api("POST", path, {"fallback_answer_url": FALLBACK_URL}, expected=202)
        yield made


def statuses(call: SimulatedCall) -> set[int]:
    return {delivery.status for delivery in call.deliveries}


@pytest.mark.parametrize("by", ["caller", "callee"])
def test_two_people_talk_and_see_only_the_number(company: Company, by: Any) -> None:
    session = company.session()

    call = company.ring().answer().hangup(by, after=90)

    [leg] = call.legs
    assert (leg.to, leg.caller_id) == (BOB, company.number)
    assert call.heard == []
    assert statuses(call) == {200}
    [told] = company.shown(session)["interaction"]
    assert told["first_party_status"] == told["second_party_status"] == "completed"


def test_both_legs_have_their_price_in_euros(company: Company) -> None:
    session = company.session()

    call = company.ring().answer().hangup(after=90)

    said = [one.webhook.params for one in call.deliveries]
    prices = [Decimal(one["price"]) for one in said if one.get("status") == "completed"]
    assert len(prices) == 2
    shown = company.shown(session)
    assert Decimal(str(shown["total_session_amount"])) == sum(prices) > Decimal("0.0135")
    assert "EUR" in json.dumps(shown)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("busy", "busy"),
        ("rejected", "busy"),
        ("no-answer", "no-answer"),
        ("unreachable", "failed"),
        ("timeout", "no-answer"),
    ],
)
def test_whoever_is_not_reached_is_apologised_for(
    outcome: Any, status: str, company: Company
) -> None:
    session = company.session()

    call = company.ring().decline(outcome)

    assert call.heard == [SORRY]
    assert statuses(call) == {200}
    [told] = company.shown(session)["interaction"]
    assert told["second_party_status"] == status
    assert company.ring().answer().hangup().is_connected


def test_a_caller_who_gives_up_cancels(company: Company) -> None:
    session = company.session()

    call = company.ring().hangup("caller")

    assert call.heard == []
    [told] = company.shown(session)["interaction"]
    assert told["second_party_status"] == "cancel"


def test_the_line_is_busy_while_they_talk_and_free_when_vonage_knows_that_it_is_over(
    company: Company,
) -> None:
    company.session()
    talking = company.ring().answer()

    assert company.ring(BOB).heard == [SORRY]

    company.service.outside.live_calls.remove(talking.call_uuid)
    assert company.ring(BOB).heard == [SORRY]  # it may be on in another region

    talking.hangup()
    assert company.ring(BOB).answer().hangup().is_connected


def test_a_call_that_ended_unheard_of_leaves_the_line_to_the_next(company: Company) -> None:
    company.session()
    lost = company.ring(collects=True).answer().hangup()
    assert lost.pending

    assert company.ring(BOB).answer().hangup().is_connected


def test_of_a_call_whose_webhooks_are_lost_the_carriers_record_tells(company: Company) -> None:
    session = company.session(call_time_limit=60, ring_timeout=15)
    call = company.ring(collects=True).answer()
    [answered] = [
        one for one in call.pending if (one.kind, one.params["status"]) == ("dial", "answered")
    ]
    assert call.deliver(answered).status == 200
    call.hangup(after=30)

    company.service.advance(2 * 3600)
    company.service.run_schedules()

    [told] = company.shown(session)["interaction"]
    assert told["first_party_status"] == told["second_party_status"] == "completed"
    assert call.ended is not None
    seconds = 30 + call.ended.duration
    assert told["duration"] == seconds > 60
    amount = (RATE * seconds / 60).quantize(Decimal("0.000001"))
    assert Decimal(str(company.shown(session)["total_session_amount"])) == amount


def test_a_stranger_hears_so(company: Company) -> None:
    company.session()

    assert company.ring(STRANGER).heard == [NOT_CONNECTED]
    assert company.ring("anonymous").heard == [NOT_CONNECTED]


def test_a_number_with_an_application_of_its_own_is_handed_over(company: Company) -> None:
    call = company.phone().place(STRANGER, HOTLINE).start()

    assert call.heard == ["Hello from the hotline."]
    [asked] = call.sent("redirect")
    told = {"from": STRANGER[1:], "to": HOTLINE[1:], "uuid": call.call_uuid}
    assert (asked.webhook.method, asked.webhook.params) == ("POST", told)


def test_both_hear_their_files_and_are_recorded(company: Company) -> None:
    session = company.session(
        record=True,
        record_file_format="wav",
        first_party_play_url=AUDIO,
        second_party_play_url=f"{AUDIO}?second",
    )

    call = company.ring().answer().hangup(after=30)

    assert (call.heard, call.whispered) == ([AUDIO], [f"{AUDIO}?second"])
    assert statuses(call) == {200}
    [told] = company.shown(session)["interaction"]
    [recorded] = call.sent("recording")
    assert recorded.webhook.params["recording_url"] in json.dumps(told)


def test_a_pin_is_asked_for_until_it_is_right(company: Company) -> None:
    company.session(
        is_pin_authentication_required=True,
        first_party_pin="4821",
        second_party_pin="7390",
        pin_prompt_play=AUDIO,
        pin_retry=3,
    )

    call = company.ring(STRANGER).press("").press("0000").press("4821#")

    assert call.answer().hangup().legs[0].to == BOB
    assert call.heard.count(AUDIO) == 3


def test_a_call_that_was_requested(company: Company) -> None:
    session = company.session(initiate_call_to_first_party=True)
    company.service.carry_on()
    [order] = company.service.outside.call_orders

    [call] = place(order, Outgoing(), company.phone().carrier)
    finish(call.start(), Script(talk_seconds=60))

    assert (call.caller, call.dialled_number) == (company.number, ALICE)
    assert (call.legs[0].to, call.legs[0].caller_id) == (BOB, company.number)
    assert statuses(call) == {200}
    [told] = company.shown(session)["interaction"]
    assert told["first_party_status"] == told["second_party_status"] == "completed"


@pytest.mark.parametrize(
    ("answer", "status"), [("busy", "busy"), ("no-answer", "no-answer"), ("rejected", "busy")]
)
def test_a_first_party_who_does_not_pick_up(answer: Any, status: str, company: Company) -> None:
    session = company.session(initiate_call_to_first_party=True)
    company.service.carry_on()
    [order] = company.service.outside.call_orders

    [call] = place(order, Outgoing(first_answers=answer), company.phone().carrier)
    call.start()

    [told] = company.shown(session)["interaction"]
    assert told["first_party_status"] == status


@pytest.mark.parametrize("signature", ["wrong", "absent"])
def test_a_forged_webhook_is_refused(signature: Any, company: Company) -> None:
    company.session()

    call = company.phone(signature).place(ALICE, company.number).start()

    assert {one.status for one in call.deliveries} == {403}
    assert not call.legs


def test_every_webhook_twice_and_in_any_order_is_as_once(company: Company) -> None:
    once = company.session()
    call = company.ring(collects=True).answer().hangup(after=30)
    for webhook in [*reversed(call.pending), *call.pending]:
        assert call.deliver(webhook).status == 200
    again = company.shown(once)

    assert again["interaction"][0]["second_party_status"] == "completed"
    assert again["total_call_count"] == 2


def test_the_api_takes_our_tokens_and_no_others(company: Company) -> None:
    """Nobody knows of a call that is over, where the token is another application's."""
    company.session()
    talking = company.ring().answer()
    company.service.credentials.carriers["vonage"]["application_id"] = "another"
    outside = company.service.outside
    outside.live_calls.end(talking.call_uuid)

    assert company.ring(BOB).heard == [SORRY]
