"""Each webhook of the family, read to what it reports."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from maskline.carriers import carrier
from maskline.carriers.adapter import Digits, Inbound, Message
from maskline.carriers.request import MalformedWebhookError
from maskline.carriers.twiml import webhooks
from maskline.carriers.urls import Step
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport, ReportKind, Side
from maskline.domain.phone_numbers import E164, CallerId
from tests.support.known_secret import known_secret
from tests.unit.carriers.twiml.family import (
    ACCOUNTS,
    API_URLS,
    CALLS,
    NAMES,
    account,
    request,
    urls,
)

CALLER, CALLEE, VIRTUAL = E164("+12025550101"), E164("+12025550102"), E164("+12025550199")
RECORDING = "RE" + "0" * 32


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def read(name: str, step: Step, query: str = "", **params: str) -> Message:
    """Read a webhook of the caller's leg with the parameters that every webhook has."""
    standard = {
        "AccountSid": ACCOUNTS[name],
        "ApiVersion": "2010-04-01",
        "CallSid": CALLS[name][0],
        "From": CALLER,
        "To": VIRTUAL,
    }
    webhook = request(name, step, {**standard, **params}, query=query)
    return carrier(name).read(step, webhook, account(name))


def leg(name: str, **params: str) -> Message:
    """Read what the Number's statusCallback says of the callee's leg."""
    parent, child = CALLS[name]
    shown = {"CallSid": child, "ParentCallSid": parent, "From": VIRTUAL, "To": CALLEE}
    return read(name, Step.DIAL, **{**shown, **params})


def report(
    kind: ReportKind, side: Side, uuid: str, status: LegStatus, **more: object
) -> CallReport:
    return replace(CallReport(kind, side, uuid, status), **more)  # type: ignore[arg-type]


# --- questions ---


@pytest.mark.parametrize("name", NAMES)
def test_a_call_that_comes_in(name: str) -> None:
    found = read(name, Step.ANSWER, CallStatus="ringing", Direction="inbound")

    assert found == Inbound(CALLS[name][0], CallerId(CALLER), VIRTUAL)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "shown",
    [
        *("+266696687", "+86282452253", "+7378742833", "+8656696", "+2562533", "+464"),
        *("anonymous", "Restricted", "unavailable", "unknown", "private", ""),
        *("client:alice", "sip:alice@example.com", "alice@sip.example.com", "sim:DE1"),
    ],
)
def test_a_caller_without_a_number(name: str, shown: str) -> None:
    found = read(name, Step.ANSWER, From=shown)

    assert found == Inbound(CALLS[name][0], CallerId(None), VIRTUAL)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("pressed", "entered"), [("4821", "4821"), ("4821#", "4821"), ("", ""), ("12*", "12*")]
)
def test_digits(name: str, pressed: str, entered: str) -> None:
    assert read(name, Step.DIGITS, Digits=pressed) == Digits(entered)


@pytest.mark.parametrize("name", NAMES)
def test_the_redirect_after_a_gather_has_no_digits(name: str) -> None:
    assert read(name, Step.DIGITS) == Digits("")


@pytest.mark.parametrize("name", NAMES)
def test_a_whisper_needs_no_more_than_its_url(name: str) -> None:
    assert read(name, Step.WHISPER, CallSid=CALLS[name][1]) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_fallback_answers_a_call_and_rings_nobody_again(name: str) -> None:
    """It is asked for whatever document of a call fails."""
    known = urls(name)
    first = read(name, Step.ANSWER, ErrorCode="11200", ErrorUrl=known.to(Step.ANSWER))
    assert isinstance(first, Inbound)

    for failed in (known.to(Step.DIAL_END), "https://customer.example.com/answer"):
        with pytest.raises(MalformedWebhookError, match="ErrorUrl"):
            read(name, Step.ANSWER, ErrorCode="11200", ErrorUrl=failed)


# --- the callee's leg ---


@pytest.mark.parametrize("name", NAMES)
def test_what_is_told_of_the_callees_leg_before_its_end(name: str) -> None:
    uuid = CALLS[name][1]

    assert leg(name, CallStatus="initiated", SequenceNumber="0") is None
    assert leg(name, CallStatus="queued") is None
    assert leg(name, CallStatus="ringing", SequenceNumber="1") == report(
        ReportKind.RINGING, Side.CALLEE, uuid, LegStatus.RINGING
    )
    assert leg(name, CallStatus="in-progress", SequenceNumber="2") == report(
        ReportKind.ANSWERED, Side.CALLEE, uuid, LegStatus.IN_PROGRESS
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_leg_that_was_answered(name: str) -> None:
    found = leg(name, CallStatus="completed", CallDuration="61", SequenceNumber="3")

    assert found == report(
        ReportKind.ENDED,
        Side.CALLEE,
        CALLS[name][1],
        LegStatus.COMPLETED,
        duration_seconds=61,
        billed_seconds=120,
        amount=None,
        is_priced_later=True,
        hangup_cause="completed",
        was_answered=True,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("busy", LegStatus.BUSY),
        ("no-answer", LegStatus.NO_ANSWER),
        ("failed", LegStatus.FAILED),
        ("canceled", LegStatus.CANCEL),
    ],
)
def test_a_leg_that_was_not(name: str, word: str, status: LegStatus) -> None:
    """Its duration is that of the ringing, where one is told at all."""
    found = leg(name, CallStatus=word, CallDuration="30")

    assert isinstance(found, CallReport)
    assert (found.kind, found.status, found.hangup_cause) == (ReportKind.ENDED, status, word)
    assert (found.duration_seconds, found.billed_seconds, found.was_answered) == (0, 0, False)
    assert found.amount is None


@pytest.mark.parametrize(
    ("name", "told", "cause", "code"),
    [
        ("twilio", {"SipResponseCode": "486"}, "busy", 486),
        ("telnyx", {"SipHangupCause": "486", "HangupCause": "user_busy"}, "user_busy", 486),
        ("signalwire", {"SipResultCode": "486"}, "busy", 486),
    ],
)
def test_the_cause_by_the_carriers_own_names(
    name: str, told: dict[str, str], cause: str, code: int
) -> None:
    found = leg(name, CallStatus="busy", **told)

    assert isinstance(found, CallReport)
    assert (found.hangup_cause, found.hangup_code) == (cause, code)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("twilio", {"CallStatus": "busy", "SipResponseCode": "603"}),
        ("telnyx", {"CallStatus": "failed", "HangupCause": "call_rejected"}),
        ("signalwire", {"CallStatus": "busy", "SipResultCode": "603"}),
    ],
)
def test_a_callee_who_rejects_the_call(name: str, told: dict[str, str]) -> None:
    found = leg(name, **told)

    assert isinstance(found, CallReport)
    assert found.status is LegStatus.REJECTED


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("word", ["", "paused", "COMPLETE", "in progress"])
def test_a_word_that_nobody_knows_changes_nothing(name: str, word: str) -> None:
    assert leg(name, CallStatus=word) is None
    assert read(name, Step.HANGUP, CallStatus=word) is None
    assert read(name, Step.FIRST_HANGUP, CallStatus=word) is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("odd", ["", "abc", "-1", "NaN", "1e9", "9" * 30, "\u0967\u0968", " 5"])
def test_a_duration_that_makes_no_sense_is_none(name: str, odd: str) -> None:
    found = leg(name, CallStatus="completed", CallDuration=odd)

    assert isinstance(found, CallReport)
    assert (found.status, found.duration_seconds) == (LegStatus.COMPLETED, 0)


# --- the end of the dial ---


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("completed", LegStatus.COMPLETED),
        ("answered", LegStatus.COMPLETED),
        ("busy", LegStatus.BUSY),
        ("no-answer", LegStatus.NO_ANSWER),
        ("failed", LegStatus.FAILED),
        ("canceled", LegStatus.CANCEL),
        ("ringing", LegStatus.FAILED),
        ("", LegStatus.FAILED),
    ],
)
def test_the_dial_is_over(name: str, word: str, status: LegStatus) -> None:
    found = read(name, Step.DIAL_END, DialCallStatus=word, DialCallSid=CALLS[name][1])

    assert found == report(
        ReportKind.DIAL_OVER, Side.CALLEE, CALLS[name][1], status, hangup_cause=word
    )


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"DialBridged": "true", "DialCallDuration": "0"}, LegStatus.COMPLETED),
        ({"DialBridged": "false", "DialCallDuration": "4"}, LegStatus.NO_ANSWER),
        ({"DialCallDuration": "0"}, LegStatus.NO_ANSWER),
        ({"DialCallDuration": "1"}, LegStatus.COMPLETED),
    ],
)
def test_a_callee_who_hung_up_while_the_whisper_was_played(
    told: dict[str, str], status: LegStatus
) -> None:
    found = read("twilio", Step.DIAL_END, DialCallStatus="completed", **told)

    assert isinstance(found, CallReport)
    assert (found.status, found.leg_uuid) == (status, "")


def test_a_dial_that_was_rejected() -> None:
    told = {"HangupCause": "call_rejected", "SipHangupCause": "603"}
    found = read("telnyx", Step.DIAL_END, DialCallStatus="busy", **told)

    assert found == report(
        ReportKind.DIAL_OVER,
        Side.CALLEE,
        "",
        LegStatus.REJECTED,
        hangup_cause="call_rejected",
        hangup_code=603,
    )


# --- the caller's leg ---


@pytest.mark.parametrize("name", NAMES)
def test_the_end_of_the_callers_leg(name: str) -> None:
    found = read(name, Step.HANGUP, CallStatus="completed", CallDuration="60")

    assert found == report(
        ReportKind.ENDED,
        Side.CALLER,
        CALLS[name][0],
        LegStatus.COMPLETED,
        duration_seconds=60,
        billed_seconds=60,
        is_priced_later=True,
        hangup_cause="completed",
        was_answered=True,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("word", ["queued", "initiated", "ringing", "in-progress"])
def test_whatever_else_comes_to_the_status_url_changes_nothing(name: str, word: str) -> None:
    assert read(name, Step.HANGUP, CallStatus=word) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_end_of_a_dialled_leg_is_not_the_callers(name: str) -> None:
    parent, child = CALLS[name]
    told = {"CallSid": child, "ParentCallSid": parent, "CallStatus": "completed"}

    assert read(name, Step.HANGUP, **told) is None


# --- a call that we placed ---


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("step", [Step.FIRST_RING, Step.FIRST_HANGUP])
def test_one_url_is_told_of_all_that_becomes_of_a_placed_call(name: str, step: Step) -> None:
    uuid = CALLS[name][0]

    assert read(name, step, CallStatus="initiated") is None
    assert read(name, step, CallStatus="ringing") == report(
        ReportKind.RINGING, Side.CALLER, uuid, LegStatus.RINGING
    )
    # Its answer has a webhook that is answered: told here, it would never be connected.
    assert read(name, step, CallStatus="in-progress") is None
    found = read(name, step, CallStatus="no-answer")
    assert isinstance(found, CallReport)
    assert (found.kind, found.side) == (ReportKind.ENDED, Side.CALLER)
    assert (found.leg_uuid, found.status) == (uuid, LegStatus.NO_ANSWER)


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_of_a_placed_call(name: str) -> None:
    assert read(name, Step.FIRST_ANSWER, CallStatus="in-progress") == report(
        ReportKind.ANSWERED, Side.CALLER, CALLS[name][0], LegStatus.IN_PROGRESS
    )


# --- recordings ---


def recorded(name: str, query: str = "", **params: str) -> Recording:
    told = {"RecordingSid": RECORDING, "RecordingStatus": "completed", "RecordingDuration": "12"}
    found = read(name, Step.RECORDING, query, **{**told, **params})
    assert isinstance(found, RecordingReport)
    return found.recording


@pytest.mark.parametrize("wanted", ["mp3", "wav"])
@pytest.mark.parametrize("name", ["twilio", "signalwire"])
def test_a_recording_has_the_format_that_was_ordered(name: str, wanted: str) -> None:
    file = f"https://files.example.com/{RECORDING}"

    for given in (file, f"{file}.wav", f"{file}.mp3"):
        assert (
            recorded(name, f"format={wanted}", RecordingUrl=given).media_url == f"{file}.{wanted}"
        )


@pytest.mark.parametrize("name", ["twilio", "signalwire"])
def test_where_a_recording_lasts(name: str) -> None:
    below = "/api/laml" if name == "signalwire" else ""
    start = f"{API_URLS[name]}{below}/2010-04-01/Accounts/{ACCOUNTS[name]}"

    assert recorded(name).resource_url == f"{start}/Recordings/{RECORDING}.json"


def test_a_file_that_is_gone_in_minutes_is_not_given_out() -> None:
    found = recorded("telnyx", RecordingUrl="https://files.example.com/a.mp3?signature=1")

    assert found.media_url == ""
    assert found.resource_url == (
        f"https://api.telnyx.com/v2/texml/Accounts/{ACCOUNTS['telnyx']}/Recordings/{RECORDING}.json"
    )


def test_when_a_recording_was_made() -> None:
    found = recorded("twilio", RecordingStartTime="Sun, 01 Mar 2026 10:44:37 +0000")

    assert found.started_at == 1_772_361_877_000
    assert found.ended_at == 1_772_361_889_000
    for odd in ("", "yesterday", "2026-03-01T10:44:37Z"):
        unknown = recorded("twilio", RecordingStartTime=odd)
        assert (unknown.started_at, unknown.ended_at) == (None, None)
        assert unknown.duration_seconds == 12


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "told", [{"RecordingStatus": "absent"}, {"RecordingStatus": "failed"}, {"RecordingSid": ""}]
)
def test_a_recording_that_failed(name: str, told: dict[str, str]) -> None:
    assert recorded(name, **told) == Recording(status=RecordingStatus.FAILED)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_that_goes_on_changes_nothing(name: str) -> None:
    assert read(name, Step.RECORDING, RecordingStatus="in-progress") is None


# --- ids ---


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("odd", ["", "12025550101", "a/b", "é", "x" * 97])
@pytest.mark.parametrize(
    "step", [Step.ANSWER, Step.HANGUP, Step.DIAL, Step.FIRST_ANSWER, Step.FIRST_HANGUP]
)
def test_a_call_without_a_proper_id_is_malformed(name: str, odd: str, step: Step) -> None:
    with pytest.raises(MalformedWebhookError, match="CallSid"):
        read(name, step, CallSid=odd, CallStatus="completed")


@pytest.mark.parametrize("name", NAMES)
def test_a_leg_and_a_recording_without_a_proper_id_are_malformed(name: str) -> None:
    with pytest.raises(MalformedWebhookError, match="DialCallSid"):
        read(name, Step.DIAL_END, DialCallStatus="busy", DialCallSid="a b")
    with pytest.raises(MalformedWebhookError, match="RecordingSid"):
        recorded(name, RecordingSid="a/b")


# --- the carrier's record of a leg ---


def test_a_record_with_its_price() -> None:
    record = {"status": "completed", "duration": "61", "price": "-0.02800", "price_unit": "EUR"}

    assert webhooks.read_record("CA1", record) == report(
        ReportKind.ENDED,
        Side.CALLER,
        "CA1",
        LegStatus.COMPLETED,
        duration_seconds=61,
        billed_seconds=120,
        amount=Decimal("0.02800"),
        currency="EUR",
        is_priced_later=True,
        hangup_cause="completed",
        was_answered=True,
    )


@pytest.mark.parametrize("price", [None, "", "n/a", "--1", "1e", "NaN"])
@pytest.mark.parametrize("unit", [None, "", "dollars", "U$D"])
def test_a_price_that_is_not_told_is_unknown(price: str | None, unit: str | None) -> None:
    record = {"status": "completed", "duration": 61, "price": price, "price_unit": unit}
    found = webhooks.read_record("CA1", record)

    assert found is not None
    assert (found.amount, found.currency, found.is_priced_later) == (None, "USD", True)


def test_a_price_that_is_a_number() -> None:
    found = webhooks.read_record("CA1", {"status": "completed", "duration": 1, "price": -0.0105})

    assert found is not None
    assert found.amount == Decimal("0.0105")


@pytest.mark.parametrize("word", ["queued", "ringing", "in-progress", "", "paused"])
def test_a_leg_that_is_not_over_has_no_record(word: str) -> None:
    assert webhooks.read_record("CA1", {"status": word, "duration": "5"}) is None
    assert webhooks.read_record("CA1", {}) is None


@pytest.mark.parametrize("word", ["busy", "no-answer", "failed", "canceled"])
def test_the_record_of_a_leg_that_nobody_answered(word: str) -> None:
    found = webhooks.read_record("CA1", {"status": word, "duration": "30", "price": None})

    assert found is not None
    assert found.status is not LegStatus.COMPLETED
    assert (found.duration_seconds, found.was_answered, found.hangup_cause) == (0, False, word)


def test_what_json_leaves_null_is_not_said() -> None:
    """The text of it would be a parent, or a document that failed."""
    call, names = CALLS["signalwire"][0], ("ParentCallSid", "ErrorUrl", "CallDuration")
    said = {"CallSid": call, "From": CALLER, "To": VIRTUAL, "CallStatus": "completed"}
    webhook = request("signalwire", Step.HANGUP, {})
    told = replace(webhook, form=(), body=json.dumps(said | dict.fromkeys(names)).encode())

    over = carrier("signalwire").read(Step.HANGUP, told, account("signalwire"))
    asked = carrier("signalwire").read(Step.ANSWER, told, account("signalwire"))

    assert isinstance(over, CallReport)
    assert (over.side, over.leg_uuid, over.duration_seconds) == (Side.CALLER, call, 0)
    assert asked == Inbound(call, CallerId(CALLER), VIRTUAL)
