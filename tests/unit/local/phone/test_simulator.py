"""The carrier simulator against an application of the test's own."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from plivo.utils import signature_v3

from local.phone.carrier_call import Carrier, WrongStepError
from local.phone.instructions import InvalidDocumentError, NotSimulatedError
from local.phone.plivo import PLIVO
from local.phone.simulator import CarrierSimulator, Script
from local.phone.webhooks import Courier
from tests.unit.local.phone.local_application import (
    CALLEE,
    VIRTUAL,
    Application,
    served_application,
)

CALLER = "+12025550101"
TOKEN = "token-of-the-carrier"


@pytest.fixture
def application() -> Iterator[Application]:
    with served_application() as application:
        yield application


@pytest.fixture
def carrier(application: Application) -> CarrierSimulator:
    return CarrierSimulator(
        Carrier(
            account_id="MAXXXXXXXXXXXXXXXXXX",
            courier=Courier(PLIVO, (TOKEN,)),
            answer_url=f"{application.url}/answer",
            status_url=f"{application.url}/hangup",
        )
    )


def test_answered_call_rings_the_number_of_the_document_and_reports_every_step(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials('timeout="30" timeLimit="600"')

    call = carrier.call(CALLER, VIRTUAL, Script(talk_seconds=61, hangup_by="callee"))

    assert call.outcome == "connected"
    assert call.leg is not None
    assert (call.leg.to, call.leg.caller_id) == (CALLEE, VIRTUAL)
    assert (call.leg.ring_timeout, call.leg.time_limit, call.leg.duration) == (30, 600, 61)
    places = [place for place, *_ in application.requests]
    assert places == ["/answer", *["/events"] * 3, "/action", "/hangup"]


def test_answer_webhook_has_the_documented_parameters(
    application: Application, carrier: CarrierSimulator
) -> None:
    call = carrier.call(CALLER, VIRTUAL)

    (params,) = application.params("/answer")
    assert params["CallUUID"] == call.call_uuid
    assert (params["From"], params["To"]) == ("12025550101", "12025550110")
    assert (params["CallStatus"], params["Direction"]) == ("ringing", "inbound")
    assert params["Event"] == "StartApp"
    extras = ("BillRate", "CountryCode", "ParentAuthID", "RouteType", "SessionStart")
    assert all(params[name] for name in extras)


def test_dial_webhooks_carry_durations_billed_in_whole_minutes(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials()

    carrier.call(CALLER, VIRTUAL, Script(ring_seconds=5, talk_seconds=61))

    answer, connected, hangup = application.params("/events")
    assert (answer["DialAction"], connected["DialAction"]) == ("answer", "connected")
    assert (hangup["DialBLegDuration"], hangup["DialBLegBillDuration"]) == ("61", "120")
    assert (hangup["DialBLegFrom"], hangup["DialBLegTo"]) == ("12025550110", "12025550102")
    (action,) = application.params("/action")
    assert (action["DialStatus"], action["DialBLegUUID"]) == ("completed", hangup["DialBLegUUID"])
    (ended,) = application.params("/hangup")
    assert (ended["Duration"], ended["BillDuration"]) == ("66", "120")
    assert ended["TotalCost"] == "0.01700"
    assert (ended["HangupCauseCode"], ended["HangupSource"]) == ("4000", "Caller")


@pytest.mark.parametrize(
    ("answer", "status", "rang"),
    [
        ("busy", "busy", "false"),
        ("no-answer", "no-answer", "true"),
        ("rejected", "busy", "true"),
        ("unreachable", "failed", "false"),
        ("timeout", "timeout", "true"),
        ("cancel", "cancel", "true"),
    ],
)
def test_unanswered_leg_is_reported_by_the_action_only(
    application: Application, carrier: CarrierSimulator, answer: Any, status: str, rang: str
) -> None:
    application.dials('timeout="20"')

    call = carrier.call(CALLER, VIRTUAL, Script(answer=answer))

    (action,) = application.params("/action")
    assert (action["DialStatus"], action["DialRingStatus"]) == (status, rang)
    assert action["DialBLegUUID"] == ""
    assert application.params("/events") == []
    assert call.outcome == answer


def test_caller_hears_what_the_action_answers(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials()
    application.documents["/action"] = "<Response><Speak>Nobody is there.</Speak></Response>"

    assert carrier.call(CALLER, VIRTUAL, Script(answer="busy")).heard == ["Nobody is there."]


def test_talk_ends_at_the_time_limit(application: Application, carrier: CarrierSimulator) -> None:
    application.dials('timeLimit="60"')

    call = carrier.call(CALLER, VIRTUAL, Script(talk_seconds=500))

    assert call.leg is not None
    assert call.leg.duration == 60
    assert application.params("/hangup")[0]["HangupCauseCode"] == "6000"


def test_rejected_caller_pays_nothing(application: Application, carrier: CarrierSimulator) -> None:
    application.documents["/answer"] = '<Response><Hangup reason="busy"/></Response>'

    call = carrier.call(CALLER, VIRTUAL)

    (ended,) = application.params("/hangup")
    assert call.outcome == "busy"
    assert (ended["CallStatus"], ended["BillDuration"]) == ("busy", "0")
    assert (ended["TotalCost"], ended["AnswerTime"]) == ("0.00000", "")


def test_leg_that_would_ring_the_caller_is_refused_as_a_loop(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials(number=CALLER)

    assert carrier.call(CALLER, VIRTUAL).outcome == "loop"


def test_caller_id_is_the_callers_own_if_the_document_gives_none(
    application: Application, carrier: CarrierSimulator
) -> None:
    document = f"<Response><Dial><Number>{CALLEE}</Number></Dial></Response>"
    application.documents["/answer"] = document

    call = carrier.call(CALLER, VIRTUAL)

    assert call.leg is not None
    assert call.leg.caller_id == CALLER


def test_redirect_is_followed(application: Application, carrier: CarrierSimulator) -> None:
    redirect = f"<Response><Redirect>{application.url}/next</Redirect></Response>"
    application.documents |= {
        "/answer": redirect,
        "/next": "<Response><Speak>Hi</Speak></Response>",
    }

    assert carrier.call(CALLER, VIRTUAL).heard == ["Hi"]


def test_fallback_url_is_asked_when_the_answer_url_fails(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.statuses["/answer"] = 500
    application.documents["/fallback"] = "<Response><Speak>Later</Speak></Response>"

    call = carrier.having(fallback_answer_url=f"{application.url}/fallback").call(CALLER, VIRTUAL)

    assert call.heard == ["Later"]
    # 5xx is not among what the carrier retries by default.
    assert len(application.params("/answer")) == 1


def test_fragment_of_the_url_asks_for_retries(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.statuses["/answer"] = 503

    carrier.having(answer_url=f"{application.url}/answer#rc=2&rp=5xx").call(CALLER, VIRTUAL)

    assert len(application.params("/answer")) == 3


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_webhooks_are_signed_as_the_official_sdk_expects(
    application: Application, carrier: CarrierSimulator, method: str
) -> None:
    url = f"{application.url}/answer?b=2&a=1"

    carrier.having(method=method, answer_url=url).call(CALLER, VIRTUAL)

    _, params, headers, used = application.requests[0]
    assert used == method
    assert signature_v3.validate_v3_signature(
        method,
        url,
        headers["X-Plivo-Signature-V3-Nonce"],
        TOKEN,
        headers["X-Plivo-Signature-V3"],
        {name: value for name, value in params.items() if name not in "ab"},
    )


def test_signature_can_be_wrong_or_absent(
    application: Application, carrier: CarrierSimulator
) -> None:
    carrier.signing("wrong").call(CALLER, VIRTUAL)
    carrier.signing("absent").call(CALLER, VIRTUAL)

    signatures = [headers.get("X-Plivo-Signature-V3") for _, _, headers, _ in application.requests]
    assert signatures[0]
    assert signatures[-1] is None


def test_collected_webhooks_go_out_only_when_told_and_in_any_order(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials()
    call = carrier.place(CALLER, VIRTUAL, collects=True)
    call.start()
    call.answer()
    call.hangup("callee", after=7)

    assert [webhook.kind for webhook in call.pending] == ["dial"] * 3 + ["action", "hangup"]
    assert len(application.requests) == 1
    for order in itertools.islice(itertools.permutations(call.pending), 2):
        for webhook in order:
            call.deliver(webhook)
    assert len(application.requests) == 1 + 2 * 5


def test_step_out_of_turn_is_refused(application: Application, carrier: CarrierSimulator) -> None:
    application.dials()
    call = carrier.place(CALLER, VIRTUAL).start()
    call.answer()

    with pytest.raises(WrongStepError, match="talking"):
        call.answer()


def test_document_that_the_carrier_would_refuse_is_an_error(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.documents["/answer"] = "<Response><Dail/></Response>"

    with pytest.raises(InvalidDocumentError, match="Dail"):
        carrier.call(CALLER, VIRTUAL)


def test_what_is_not_simulated_says_so(application: Application, carrier: CarrierSimulator) -> None:
    application.documents["/answer"] = "<Response><GetDigits/></Response>"

    with pytest.raises(NotSimulatedError, match="GetDigits"):
        carrier.call(CALLER, VIRTUAL)


def test_calls_may_go_on_at_the_same_time(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials()

    def ring(_: int) -> str:
        return carrier.call(CALLER, VIRTUAL).outcome

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ring, range(24))) == {"connected"}
    assert len({params["CallUUID"] for params in application.params("/hangup")}) == 24
