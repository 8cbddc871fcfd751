"""The telephone network speaks whatever language it is given: here one of the test's own.

Its documents are JSON, it tells of every moment that there is, and goes on where it gets no answer.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.api.calls import KeptCall, KeptCalls
from local.phone.api.front import CarrierApi
from local.phone.api.placing import Placing
from local.phone.carrier_call import Carrier, CarrierCall
from local.phone.dialect import AnswerFailedError, Arrival, Moment, OnFailure, Order
from local.phone.instructions import (
    Collect,
    Dial,
    HangUp,
    Hook,
    Instruction,
    InvalidDocumentError,
    NotSimulatedError,
    Pause,
    Record,
    Reject,
    Say,
)
from local.phone.legs import Ending, Leg
from local.phone.placed import Outgoing, place
from local.phone.simulator import CarrierSimulator, Script, finish
from local.phone.webhooks import Courier, Delivery, Kind, Request, Rules, Webhook
from tests.unit.local.phone.local_application import (
    CALLEE,
    VIRTUAL,
    Application,
    served_application,
)

CALLER = "+12025550101"
ASKS: Mapping[Moment, Kind] = {
    Moment.ARRIVED: "answer",
    Moment.FALLEN_BACK: "fallback",
    Moment.ENTERED: "digits",
    Moment.WHISPER: "confirm",
    Moment.DIAL_OVER: "action",
}


@dataclass
class Spoken:
    """`documents` are the instructions of each kind of webhook; `silent` are moments untold."""

    documents: dict[Kind, Sequence[Instruction] | None] = field(default_factory=dict)
    silent: set[Moment] = field(default_factory=lambda: {Moment.DIAL_OVER})
    failure: OnFailure = "ends"
    name: str = "spoken"
    account_name: str = "account"
    signing_name: str = "key"
    wrong_secret: str = "nobody's"

    def new_id(self) -> str:
        return "v3:an:id"

    def recording_id(self, call: CarrierCall, leg: Leg) -> str:
        return "a-recording"

    def webhooks(self, moment: Moment, call: CarrierCall) -> Sequence[Webhook]:
        if moment in self.silent:
            return []
        kind, url = ASKS.get(moment, "status"), call.carrier.answer_url
        if moment is Moment.FALLEN_BACK:
            url = str(call.carrier.fallback_answer_url)
        params = {"moment": moment, "call": {"id": call.call_uuid, "digits": call.entered}}
        return [Webhook(kind, "POST", url, params, is_json=True)]

    def signature(self, request: Request, secrets: Sequence[str]) -> Mapping[str, str]:
        told = f"{request.account['application']} {len(request.body)}"
        return {"Signed": ",".join(f"{secret} {told}" for secret in secrets)}

    def rules(self, webhook: Webhook) -> Rules:
        return Rules(1, frozenset({"503"}), 5)

    def read(self, kind: Kind, answer: Delivery) -> Sequence[Instruction] | None:
        if answer.status >= 300:
            raise AnswerFailedError
        return self.documents.get(kind, ())

    def on_failure(self, kind: Kind) -> OnFailure:
        return self.failure

    def cause(self, ended: Ending) -> str:
        return ended.reason

    def arrival(self, params: Mapping[str, Any]) -> Arrival | None:
        return None

    def order(self, params: Mapping[str, Any]) -> Order:
        raise NotImplementedError

    def answer(self, path: str, request: HttpRequest, api: CarrierApi) -> HttpResponse:
        return HttpResponse(418)


@pytest.fixture
def application() -> Iterator[Application]:
    with served_application() as application:
        yield application


@pytest.fixture
def spoken() -> Spoken:
    return Spoken()


@pytest.fixture
def carrier(application: Application, spoken: Spoken) -> CarrierSimulator:
    courier = Courier(spoken, ("old", "new"), account={"application": "A-1"})
    return CarrierSimulator(Carrier("1", courier, f"{application.url}/answer", ""))


def moments(call: CarrierCall) -> list[str]:
    return [delivery.webhook.params["moment"] for delivery in call.deliveries]


DIAL = Dial(CALLEE, VIRTUAL, ring_seconds=30, limit_seconds=60)


def test_a_webhook_may_be_json_and_is_signed_over_its_body(
    application: Application, carrier: CarrierSimulator
) -> None:
    [answer, *_] = carrier.call(CALLER, VIRTUAL).sent("answer")

    body = json.dumps(answer.webhook.params, separators=(",", ":"))
    arrived = [
        headers for _, params, headers, _ in application.requests if "arrived" in str(params)
    ]
    assert arrived[0]["Content-Type"] == "application/json"
    assert arrived[0]["Signed"] == f"old A-1 {len(body)},new A-1 {len(body)}"


def test_every_moment_of_a_call_can_be_told_and_in_order(
    spoken: Spoken, carrier: CarrierSimulator
) -> None:
    spoken.documents = {"answer": (Record(None), DIAL), "action": (HangUp(),)}
    spoken.silent = set()

    call = carrier.call(CALLER, VIRTUAL, Script(hangup_by="callee"))

    assert moments(call) == [
        "call_initiated",
        "call_ringing",
        "arrived",
        "call_answered",
        "leg_initiated",
        "leg_ringing",
        "leg_answered",
        "leg_bridged",
        "leg_ended",
        "dial_over",
        "call_ended",
        "recorded",
    ]
    assert call.recording is not None
    assert (call.recording.seconds, call.recording.started_at) == (12, 4)


def test_a_caller_may_wait_unanswered_until_the_callee_is_there(
    spoken: Spoken, carrier: CarrierSimulator
) -> None:
    waiting = Dial(CALLEE, VIRTUAL, 30, 60, answers_on_bridge=True)
    spoken.documents = {"answer": (waiting,)}

    talked = carrier.call(CALLER, VIRTUAL, Script(talk_seconds=7))
    gave_up = carrier.call(CALLER, VIRTUAL, Script(answer="cancel"))

    assert moments(talked).index("call_answered") == moments(talked).index("leg_answered") + 1
    assert talked.ended is not None
    assert talked.ended.duration == 7
    assert gave_up.ended is not None
    assert gave_up.ended.answered_at is None
    assert "leg_ringing" in moments(gave_up)


def test_without_a_url_after_the_dial_the_document_goes_on(
    spoken: Spoken, carrier: CarrierSimulator
) -> None:
    spoken.documents = {"answer": (DIAL, Say("Nobody is there."))}

    assert carrier.call(CALLER, VIRTUAL, Script(answer="busy")).heard == ["Nobody is there."]
    talked = carrier.call(CALLER, VIRTUAL, Script(hangup_by="callee"))
    assert talked.heard == ["Nobody is there."]


def test_a_dial_can_be_the_last_thing_of_a_call_that_was_answered(
    spoken: Spoken, carrier: CarrierSimulator
) -> None:
    last = Dial(CALLEE, VIRTUAL, 30, 60, ends_the_call=True)
    spoken.documents = {"answer": (last, Say("Nobody is there."))}

    talked = carrier.call(CALLER, VIRTUAL, Script(hangup_by="callee"))

    assert talked.heard == []
    assert talked.ended is not None
    assert talked.ended.by == "callee"
    assert carrier.call(CALLER, VIRTUAL, Script(answer="busy")).heard == ["Nobody is there."]


def test_an_answer_that_says_nothing_goes_on_with_the_document(
    spoken: Spoken, carrier: CarrierSimulator
) -> None:
    spoken.documents = {"answer": (DIAL, Say("Nobody is there.")), "action": None}
    spoken.silent = set()

    assert carrier.call(CALLER, VIRTUAL, Script(answer="busy")).heard == ["Nobody is there."]


@pytest.mark.parametrize(("comes", "asked"), [(True, ["", "12"]), (False, ["12"])])
def test_silence_comes_to_the_url_or_goes_on(
    spoken: Spoken, carrier: CarrierSimulator, comes: bool, asked: list[str]
) -> None:
    collect = Collect(Hook(""), (Say("PIN?"),), most_digits=2, silence_comes=comes)
    spoken.documents = {"answer": (collect, collect), "digits": (collect,)}

    call = carrier.place(CALLER, VIRTUAL).start().press().press("123")

    entered = [one.webhook.params["call"]["digits"] for one in call.sent("digits")]
    assert entered == asked
    assert call.heard == ["PIN?"] * 3


@pytest.mark.parametrize(
    ("failure", "outcome", "heard"),
    [("ends", "ended", []), ("falls back", "ended", ["Later."])],
)
def test_a_failed_answer_falls_back_where_the_carrier_does(
    application: Application,
    spoken: Spoken,
    carrier: CarrierSimulator,
    failure: OnFailure,
    outcome: str,
    heard: list[str],
) -> None:
    application.statuses["/answer"] = 500
    spoken.failure = failure
    spoken.documents = {"fallback": (Say("Later."),)}

    call = carrier.having(fallback_answer_url=f"{application.url}/later").call(CALLER, VIRTUAL)

    assert (call.outcome, call.heard) == (outcome, heard)
    assert call.problem == "answer webhook answered 500"


def test_only_the_statuses_that_the_carrier_names_are_tried_again(
    application: Application, carrier: CarrierSimulator, spoken: Spoken
) -> None:
    spoken.silent = {*Moment} - {Moment.ARRIVED}
    for status, tries in ((503, 2), (500, 1)):
        application.requests.clear()
        application.statuses["/answer"] = status
        carrier.call(CALLER, VIRTUAL)
        assert len(application.requests) == tries


def test_a_rejected_caller_was_never_answered_and_one_who_was_is_hung_up(
    spoken: Spoken, carrier: CarrierSimulator
) -> None:
    spoken.documents = {"answer": (Reject("busy"),)}
    refused = carrier.call(CALLER, VIRTUAL)
    spoken.documents = {"answer": (Pause(3), Reject("busy"))}
    hung_up = carrier.call(CALLER, VIRTUAL)

    assert (refused.outcome, hung_up.outcome) == ("busy", "ended")
    assert refused.ended is not None
    assert hung_up.ended is not None
    assert (refused.ended.answered_at, hung_up.ended.duration) == (None, 3)


def test_a_whisper_that_is_no_sound_is_not_simulated(
    application: Application, spoken: Spoken, carrier: CarrierSimulator
) -> None:
    whispering = Dial(CALLEE, VIRTUAL, 30, 60, whisper=Hook(application.url))
    spoken.documents = {"answer": (whispering,), "confirm": (HangUp(),)}

    with pytest.raises(NotSimulatedError, match="HangUp"):
        carrier.call(CALLER, VIRTUAL)


def test_documents_that_go_round_in_circles_are_an_error(
    spoken: Spoken, carrier: CarrierSimulator
) -> None:
    collect = Collect(Hook(""), silence_comes=True)
    spoken.documents = {"answer": (collect,), "digits": (collect,)}

    with pytest.raises(InvalidDocumentError, match="circles"):
        carrier.call(CALLER, VIRTUAL)


def test_a_placed_call_tells_of_itself_before_anything_is_asked(
    spoken: Spoken, carrier: CarrierSimulator
) -> None:
    spoken.documents = {"answer": (DIAL,)}
    order = Order(VIRTUAL, CALLER, carrier.carrier.answer_url, "")

    [call] = place(order, Outgoing(), carrier.carrier)
    finish(call.start(), Script())
    [busy] = place(order, Outgoing(first_answers="busy"), carrier.carrier)

    assert moments(call)[:4] == ["call_initiated", "call_ringing", "call_answered", "arrived"]
    assert moments(busy.start()) == ["call_initiated", "call_ended"]
    assert busy.ended is not None
    assert busy.ended.status == "busy"


class TestApi:
    """Whatever the carrier's own API looks like, calls are kept, ended, and priced late."""

    @pytest.fixture
    def now(self) -> list[int]:
        return [1_000]

    @pytest.fixture
    def api(self, spoken: Spoken, carrier: CarrierSimulator, now: list[int]) -> CarrierApi:
        placing = Placing(lambda: carrier.carrier, lambda _: None)
        calls = KeptCalls(lambda: now[0], priced_after_seconds=60)
        return CarrierApi(spoken, {}, placing, calls)

    def test_a_call_is_known_by_any_id_and_after_its_end(self, api: CarrierApi) -> None:
        call = KeptCall("v3:an:id", CALLER, VIRTUAL, started_ms=0, answered_ms=1_000)

        self.put(api, "/calls/v3%3Aan%3Aid", call.content())
        assert api.calls.end("v3:an:id")

        kept = api.calls.get("v3:an:id")
        assert kept is not None
        assert (kept.caller, kept.status, kept.is_alive) == (CALLER, "completed", False)
        assert not api.calls.end("v3:an:id")

    def test_a_price_is_known_some_time_after_the_end(
        self, api: CarrierApi, now: list[int]
    ) -> None:
        call = KeptCall("1", status="busy", reason="busy", ended_ms=0, started_ms=0)
        self.put(api, "/calls/1", call.content())

        assert not api.calls.is_priced("1")
        now[0] += 60_000
        assert api.calls.is_priced("1")

        self.put(api, "/prices", {"after_seconds": 3600})
        assert not api.calls.is_priced("1")

    def test_what_is_not_ours_is_for_the_carrier_to_answer(self, api: CarrierApi) -> None:
        assert api.answer("/v1/calls", HttpRequest("PUT", "/v1/calls", (), b"")).status == 418

    def put(self, api: CarrierApi, path: str, content: dict[str, Any]) -> None:
        answer = api.answer(path, HttpRequest("PUT", path, (), json.dumps(content).encode()))
        assert answer.status == 200
