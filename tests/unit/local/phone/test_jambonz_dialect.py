"""The simulated jambonz: as strict as the real one, and judged by jambonz's own SDK."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jambonz_sdk._signature import verify_signature
from jambonz_sdk.validator import JambonzValidator
from jsonschema import Draft202012Validator

from local.phone.carrier_call import Carrier, CarrierCall
from local.phone.dialect import AnswerFailedError, Order
from local.phone.instructions import (
    Collect,
    Dial,
    HangUp,
    Hook,
    InvalidDocumentError,
    NotSimulatedError,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
)
from local.phone.jambonz import JAMBONZ
from local.phone.placed import Outgoing, place
from local.phone.simulator import CarrierSimulator, Script, finish
from local.phone.webhooks import Courier, Delivery, Kind, Webhook
from maskline.carriers import carrier
from maskline.carriers.adapter import OfCall
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.calls.report import CallReport, LegStatus
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.local.phone.local_application import (
    CALLEE,
    VIRTUAL,
    Application,
    served_application,
)

CALLER, SECRETS = "+12025550101", ("new secret", "old secret")
VALIDATOR = JambonzValidator()
SCHEMAS: dict[Kind, str] = {"answer": "session-new", "digits": "gather", "action": "dial"}
AUDIO = "https://customer.example.com/a.mp3"
HANG_UP = {"verb": "hangup"}


@pytest.fixture
def application() -> Iterator[Application]:
    with served_application() as application:
        application.content_type = "application/json"
        yield application


@pytest.fixture
def simulator(application: Application) -> CarrierSimulator:
    courier = Courier(JAMBONZ, SECRETS)
    url = application.url
    return CarrierSimulator(Carrier("account-1", courier, f"{url}/answer", f"{url}/status"))


def dial(application: Application, **changes: Any) -> dict[str, Any]:
    url = application.url
    return {
        "verb": "dial",
        "target": [{"type": "phone", "number": CALLEE}],
        "callerId": VIRTUAL,
        "forwardPAI": False,
        "answerOnBridge": True,
        "actionHook": f"{url}/action",
        **changes,
    }


def answering(application: Application, **verbs: list[Any]) -> None:
    application.documents |= {f"/{path}": json.dumps(told) for path, told in verbs.items()}


def told(call: CarrierCall) -> list[tuple[str, str]]:
    """Whose leg is in which state, as the status URL hears it."""
    bodies = [
        delivery.webhook.params
        for delivery in call.deliveries
        if delivery.webhook.url.endswith("/status")
    ]
    return [
        ("callee" if "parent_call_sid" in body else "caller", body["call_status"])
        for body in bodies
    ]


def judge(call: CarrierCall) -> None:
    """Every webhook has the published form, and the SDK and the adapter take its signature."""
    for delivery in call.deliveries:
        webhook = delivery.webhook
        name = SCHEMAS.get(webhook.kind, "call-status")
        schema = VALIDATOR._store[f"https://jambonz.org/schema/callbacks/{name}"]
        errors = Draft202012Validator(schema, registry=VALIDATOR._registry)
        assert not [error.message for error in errors.iter_errors(webhook.params)]
        sent = call.carrier.courier.prepared(webhook)
        # The SDK reads the last of several signatures, as of one secret.
        assert verify_signature(sent.body, sent.headers["Jambonz-Signature"], SECRETS[-1])


def test_a_conversation_is_told_of_at_one_url(
    application: Application, simulator: CarrierSimulator
) -> None:
    answering(application, answer=[dial(application)], action=[HANG_UP])

    call = simulator.call(CALLER, VIRTUAL, Script(talk_seconds=7, hangup_by="callee"))

    assert call.outcome == "connected"
    assert told(call) == [
        ("caller", "trying"),
        ("callee", "trying"),
        ("callee", "ringing"),
        ("callee", "in-progress"),
        ("caller", "in-progress"),
        ("callee", "completed"),
        ("caller", "completed"),
    ]
    judge(call)
    last = call.deliveries[-1].webhook.params
    assert (last["duration"], last["call_termination_by"]) == (7, "jambonz")
    [action] = call.sent("action")
    assert action.webhook.params["dial_call_status"] == "completed"


def test_a_dials_tag_comes_with_the_words_of_its_leg_alone(
    application: Application, simulator: CarrierSimulator
) -> None:
    answering(application, answer=[dial(application, tag={"a": 1})], action=[HANG_UP])

    call = simulator.call(CALLER, VIRTUAL)

    tagged = [("customerData" in one.webhook.params) for one in call.sent("dial")]
    assert tagged == [True] * 4
    assert not [one for one in call.sent("hangup") if "customerData" in one.webhook.params]
    judge(call)


@pytest.mark.parametrize(
    ("answer", "is_reported", "dial_status", "of_callee"),
    [
        ("busy", False, "busy", "busy"),
        ("rejected", False, "failed", "failed"),
        ("unreachable", False, "failed", "failed"),
        # jambonz stops listening to a leg that it gives up, most of the time.
        ("no-answer", False, "ringing", "ringing"),
        ("no-answer", True, "no-answer", "no-answer"),
        ("cancel", False, "ringing", "ringing"),
        ("cancel", True, "no-answer", "no-answer"),
    ],
)
def test_a_callee_who_does_not_answer(
    application: Application,
    simulator: CarrierSimulator,
    answer: Any,
    is_reported: bool,
    dial_status: str,
    of_callee: str,
) -> None:
    answering(application, answer=[dial(application)], action=[HANG_UP])

    telling = simulator.having(reports_unanswered_legs=is_reported)
    call = telling.call(CALLER, VIRTUAL, Script(answer=answer))

    [action] = call.sent("action")
    assert action.webhook.params["dial_call_status"] == dial_status
    assert [word for leg, word in told(call) if leg == "callee"][-1] == of_callee
    judge(call)


def test_without_being_told_not_to_it_passes_the_callers_identity_on(
    application: Application, simulator: CarrierSimulator
) -> None:
    for leak in ({"forwardPAI": True}, {"callerId": None}):
        leaking = {name: value for name, value in dial(application, **leak).items() if value}
        answering(application, answer=[leaking], action=[HANG_UP])

        assert simulator.call(CALLER, VIRTUAL).legs[0].caller_id == CALLER


def test_a_pin_is_entered_or_not(application: Application, simulator: CarrierSimulator) -> None:
    gather = {
        "verb": "gather",
        "input": ["digits"],
        "actionHook": f"{application.url}/digits",
        "finishOnKey": "#",
        "minDigits": 1,
        "maxDigits": 15,
        "interDigitTimeout": 3,
        "play": {"url": AUDIO},
    }
    answering(application, answer=[gather, HANG_UP], digits=[gather, HANG_UP])

    call = simulator.place(CALLER, VIRTUAL).start().press("12#").press("")

    reasons = [one.webhook.params["reason"] for one in call.sent("digits")]
    assert reasons == ["dtmfDetected", "timeout"]
    assert call.sent("digits")[0].webhook.params["digits"] == "12"
    judge(call)
    application.statuses["/digits"] = 503
    # Where our answer fails, the next verb is followed.
    assert call.press("1").state == "ended"


@pytest.mark.parametrize(
    ("verbs", "heard"), [([{"verb": "play", "url": AUDIO}], [AUDIO]), ([], [])]
)
def test_a_callee_hears_a_whisper_or_is_connected_at_once(
    application: Application, simulator: CarrierSimulator, verbs: list[Any], heard: list[str]
) -> None:
    whispering = dial(application, confirmHook=f"{application.url}/confirm")
    answering(application, answer=[whispering], action=[HANG_UP], confirm=verbs)

    call = simulator.call(CALLER, VIRTUAL)

    assert call.whispered == heard
    [confirm] = call.sent("confirm")
    assert confirm.webhook.params["parent_call_sid"] == call.call_uuid
    judge(call)


def test_a_call_that_was_declined_was_never_answered(
    application: Application, simulator: CarrierSimulator
) -> None:
    answering(application, answer=[{"verb": "sip:decline", "status": 486}])

    call = simulator.call(CALLER, VIRTUAL)

    assert call.outcome == "busy"
    assert told(call) == [("caller", "trying"), ("caller", "failed")]
    assert call.deliveries[-1].webhook.params["sip_status"] == 486
    judge(call)


def test_of_a_call_without_an_application_no_end_is_told(
    application: Application, simulator: CarrierSimulator
) -> None:
    application.statuses["/answer"] = 500

    call = simulator.call(CALLER, VIRTUAL)

    assert call.problem == "answer webhook answered 500"
    assert told(call) == [("caller", "trying")]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ("busy", ["trying", "busy"]),
        ("rejected", ["trying", "ringing", "busy"]),
        ("no-answer", ["trying", "ringing", "no-answer"]),
        ("unreachable", ["trying", "failed"]),
    ],
)
def test_a_placed_call_that_nobody_answers(
    answers: Any, words: list[str], application: Application, simulator: CarrierSimulator
) -> None:
    order = Order(VIRTUAL, CALLER, f"{application.url}/answer", f"{application.url}/status")

    [call] = place(order, Outgoing(first_answers=answers), simulator.carrier)

    assert [word for _, word in told(call.start())] == words
    judge(call)


def test_a_placed_call_asks_once_it_is_answered(
    application: Application, simulator: CarrierSimulator
) -> None:
    answering(application, answer=[dial(application)], action=[HANG_UP])
    order = Order(VIRTUAL, CALLER, f"{application.url}/answer", f"{application.url}/status")

    [call] = place(order, Outgoing(), simulator.carrier)
    finish(call.start(), Script())

    assert [word for leg, word in told(call) if leg == "caller"] == [
        "trying",
        "ringing",
        "in-progress",
        "completed",
    ]
    [answer] = call.sent("answer")
    assert (answer.webhook.params["direction"], "sip" in answer.webhook.params) == (
        "outbound",
        False,
    )
    judge(call)


def test_the_adapter_takes_the_signature_and_reads_the_words(
    application: Application, simulator: CarrierSimulator
) -> None:
    answering(application, answer=[dial(application)], action=[HANG_UP])
    call = simulator.call(CALLER, VIRTUAL)
    [ended] = [
        delivery.webhook
        for delivery in call.sent("dial")
        if delivery.webhook.params["call_status"] == "completed"
    ]

    sent = call.carrier.courier.prepared(ended)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    request = CarrierRequest("POST", sent.url, application.url, headers, body=sent.body)
    known = builders.carrier_account(carrier="jambonz")
    for secret in SECRETS:
        asked = replace(known, secrets={"webhook_secret": (secret,)})
        assert carrier("jambonz").is_genuine(request, asked)
    with known_secret():
        url = CallUrls(application.url, "jambonz", "MA1").to(Step.HANGUP)
        said = carrier("jambonz").read(Step.HANGUP, replace(request, url=url), known)
    assert isinstance(said, OfCall)
    assert isinstance(said.report, CallReport)
    assert (said.call_uuid, said.report.leg_uuid) == (call.call_uuid, call.legs[0].uuid)
    assert said.report.status is LegStatus.COMPLETED


def read(kind: Kind, content: Any, *, status: int = 200, content_type: str = "application/json"):  # noqa: ANN201
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return JAMBONZ.read(kind, Delivery(Webhook(kind, "POST", "", {}), status, content_type, body))


HOOK = "https://m.example/hook"


@pytest.mark.parametrize(
    ("verbs", "found"),
    [
        ([{"verb": "say", "text": "Hello."}], [Say("Hello.")]),
        ([{"verb": "play", "url": AUDIO}], [Play(AUDIO)]),
        ([{"verb": "pause", "length": 2}], [Pause(2)]),
        ([{"verb": "redirect", "actionHook": HOOK}], [Redirect(Hook(HOOK))]),
        ([HANG_UP], [HangUp()]),
        ([{"verb": "sip:decline", "status": 486}], [Reject("busy")]),
        # The first does nothing to a call that is not answered.
        ([HANG_UP, {"verb": "sip:decline", "status": 603}], [Reject("rejected")]),
        (
            [
                {
                    "verb": "dial",
                    "target": [{"type": "phone", "number": CALLEE}],
                    "callerId": VIRTUAL,
                    "forwardPAI": False,
                    "actionHook": {"url": HOOK, "method": "GET"},
                }
            ],
            [Dial(CALLEE, VIRTUAL, 60, 86_400, after=Hook(HOOK, "GET"))],
        ),
        (
            [{"verb": "gather", "input": ["digits"], "actionHook": HOOK}],
            [Collect(Hook(HOOK), first_digit_seconds=15, finish_on="", silence_comes=True)],
        ),
    ],
)
def test_verbs_are_read(verbs: list[Any], found: list[Any]) -> None:
    assert list(read("answer", verbs) or ()) == found


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        b"",
        b"[",
        ["say"],
        [{"text": "Hello."}],
        [{"verb": "shout"}],
        [{"verb": "say", "texts": "Hello."}],
        [{"verb": "say", "text": 7}],
        [{"verb": "play"}],
        [{"verb": "dial"}],
        [{"verb": "dial", "target": []}],
        [{"verb": "dial", "target": [{"type": "phone", "number": CALLEE, "callerId": VIRTUAL}]}],
        [{"verb": "dial", "target": [{"type": "telephone", "number": CALLEE}]}],
        [{"verb": "dial", "target": [{"type": "phone", "number": CALLEE}], "timeout": "60"}],
        [{"verb": "sip:decline"}],
        [{"verb": "gather", "input": ["digits"], "actionHook": HOOK, "interDigitTimeout": 3}],
        [{"verb": "gather", "input": ["digits"], "actionHook": HOOK, "timeout": 0}],
    ],
)
def test_what_jambonz_would_not_follow_is_refused(content: Any) -> None:
    with pytest.raises(InvalidDocumentError):
        read("answer", content)


@pytest.mark.parametrize(
    "verb",
    [
        {"verb": "config", "notifyEvents": True},
        {"verb": "gather", "input": ["speech"], "actionHook": HOOK},
        {"verb": "dial", "target": [{"type": "sip", "sipUri": "sip:a@example.com"}]},
        {"verb": "play", "url": [AUDIO, AUDIO]},
        {"verb": "redirect", "actionHook": "/relative"},
    ],
)
def test_what_is_not_simulated_says_so(verb: dict[str, Any]) -> None:
    with pytest.raises(NotSimulatedError):
        read("answer", [verb])
    with pytest.raises(NotSimulatedError):
        read("answer", [{"verb": "sip:decline", "status": 486}, HANG_UP])


def test_a_callee_alone_cannot_be_dialled_on() -> None:
    with pytest.raises(InvalidDocumentError):
        read("confirm", [{"verb": "sip:decline", "status": 486}])


@pytest.mark.parametrize("status", [201, 301, 400, 403, 500, 503])
def test_other_statuses_are_failures(status: int) -> None:
    with pytest.raises(AnswerFailedError):
        read("answer", [HANG_UP], status=status)


def test_an_answer_that_is_no_json_goes_on_where_there_is_something_to_go_on_with() -> None:
    assert read("action", b"", content_type="text/plain") is None
    assert read("digits", []) is None
    assert read("confirm", b"", status=204, content_type="") == ()
    with pytest.raises(InvalidDocumentError):
        read("answer", b"<Response/>", content_type="application/xml")


@pytest.mark.parametrize(
    ("fragment", "retries", "retried"),
    [("", 0, set()), ("#rc=3&rp=5xx,ct,rt", 3, {500, 503}), ("#rc=9&rp=4xx", 5, {403})],
)
def test_a_webhook_is_tried_again_as_its_url_says(
    fragment: str, retries: int, retried: set[int]
) -> None:
    rules = JAMBONZ.rules(Webhook("answer", "POST", f"https://m.example/{fragment}", {}))

    assert (rules.retries, rules.read_seconds) == (retries, 10)
    found = {
        status
        for status in (200, 403, 500, 503)
        if rules.retry(Delivery(Webhook("answer", "POST", "", {}), status))
    }
    assert found == retried
