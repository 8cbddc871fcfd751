"""The carrier simulator and events/ say the same of every webhook, name for name."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from local.phone.carrier_call import Carrier
from local.phone.dialect import Order
from local.phone.placed import PlacedCall
from local.phone.plivo import PLIVO
from local.phone.simulator import Script, finish, follow
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Courier, Webhook
from maskline.carriers.request import CarrierRequest
from tests.unit.carriers.webhook_requests import load_event
from tests.unit.local.phone.local_application import VIRTUAL, Application, served_application

CALLER = "+12025550101"
# As the carrier's documentation has them, per webhook, beyond what every webhook repeats.
COMMON = {"CallUUID", "From", "To", "CallStatus", "Direction"}
OUTBOUND = {"ALegUUID", "ALegRequestUUID", "RequestUUID"}
DIAL = {
    "DialAction",
    "DialBLegStatus",
    "DialALegUUID",
    "DialBLegUUID",
    "DialBLegFrom",
    "DialBLegTo",
    "STIRVerification",
}
DIAL_HANGUP = {f"DialBLeg{name}" for name in ("Duration", "BillDuration")} | {
    f"DialBLegHangup{name}" for name in ("CauseName", "CauseCode", "Source")
}
DIAL_END = {"DialStatus", "DialRingStatus", "DialHangupCause", "DialALegUUID", "DialBLegUUID"}
HANGUP = {"AnswerTime", "StartTime", "EndTime", "Duration", "BillDuration", "BillRate"} | {
    "TotalCost",
    *(f"Hangup{name}" for name in ("Cause", "CauseCode", "CauseName", "Source")),
}
RECORDING = {"RecordUrl", "RecordingID", "RecordingDuration", "RecordingDurationMs"} | {
    "RecordingStartMs",
    "RecordingEndMs",
    "Digits",
}
# What confirmSound sends is not documented.
DOCUMENTED: Mapping[str, set[str]] = {
    "answer_call_post": set(),
    "answer_call_pin_digits": {"Digits"},
    "answer_call_pin_silence": set(),
    "record_call_dial_answer": DIAL,
    "record_call_dial_connected": DIAL,
    "record_call_dial_hangup": DIAL | DIAL_HANGUP,
    "record_call_dial_end_completed": DIAL_END,
    "record_call_recording_completed": RECORDING,
    "answer_call_whisper_post": set(),
    "record_call_hangup_post": HANGUP,
    "record_call_first_ring": OUTBOUND,
    "answer_call_first_answer": OUTBOUND,
    "record_call_first_hangup": OUTBOUND | HANGUP,
}
PLACED = [name for name in DOCUMENTED if "_first_" in name]
INBOUND = [name for name in DOCUMENTED if name not in PLACED]
METHODS = ("POST", "GET")


def file_of(name: str, method: str) -> str:
    """The file that holds this webhook sent with that method."""
    if method == "POST":
        return name
    return name.removesuffix("_post") + "_get"


def names_in_file(name: str, method: str) -> list[str]:
    request = CarrierRequest.from_event(load_event(file_of(name, method)))
    assert request.method == method
    pairs, others = (request.form, request.query)[:: 1 if method == "POST" else -1]
    assert not others
    return sorted(parameter for parameter, _ in pairs)


@pytest.fixture
def application() -> Iterator[Application]:
    with served_application() as application:
        yield application


@pytest.fixture
def carrier(application: Application) -> Carrier:
    return Carrier(
        account_id="MAXXXXXXXXXXXXXXXXXX",
        courier=Courier(PLIVO, ("token",)),
        answer_url=f"{application.url}/answer",
        status_url=f"{application.url}/hangup",
    )


def masks(application: Application) -> None:
    """The application asks for digits twice, then records, whispers and dials."""
    url = application.url
    digits = f'<GetDigits action="{url}/dial"/>'
    again = f'<Redirect method="POST">{url}/again</Redirect>'
    application.documents["/again"] = f"<Response>{digits}</Response>"
    application.documents["/whisper"] = "<Response><Wait/></Response>"
    application.dials(
        f'confirmSound="{url}/whisper"',
        before=f'<Record startOnDialAnswer="true" redirect="false" callbackUrl="{url}/recording"/>',
    )
    application.documents["/dial"] = application.documents["/answer"]
    application.documents["/answer"] = f"<Response>{digits}{again}</Response>"


def sent_by(call: SimulatedCall) -> list[Webhook]:
    return [delivery.webhook for delivery in call.deliveries] + call.pending


def named_webhooks(webhooks: list[Webhook]) -> dict[str, Webhook]:
    """By the file in events/ that is like it."""
    files = {
        "answer": "answer_call_post",
        "digits": "answer_call_pin_digits",
        "redirect": "answer_call_pin_silence",
        "action": "record_call_dial_end_completed",
        "confirm": "answer_call_whisper_post",
        "recording": "record_call_recording_completed",
        "hangup": "record_call_hangup_post",
    }
    return {
        files.get(one.kind) or f"record_call_dial_{one.params['DialAction']}": one
        for one in webhooks
    }


def names_on_the_wire(
    call: SimulatedCall, webhook: Webhook, application: Application
) -> list[tuple[str, list[str]]]:
    """What the application gets of the webhook, by either method."""
    application.requests.clear()
    for method in METHODS:
        call.deliver(replace(webhook, method=method))
    return [(method, sorted(params)) for _, params, _, method in application.requests]


def test_an_incoming_calls_webhooks_are_like_the_files(
    application: Application, carrier: Carrier
) -> None:
    masks(application)
    call = SimulatedCall(carrier, CALLER, VIRTUAL, collects=True)

    follow(call, Script(digits=("", "4821")))

    webhooks = named_webhooks(sent_by(call))
    assert webhooks.keys() == set(INBOUND)
    for name, webhook in webhooks.items():
        expected = [(method, names_in_file(name, method)) for method in METHODS]
        assert names_on_the_wire(call, webhook, application) == expected, name


def placed_webhooks(application: Application, carrier: Carrier) -> dict[str, Webhook]:
    application.dials()
    ring_url = f"{application.url}/ring"
    order = Order(VIRTUAL, CALLER, carrier.answer_url, carrier.status_url, ring_url)
    call = PlacedCall(carrier, VIRTUAL, CALLER, collects=True, order=order)
    finish(call.start(), Script())
    files = {
        "ring": "record_call_first_ring",
        "answer": "answer_call_first_answer",
        "hangup": "record_call_first_hangup",
    }
    return {files[one.kind]: one for one in sent_by(call) if one.kind in files}


@pytest.mark.parametrize("name", PLACED)
def test_a_placed_calls_webhooks_say_what_the_files_do(
    name: str, application: Application, carrier: Carrier
) -> None:
    webhook = placed_webhooks(application, carrier)[name]

    assert {*webhook.params} == {*names_in_file(name, "POST")}


def test_a_placed_calls_webhooks_arrive_alike_by_either_method(
    application: Application, carrier: Carrier
) -> None:
    call = PlacedCall(carrier, VIRTUAL, CALLER)
    for webhook in placed_webhooks(application, carrier).values():
        expected = [(method, sorted(webhook.params)) for method in METHODS]
        assert names_on_the_wire(call, webhook, application) == expected


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_file_has_every_documented_parameter(name: str, method: str) -> None:
    names = names_in_file(name, method)

    assert len(names) == len(set(names))
    assert COMMON | DOCUMENTED[name] <= set(names)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_query_file_is_for_the_url_of_the_form_file(name: str) -> None:
    form, query = (load_event(file_of(name, method)) for method in METHODS)

    assert query["rawPath"] == form["rawPath"]
    assert (
        dict(parse_qsl(query["rawQueryString"], keep_blank_values=True))
        == (query["queryStringParameters"])
    )
