"""The simulated carriers that speak TwiML: as strict as documented, as their SDKs check."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from local.gateway.messages import HttpRequest
from local.phone.api.calls import KeptCall, KeptCalls
from local.phone.api.front import CarrierApi
from local.phone.api.placing import Placing
from local.phone.api.rented import Rented
from local.phone.carrier_call import Carrier, CarrierCall
from local.phone.dialect import Moment, RefusedOrderError
from local.phone.dialects import DIALECTS
from local.phone.instructions import (
    Dial,
    Hook,
    InvalidDocumentError,
    NotSimulatedError,
    Record,
    Reject,
)
from local.phone.legs import Ending, Leg, Recording
from local.phone.webhooks import Courier, Delivery, Webhook
from maskline.carriers import carrier, rest
from maskline.carriers.desk import CarrierApiError, RentedNumber, desk
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.report import LegStatus
from maskline.domain.phone_numbers import E164
from maskline.wire import outbound
from maskline.wire.outbound import HttpAnswer
from tests.support.known_secret import known_secret
from tests.unit.carriers.twiml.family import ACCOUNTS, APPLICATION, BASE_URL, SECRETS, account

FAMILY = ("signalwire", "telnyx", "twilio")
URL = "https://maskline.example.com/carriers/x"
NUMBERS = tuple(f"+442079460{index:03d}" for index in range(3))
ALICE, BOB = E164("+12025550101"), E164("+12025550102")
DIAL = Dial(
    BOB,
    NUMBERS[0],
    40,
    600,
    Hook(URL),
    Hook(URL),
    frozenset({"initiated", "ringing", "answered", "completed"}),
)
PRIVATE_KEY = "bWFza2xpbmUtZXhhbXBsZS1zaWduaW5nLWtleS0wMDA="


def secret_of(name: str) -> str:
    signing = DIALECTS[name].signing_name
    return PRIVATE_KEY if name == "telnyx" else SECRETS[name][signing][0]


def courier(name: str) -> Courier:
    return Courier(DIALECTS[name], (secret_of(name),))


# --- documents ---


def read(name: str, inside: str, kind: Any = "answer", status: int = 200) -> Any:
    body = f"<Response>{inside}</Response>".encode()
    delivery = Delivery(Webhook(kind, "POST", URL, {}), status, "application/xml", body)
    return DIALECTS[name].read(kind, delivery)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize(
    "odd",
    [
        "<Speak>hello</Speak>",
        "<Play loop='0'>https://a.example/b.mp3</Play>",
        "<Dial><Number>12025550102</Number></Dial>",
        "<Dial callerId='12025550199'><Number>+12025550102</Number></Dial>",
        "<Dial></Dial>",
        "<Dial timeout='0'><Number>+12025550102</Number></Dial>",
        "<Dial timeLimit='14401'><Number>+12025550102</Number></Dial>",
        "<Dial timelimit='60'><Number>+12025550102</Number></Dial>",
        "<Dial><Number statusCallbackEvent='ringing,answered'>+12025550102</Number></Dial>",
        "<Dial><Number statusCallback='/relative'>+12025550102</Number></Dial>",
        "<Dial record='yes'><Number>+12025550102</Number></Dial>",
        "<Gather numdigits='4'/>",
        "<Gather><Dial/></Gather>",
        "<Gather timeout='0'/>",
        "<Reject reason='no'/>",
        "<Hangup reason='busy'/>",
        "<Redirect>not a url</Redirect>",
        "<Redirect method='PUT'>https://a.example</Redirect>",
        "<Pause length='0'/>",
        "<Say/>",
        "<Hangup/> text",
    ],
)
def test_what_is_not_documented_is_refused(name: str, odd: str) -> None:
    with pytest.raises(InvalidDocumentError):
        read(name, odd)


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("telnyx", "<Dial timeout='121'><Number>+12025550102</Number></Dial>"),
        ("telnyx", "<Dial timeout='4'><Number>+12025550102</Number></Dial>"),
        ("telnyx", "<Dial timeLimit='59'><Number>+12025550102</Number></Dial>"),
        ("telnyx", "<Redirect>https://a.example/#rc=3</Redirect>"),
        ("telnyx", "<Pause length='181'/>"),
        ("twilio", "<Dial recordingChannels='single'><Number>+12025550102</Number></Dial>"),
        ("signalwire", "<Dial timeout='4'><Number>+12025550102</Number></Dial>"),
    ],
)
def test_what_one_of_them_does_not_take(name: str, odd: str) -> None:
    with pytest.raises(InvalidDocumentError):
        read(name, odd)


@pytest.mark.parametrize("name", FAMILY)
def test_a_dial_is_read(name: str) -> None:
    record, dial = read(
        name,
        "<Dial callerId='+442079460000' action='https://a.example/over' timeout='40'"
        " answerOnBridge='true' record='record-from-answer'"
        " recordingStatusCallback='https://a.example/made'>"
        "<Number url='https://a.example/hear' statusCallback='https://a.example/on'"
        " statusCallbackEvent='ringing completed'>+12025550102</Number></Dial>",
    )

    assert record == Record(Hook("https://a.example/made"), "wav")
    assert dial == Dial(
        number="+12025550102",
        caller_id="+442079460000",
        ring_seconds=45 if name == "twilio" else 40,
        limit_seconds=14_400,
        after=Hook("https://a.example/over"),
        events=Hook("https://a.example/on"),
        wanted=frozenset({"ringing", "completed"}),
        whisper=Hook("https://a.example/hear"),
        answers_on_bridge=True,
    )


@pytest.mark.parametrize("name", FAMILY)
def test_a_caller_who_heard_something_was_answered_before_the_bridge(name: str) -> None:
    dial = "<Dial answerOnBridge='true'><Number>+12025550102</Number></Dial>"

    assert not read(name, f"<Play>https://a.example/b.mp3</Play>{dial}")[-1].answers_on_bridge
    assert read(name, "<Reject/>") == (Reject("rejected"),)


@pytest.mark.parametrize("name", FAMILY)
def test_a_whisper_says_something_or_nothing(name: str) -> None:
    assert read(name, "", "confirm") == ()
    for odd in ("<Pause/>", "<Hangup/>", "<Dial><Number>+12025550102</Number></Dial>"):
        with pytest.raises(InvalidDocumentError):
            read(name, odd, "confirm")


@pytest.mark.parametrize("name", FAMILY)
def test_what_is_valid_and_not_simulated_is_said_so(name: str) -> None:
    for inside in (
        "<Gather/>",
        "<Dial record='record-from-ringing'><Number>+12025550102</Number></Dial>",
        "<Dial><Number>+12025550102</Number><Number>+12025550103</Number></Dial>",
    ):
        with pytest.raises(NotSimulatedError):
            read(name, inside)


# --- webhooks ---


def call_of(name: str) -> CarrierCall:
    """A call of which there is all to tell."""
    call = CarrierCall(
        Carrier(ACCOUNTS[name], courier(name), URL, URL, fallback_answer_url=URL), ALICE, NUMBERS[0]
    )
    leg = Leg(DIALECTS[name].new_id(), BOB, NUMBERS[0], 40, 600, "completed", 1, 5, 66)
    call.legs, call.dial, call.record = [leg], DIAL, Record(Hook(URL))
    call.redirect = Hook(URL)
    call.ended = Ending("hangup", "caller", 5, 66)
    uuid = DIALECTS[name].recording_id(call, leg)
    call.recording = Recording(uuid, leg, "wav", 61, 5)
    call.seconds = 66
    return call


def told(name: str, moment: Moment) -> Mapping[str, str]:
    [webhook] = DIALECTS[name].webhooks(moment, call_of(name))
    return webhook.params


# Of the schemas "TexmlCall...Webhook" in the carrier's OpenAPI document of TeXML calls: those that
# are required, and the others that are known.
TEXML_REQUIRED = {"AccountSid", "CallSid", "CallSidLegacy", "CallStatus", "From", "To"}
TEXML_PROGRESS = {"CallbackSource", "SequenceNumber", "Timestamp"}
TEXML_KNOWN = (
    TEXML_REQUIRED
    | TEXML_PROGRESS
    | {
        *("ParentCallSid", "ParentCallSidLegacy", "CallDuration"),
        *("HangupCause", "SipHangupCause", "HangupSource"),
    }
)
# Of the webhook voiceStatusCallback in the carrier's OpenAPI document.
CXML_REQUIRED = {
    *("AccountSid", "ApiVersion", "CallbackSource", "CallSid", "CallStatus", "Direction"),
    *("From", "To", "SequenceNumber", "Timestamp", "AudioInAveragePtime", "AudioInMos"),
    *("AudioInDtmfPacketCount", "AudioInFlushPacketCount", "AudioInJitterMaxVariance"),
    *("AudioInJitterMinVariance", "AudioInLargestJbSize", "AudioInMediaPacketCount"),
    *("AudioInSkipPacketCount", "AudioOutDtmfPacketCount", "AudioOutMediaPacketCount"),
}
CXML_KNOWN = CXML_REQUIRED | {
    *("CallDuration", "CallerName", "ForwardedFrom", "ParentCallSid", "RecordingDuration"),
    *("RecordingSid", "RecordingUrl", "SipInviteResultPhrase", "SipResultCode"),
}
CXML_STATUSES = {
    *("initiated", "ringing", "in-progress", "queued", "failed", "busy", "no-answer"),
    *("completed", "canceled"),
}
OF_A_LEG = (Moment.LEG_INITIATED, Moment.LEG_RINGING, Moment.LEG_ANSWERED, Moment.LEG_ENDED)


@pytest.mark.parametrize("moment", OF_A_LEG)
def test_status_callbacks_have_what_signalwire_publishes(moment: Moment) -> None:
    params = told("signalwire", moment)

    assert params.keys() >= CXML_REQUIRED
    assert params.keys() <= CXML_KNOWN
    assert params["CallStatus"] in CXML_STATUSES
    assert params["Direction"] == "outbound-dial"


@pytest.mark.parametrize("moment", [*OF_A_LEG, Moment.CALL_RINGING, Moment.CALL_ENDED])
def test_status_callbacks_have_what_telnyx_publishes(moment: Moment) -> None:
    params = told("telnyx", moment)

    assert params.keys() >= TEXML_REQUIRED | TEXML_PROGRESS
    assert params.keys() <= TEXML_KNOWN
    assert params["CallSid"] == params["CallSidLegacy"]


def test_a_recording_is_told_of_as_signalwire_publishes() -> None:
    required = {
        *("AccountSid", "CallSid", "RecordingSid", "RecordingUrl", "RecordingStatus"),
        *("RecordingDuration", "RecordingChannels", "RecordingSource"),
    }

    assert told("signalwire", Moment.RECORDED).keys() >= required


@pytest.mark.parametrize("name", FAMILY)
def test_the_number_of_an_event_is_its_place(name: str) -> None:
    numbers = [told(name, moment)["SequenceNumber"] for moment in OF_A_LEG]

    assert numbers == ["0", "1", "2", "3"]


@pytest.mark.parametrize("name", FAMILY)
def test_only_what_was_ordered_is_told(name: str) -> None:
    call = call_of(name)
    call.dial = Dial(BOB, NUMBERS[0], 40, 600, None, Hook(URL), frozenset({"completed"}))

    sent = [len(DIALECTS[name].webhooks(moment, call)) for moment in OF_A_LEG]

    assert sent == [0, 0, 0, 1]
    assert [*DIALECTS[name].webhooks(Moment.DIAL_OVER, call)] == []


@pytest.mark.parametrize("name", FAMILY)
def test_the_status_url_gets_all_at_one_of_them_alone(name: str) -> None:
    call = call_of(name)
    moments = (Moment.CALL_INITIATED, Moment.CALL_RINGING, Moment.CALL_ANSWERED)

    sent = [webhook for moment in moments for webhook in DIALECTS[name].webhooks(moment, call)]

    assert len(sent) == (3 if name == "telnyx" else 0)
    assert len(DIALECTS[name].webhooks(Moment.CALL_ENDED, call)) == 1


@pytest.mark.parametrize("name", FAMILY)
def test_a_webhook_is_genuine_by_what_the_carrier_publishes(name: str) -> None:
    """The adapter judges here, which the carriers' own SDKs judge in tests of its own."""
    with known_secret():
        url = CallUrls(BASE_URL, name, "MA1").to(Step.HANGUP)
        params = {**told(name, Moment.CALL_ENDED), "Text": "Grüße & ☎"}
        sent = courier(name).prepared(Webhook("hangup", "POST", url, params))
        request = CarrierRequest(
            "POST",
            sent.url,
            BASE_URL,
            {key.lower(): value for key, value in sent.headers.items()},
            form=tuple(params.items()),
            body=sent.body,
        )

        assert carrier(name).is_genuine(request, account(name))
        wrong = courier(name)
        wrong = Courier(wrong.dialect, wrong.tokens, "wrong")
        forged = wrong.prepared(Webhook("hangup", "POST", url, params))
        headers = {key.lower(): value for key, value in forged.headers.items()}
        changed = CarrierRequest("POST", url, BASE_URL, headers, form=request.form, body=sent.body)
        assert not carrier(name).is_genuine(changed, account(name))


@pytest.mark.parametrize(
    ("name", "kind", "url", "retries", "seconds"),
    [
        ("twilio", "answer", f"{URL}#rc=3&rp=5xx,ct,rt", 3, 15),
        ("twilio", "dial", URL, 1, 15),
        ("signalwire", "answer", f"{URL}#ot=3000&rt=10000", 0, 10),
        ("signalwire", "dial", URL, 2, 5),
        ("telnyx", "answer", URL, 0, 5),
        ("telnyx", "hangup", URL, 2, 5),
    ],
)
def test_a_failed_webhook_is_repeated_as_documented(
    name: str, kind: Any, url: str, retries: int, seconds: int
) -> None:
    rules = DIALECTS[name].rules(Webhook(kind, "POST", url, {}))

    assert (rules.retries, rules.read_seconds) == (retries, seconds)


# --- the API, as the adapter asks it ---


class Api:
    """A carrier's API, to which the adapter's requests come without a network."""

    def __init__(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.name = name
        self.now = [0]
        self.account = account(name, api_url=f"{BASE_URL}/local/carriers/{name}")
        ids = {key: values[0] for key, values in SECRETS[name].items()}
        known = {DIALECTS[name].account_name: ACCOUNTS[name], "api_url": self.account.api_url}
        placing = Placing(lambda: call_of(name).carrier, lambda _: None)
        calls = KeptCalls(lambda: self.now[0], priced_after_seconds=60)
        self.front = CarrierApi(
            DIALECTS[name], {**ids, **known}, placing, calls, rented=Rented(NUMBERS)
        )
        self.asked: list[str] = []
        monkeypatch.setattr(outbound, "send", self.send)

    def send(self, request: outbound.HttpRequest, **_: Any) -> HttpAnswer:
        target = request.url.removeprefix(BASE_URL)
        self.asked.append(target)
        asked = HttpRequest(request.method, target, [*request.headers.items()], request.body or b"")
        path = urlsplit(target).path.removeprefix(f"/local/carriers/{self.name}")
        answer = self.front.answer(path, asked)
        return HttpAnswer(answer.status, body=answer.body)

    def keep(self, **changes: Any) -> str:
        """A call of a minute and a second that is over, unless the changes say otherwise."""
        call = {
            "uuid": DIALECTS[self.name].new_id(),
            "caller": ALICE,
            "callee": NUMBERS[0],
            "status": "completed",
            "reason": "hangup",
            "started_ms": 0,
            "answered_ms": 1_000,
            "ended_ms": 62_000,
        }
        kept = KeptCall(**{**call, **changes})
        self.front.calls.keep(kept)
        return kept.uuid

    def wrong(self) -> CarrierAccount:
        secrets = dict.fromkeys(self.account.secrets, ("nobody's",))
        secrets["application_sid"] = (APPLICATION,)
        return account(self.name, api_url=self.account.api_url, secrets=secrets)


@pytest.fixture(params=FAMILY)
def api(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with known_secret():
        yield Api(request.param, monkeypatch)


def test_a_record_of_a_call_gets_its_price_later(api: Api) -> None:
    uuid = api.keep()

    first = carrier(api.name).record(api.account, uuid)
    api.now[0] = 60_000
    later = carrier(api.name).record(api.account, uuid)

    assert first is not None
    assert later is not None
    assert (first.status, first.duration_seconds, first.amount) == (LegStatus.COMPLETED, 61, None)
    assert first.is_priced_later
    assert (str(later.amount), later.billed_seconds) == ("0.01700", 120)


def test_a_record_of_a_leg_that_nobody_answered(api: Api) -> None:
    for status, word in (("busy", LegStatus.BUSY), ("cancel", LegStatus.CANCEL)):
        uuid = api.keep(status=status, reason="busy", answered_ms=None, parent="a-call")
        found = carrier(api.name).record(api.account, uuid)
        assert found is not None
        assert (found.status, found.duration_seconds) == (word, 0)


def test_a_call_is_alive_until_it_is_ended(api: Api) -> None:
    uuid = api.keep(status="in-progress", reason="", ended_ms=None)
    adapter = carrier(api.name)

    assert adapter.is_alive(api.account, uuid) is True
    assert adapter.record(api.account, uuid) is None
    adapter.end(api.account, uuid)

    assert adapter.is_alive(api.account, uuid) is False
    assert adapter.is_alive(api.account, DIALECTS[api.name].new_id()) is False
    assert adapter.record(api.account, DIALECTS[api.name].new_id()) is None


def test_wrong_credentials_open_nothing(api: Api) -> None:
    uuid, adapter = api.keep(), carrier(api.name)
    call = OutboundCall(E164(NUMBERS[0]), ALICE, 60, 600)
    urls = CallUrls(BASE_URL, api.name, "MA1", "a-session")

    assert adapter.is_alive(api.wrong(), uuid) is None
    assert adapter.record(api.wrong(), uuid) is None
    assert adapter.place(api.wrong(), call, urls) is Placement.REFUSED
    with pytest.raises(CarrierApiError, match="401"):
        list(desk(api.name).rented(api.wrong(), urls))


def test_a_call_is_placed_or_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.Thread.start", lambda _: None)
    call = OutboundCall(E164(NUMBERS[0]), ALICE, 60, 600)
    urls = CallUrls(BASE_URL, api.name, "MA1", "a-session")

    assert carrier(api.name).place(api.account, call, urls) is Placement.ACCEPTED
    api.front.placing.expect(ALICE, {"api": "refuses"})
    assert carrier(api.name).place(api.account, call, urls) is Placement.REFUSED
    api.front.placing.expect(ALICE, {"api": "fails"})
    assert carrier(api.name).place(api.account, call, urls) is Placement.UNKNOWN
    assert api.front.placing.requested(ALICE) == 3


@pytest.mark.parametrize("name", FAMILY)
def test_an_order_that_lacks_something_or_has_it_wrong(name: str) -> None:
    order = {"To": ALICE, "From": NUMBERS[0], "Url": URL, "ApplicationSid": APPLICATION}
    if name != "telnyx":
        del order["ApplicationSid"]
    assert DIALECTS[name].order(order).callee == ALICE
    wrong = [{"To": "12025550101"}, {"Url": "/a"}, {"Timeout": "601"}, {"Colour": "red"}]
    missing = [{name: ""} for name in order]
    for changes in [*wrong, *missing]:
        with pytest.raises(RefusedOrderError):
            DIALECTS[name].order({**order, **changes})


def test_numbers_are_listed_and_configured(api: Api) -> None:
    urls = CallUrls(BASE_URL, api.name, "MA1")
    adapter = desk(api.name)

    listed = list(adapter.rented(api.account, urls))
    assert [one.number for one in listed] == [*NUMBERS]
    assert not any(one.is_configured for one in listed)
    for one in listed[:2]:
        adapter.configure(api.account, one, urls)

    again = list(adapter.rented(api.account, urls))
    assert [one.is_configured for one in again] == [True, True, False]
    assert all(number.removeprefix("+") not in "".join(api.asked) for number in NUMBERS)
    with pytest.raises(CarrierApiError, match="404"):
        adapter.configure(api.account, RentedNumber(E164(NUMBERS[0]), "PN-nobody's"), urls)


def test_a_page_needs_its_token() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        twilio = Api("twilio", monkeypatch)
    base = f"/2010-04-01/Accounts/{ACCOUNTS['twilio']}/IncomingPhoneNumbers.json"
    authorization = rest.basic(ACCOUNTS["twilio"], SECRETS["twilio"]["auth_token"][0])

    def page(query: dict[str, str]) -> Any:
        target = f"{base}?{urlencode(query)}"
        request = HttpRequest("GET", target, [("Authorization", authorization)], b"")
        answer = twilio.front.answer(base, request)
        return json.loads(answer.body) if answer.status == 200 else answer.status

    first = page({"PageSize": "2"})
    following = parse_qs(urlsplit(first["next_page_uri"]).query)
    assert len(first["incoming_phone_numbers"]) == 2
    last = page({name: values[0] for name, values in following.items()})
    assert (len(last["incoming_phone_numbers"]), last["next_page_uri"]) == (1, None)
    assert page({"PageSize": "2", "Page": "1"}) == 400
    assert page({"PageSize": "1001"}) == 400
