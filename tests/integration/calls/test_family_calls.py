"""Whole calls over the simulated carriers that speak TwiML, from the session to the late price."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from local.aws.engine import Engine
from local.phone.placed import Outgoing, place
from local.phone.simulator import Script, finish
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Signature
from tests.support.company import ALICE, BOB, STRANGER, Company, Json, opened

FAMILY = ("signalwire", "telnyx", "twilio")
AUDIO = "https://customer.example.com/hear.mp3"


def prices(shop: Company, session: Json) -> list[float | None]:
    """The cost of its conversation, now and once the carrier has been asked."""
    told = [shop.shown(session)["total_session_amount"]]
    shop.service.advance(150)
    shop.service.run_schedules()
    shop.service.carry_on()
    return [*told, shop.shown(session)["total_session_amount"]]


@pytest.fixture(params=FAMILY)
def shop(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Company]:
    with opened(engine, request.param) as company:
        yield company


def statuses(call: SimulatedCall) -> set[int]:
    return {delivery.status for delivery in call.deliveries}


def test_two_people_talk_and_the_price_comes_later(shop: Company) -> None:
    session = shop.session(ring_timeout=40, call_time_limit=600)
    number = f"+{session['session']['virtual_number']}"
    assert number in shop.row.numbers

    call = shop.phone().place(ALICE, number).start()

    assert call.leg is not None
    assert (call.leg.to, call.leg.caller_id) == (BOB, number)
    assert (call.leg.ring_timeout, call.leg.time_limit) == (40, 600)
    assert call.answered_at is None, "the caller hears it ring"
    finish(call, Script(talk_seconds=70))
    assert call.outcome == "connected"
    assert statuses(call) == {200}
    shown = shop.shown(session)
    [talk] = shown["interaction"]
    assert (talk["first_party_status"], talk["second_party_status"]) == ("completed", "completed")
    assert (talk["duration"], talk["call_billed_duration"]) == (140, 240)
    before, after = prices(shop, session)
    assert (before, after) == (None, 0.045)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("busy", "busy"),
        ("rejected", "busy"),
        ("no-answer", "no-answer"),
        ("unreachable", "failed"),
    ],
)
def test_nobody_answers(shop: Company, answer: Any, status: str) -> None:
    session = shop.session()
    number = f"+{session['session']['virtual_number']}"

    call = shop.phone().call(ALICE, number, Script(answer=answer))

    assert statuses(call) == {200}
    assert "not available" in call.heard[-1]
    [talk] = shop.shown(session)["interaction"]
    assert (talk["first_party_status"], talk["second_party_status"]) == ("completed", status)
    assert shop.phone().call(BOB, number).outcome == "connected"


def test_a_caller_gives_up(shop: Company) -> None:
    session = shop.session()
    number = f"+{session['session']['virtual_number']}"

    call = shop.phone().call(ALICE, number, Script(answer="cancel"))

    assert statuses(call) == {200}
    [talk] = shop.shown(session)["interaction"]
    assert talk["second_party_status"] == "cancel"
    assert talk["first_party_status"] == "no-answer"


def test_audio_whisper_and_recording(shop: Company) -> None:
    session = shop.session(
        record=True,
        recording_callback_url=f"{shop.service.outside.url}/taken",
        first_party_play_url=AUDIO,
        second_party_play_url=AUDIO,
    )
    number = f"+{session['session']['virtual_number']}"

    call = shop.phone().call(ALICE, number)

    assert call.heard == [AUDIO]
    assert call.whispered == [AUDIO]
    assert statuses(call) == {200}
    [told] = call.sent("recording")
    assert told.webhook.params["RecordingStatus"] == "completed"
    [talk] = shop.shown(session)["interaction"]
    assert talk["recording_resource_url"].endswith(f"/{told.webhook.params['RecordingSid']}.json")
    shop.service.carry_on()
    fields = [parse_qs(callback) for callback in shop.service.outside.callbacks]
    urls = {url for one in fields for url in one.get("RecordingURL", ())}
    assert {url[-4:] for url in urls} == (set() if shop.name == "telnyx" else {".mp3"})


def test_a_recording_that_fails(shop: Company) -> None:
    session = shop.session(record=True)
    number = f"+{session['session']['virtual_number']}"

    call = shop.phone().having(records=False).call(ALICE, number)

    [told] = call.sent("recording")
    assert told.webhook.params["RecordingStatus"] == "absent"
    assert statuses(call) == {200}


def test_a_pin_is_entered_after_silence_and_a_wrong_one(shop: Company) -> None:
    session = shop.session(
        is_pin_authentication_required=True,
        first_party_pin="482193",
        second_party_pin="739015",
        pin_prompt_play=AUDIO,
        pin_retry=3,
    )
    number = f"+{session['session']['virtual_number']}"

    call = shop.phone().call(STRANGER, number, Script(digits=("", "111111#", "482193#")))

    assert call.outcome == "connected"
    assert call.leg is not None
    assert (call.leg.to, call.leg.caller_id) == (BOB, number)
    assert statuses(call) == {200}


def test_the_line_is_busy_while_a_call_is_on_and_free_once_it_is_lost(shop: Company) -> None:
    session = shop.session()
    number = f"+{session['session']['virtual_number']}"
    talking = shop.phone().place(ALICE, number).start().answer()

    assert shop.phone().call(BOB, number).outcome == "busy"

    shop.service.outside.live_calls.end(talking.call_uuid)
    assert shop.phone().call(BOB, number).outcome == "connected"


def test_a_stranger_hears_a_sentence(shop: Company) -> None:
    session = shop.session()

    call = shop.phone().call(STRANGER, f"+{session['session']['virtual_number']}")

    assert "does not connect your call" in call.heard[0]
    assert call.legs == []


@pytest.mark.parametrize("signature", ["wrong", "absent"])
def test_a_forged_webhook_is_refused(shop: Company, signature: Signature) -> None:
    session = shop.session()

    call = shop.phone(signature).call(ALICE, f"+{session['session']['virtual_number']}")

    assert statuses(call) == {403}
    assert call.legs == []


def test_a_get_is_refused(shop: Company) -> None:
    session = shop.session()
    number = f"+{session['session']['virtual_number']}"

    assert statuses(shop.phone().having(method="GET").call(ALICE, number)) == {403}


def test_a_call_is_requested(shop: Company) -> None:
    session = shop.session(initiate_call_to_first_party=True)
    shop.service.carry_on()
    [order] = shop.service.outside.call_orders
    number = f"+{session['session']['virtual_number']}"
    assert (order["From"], order["To"]) == (number, ALICE)

    [call] = place(order, Outgoing(), shop.phone().carrier)
    finish(call.start(), Script())

    assert call.is_connected
    assert statuses(call) == {200}
    [talk] = shop.shown(session)["interaction"]
    assert (talk["first_party_status"], talk["second_party_status"]) == ("completed", "completed")


def test_a_call_is_requested_in_vain(shop: Company) -> None:
    session = shop.session(initiate_call_to_first_party=True)
    shop.service.carry_on()

    [call] = place(
        shop.service.outside.call_orders[-1],
        Outgoing(first_answers="no-answer"),
        shop.phone().carrier,
    )
    call.start()

    assert statuses(call) == {200}
    [talk] = shop.shown(session)["interaction"]
    assert talk["first_party_status"] == "no-answer"


def test_webhooks_in_any_order_and_twice_come_to_the_same(shop: Company) -> None:
    shown: list[Json] = []
    turns: list[Callable[[list[Any]], list[Any]]] = [list, lambda told: told[::-1] * 2]
    for turned in turns:
        session = shop.session()
        number = f"+{session['session']['virtual_number']}"
        call = shop.phone().place(ALICE, number, collects=True)
        finish(call.start(), Script())
        for webhook in turned(call.pending):
            assert call.deliver(webhook).status == 200
        [talk] = shop.shown(session)["interaction"]
        shown.append({key: value for key, value in talk.items() if "url" not in key})
        shop.api("DELETE", f"Masking/Session/{session['session_uuid']}/", expected=200)

    first, second = shown
    assert {key: first[key] for key in first if "time" not in key} == {
        key: second[key] for key in second if "time" not in key
    }
