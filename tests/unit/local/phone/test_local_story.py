from dataclasses import replace

import pytest

from local.gateway.messages import HttpRequest
from local.phone.api.calls import KeptCalls
from local.phone.api.front import CarrierApi
from local.phone.api.placing import Placing
from local.phone.call import describe
from local.phone.carrier_call import Carrier
from local.phone.dialect import Arrival
from local.phone.plivo import PLIVO
from local.phone.plivo.records import billed
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Courier, Delivery, Webhook
from local.stack.story import mask, tell

ARRIVAL = Arrival("", "12025550101", "12025550110")
DIAL = """<Response><Dial callbackUrl="http://h/carriers/plivo/event/dial/MA1/5a6f1c3e-90ab/c/t">
<Number>+12025550102</Number></Dial></Response>"""


def answered(status: int, body: str = "") -> Delivery:
    webhook = Webhook("answer", "POST", "", {})
    return Delivery(webhook, status, "application/xml", body.encode())


@pytest.mark.parametrize(
    ("status", "body", "ending"),
    [
        (200, DIAL, "session 5a6f… → ringing +1202•••0102"),
        (200, '<Response><Hangup reason="busy"/></Response>', "not connected: busy"),
        (200, "<Response><Speak>Sorry.</Speak></Response>", "hears “Sorry.”"),
        (200, "<Response/>", "not connected"),
        (200, "nonsense", "an answer that no carrier would follow"),
        (403, "", "refused, HTTP 403"),
    ],
)
def test_call_is_told_in_one_masked_line(status: int, body: str, ending: str) -> None:
    line = tell(ARRIVAL, answered(status, body), PLIVO, is_ours={"+12025550110"}.__contains__)

    assert line == f"+1202•••0101 dials +12025550110 → {ending}"


@pytest.mark.parametrize(
    ("dialled", "shown"),
    [
        ("12025550111", "+1202•••0111"),
        ("+12025550111", "+1202•••0111"),
        ("", "nobody"),
        ("911", "nobody"),
        ("12025550110\x1b[2J", "nobody"),
        ("\x1b]0;title\x07", "nobody"),
        ("+1202555\n0110", "nobody"),
        ("\u202e12025550110", "nobody"),
        ("\uff11\uff12\uff1002555011", "nobody"),
    ],
)
def test_of_what_was_dialled_only_our_numbers_are_shown(dialled: str, shown: str) -> None:
    arrival = replace(ARRIVAL, dialled=dialled)

    line = tell(arrival, answered(403), PLIVO, is_ours={"+12025550110"}.__contains__)

    assert line == f"+1202•••0101 dials {shown} → refused, HTTP 403"
    assert line.isprintable()


def test_the_call_is_named_as_its_explanation_is_asked_for() -> None:
    call_uuid = "75fba9ba-1a3d-4e69-ba4a-7f01a7e6ab01"

    arrival = replace(ARRIVAL, call=call_uuid)

    line = tell(arrival, answered(200, "<Response/>"), PLIVO, is_ours=lambda _: True)

    assert line == f"+1202•••0101 dials +12025550110 → not connected (call {call_uuid})"


@pytest.mark.parametrize("call_uuid", ["", "12025550101", "75fba9ba\x1b[2J"])
def test_what_is_no_id_of_a_call_is_not_repeated(call_uuid: str) -> None:
    arrival = replace(ARRIVAL, call=call_uuid)

    line = tell(arrival, answered(403), PLIVO, is_ours=lambda _: True)

    assert line.endswith(" → refused, HTTP 403")


@pytest.mark.parametrize("number", ["", "anonymous", "+", "911"])
def test_what_is_no_number_is_not_repeated(number: str) -> None:
    assert mask(number) == "a withheld number"


@pytest.mark.parametrize(("seconds", "pulses"), [(0, 0), (1, 60), (60, 60), (61, 120)])
def test_billing_goes_by_whole_minutes(seconds: int, pulses: int) -> None:
    assert billed(seconds) == pulses


def test_live_call_is_answered_to_who_has_the_carriers_credentials() -> None:
    def carrier() -> Carrier:
        raise AssertionError("nobody is to be called")

    calls = KeptCalls()
    account = {"auth_id": "MA1", "auth_token": "secret"}
    api = CarrierApi(PLIVO, account, Placing(carrier, lambda _: None), calls)
    calls.put("uuid-1", {"from": "+12025550101", "to": "+12025550110"})
    basic = "Basic TUExOnNlY3JldA=="

    def ask(path: str, authorization: str = basic) -> int:
        headers = [("Authorization", authorization)]
        return api.answer(path, HttpRequest("GET", f"{path}?status=live", headers, b"")).status

    assert ask("/v1/Account/MA1/Call/uuid-1/") == 200
    assert ask("/v1/Account/MA1/Call/uuid-2/") == 404
    assert ask("/v1/Account/MA1/Call/uuid-1/", "Basic x") == 401
    calls.remove("uuid-1")
    assert ask("/v1/Account/MA1/Call/uuid-1/") == 404


def test_description_of_a_call_masks_both_people() -> None:
    carrier = Carrier("MA1", Courier(PLIVO, ("t",)), "http://127.0.0.1:9/a", "http://127.0.0.1:9/h")
    call = SimulatedCall(carrier, "+12025550101", "+12025550110").start()

    text = "\n".join(describe(call))
    assert "12025550101" not in text
    assert "answered 0" in text
