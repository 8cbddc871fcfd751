"""What each of jambonz's webhooks comes to. Oracle of their form: the callback schemas of its SDK.

The tables are jambonz's: lib/utils/place-outdial.js, lib/tasks/dial.js, lib/session/ of its feature
server say when it uses which word.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jambonz_sdk.validator import JambonzValidator
from jsonschema import Draft202012Validator

from maskline.carriers import carrier
from maskline.carriers.adapter import Digits, Inbound, Message, OfCall
from maskline.carriers.jambonz.verbs import RECORDING_ORDERED
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport, ReportKind, Side
from maskline.domain.errors import ForgedWebhookError
from maskline.domain.phone_numbers import E164, CallerId
from tests.support.known_secret import known_secret
from tests.unit.carriers.jambonz.jambonz_webhooks import (
    BASE_URL,
    CALL_SID,
    LEG_SID,
    URLS,
    account,
    dial_over,
    new_call,
    of_callee,
    of_caller,
    of_placed,
    webhook,
)

VALIDATOR = JambonzValidator()


@pytest.fixture(autouse=True, scope="module")
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def read(step: Step, body: dict[str, Any]) -> Message:
    request = webhook(step, body)
    assert carrier("jambonz").is_genuine(request, account())
    return carrier("jambonz").read(step, request, account())


def assert_published(callback: str, body: dict[str, Any]) -> None:
    schema = VALIDATOR._store[f"https://jambonz.org/schema/callbacks/{callback}"]
    found = Draft202012Validator(schema, registry=VALIDATOR._registry).iter_errors(body)
    assert not [error.message for error in found]


@pytest.mark.parametrize(
    ("callback", "body"),
    [
        ("session-new", new_call()),
        ("call-status", of_caller("completed", 200, duration=5, call_termination_by="caller")),
        ("call-status", of_callee("ringing", 180)),
        ("call-status", of_placed("no-answer", 487)),
        ("dial", dial_over("completed", 200)),
        ("dial", dial_over(None, None)),
        ("gather", of_caller("in-progress", 200, digits="12", reason="dtmfDetected")),
    ],
)
def test_the_webhooks_of_these_tests_have_the_published_form(
    callback: str, body: dict[str, Any]
) -> None:
    assert_published(callback, body)


def test_a_new_call() -> None:
    caller = CallerId(E164("+12025550101"))

    assert read(Step.ANSWER, new_call()) == Inbound(CALL_SID, caller, E164("+12025550110"))


@pytest.mark.parametrize(
    ("shown", "caller"),
    [
        ("+447700900123", CallerId(E164("+447700900123"))),
        ("447700900123", CallerId(E164("+447700900123"))),
        ("2025550101", CallerId(E164("+12025550101"), otherwise=E164("+2025550101"))),
        ("anonymous", CallerId(None)),
        ("Anonymous", CallerId(None)),
        ("restricted", CallerId(None)),
        ("unavailable", CallerId(None)),
        ("ann", CallerId(None)),
        ("+266696687", CallerId(None)),
        ("", CallerId(None)),
        (None, CallerId(None)),
        ({"user": "x"}, CallerId(None)),
    ],
)
def test_the_caller_as_the_trunk_shows_them(shown: object, caller: CallerId) -> None:
    said = read(Step.ANSWER, new_call(**{"from": shown}))

    assert isinstance(said, Inbound)
    assert said.caller == caller


@pytest.mark.parametrize("dialled", ["12025550110", "+12025550110"])
def test_the_number_is_dialled_with_a_plus_or_without(dialled: str) -> None:
    said = read(Step.ANSWER, new_call(to=dialled))

    assert isinstance(said, Inbound)
    assert said.dialled == E164("+12025550110")


@pytest.mark.parametrize(
    ("more", "entered"),
    [
        ({"digits": "4821", "reason": "dtmfDetected"}, "4821"),
        ({"digits": "4821#", "reason": "dtmfDetected"}, "4821"),
        ({"digits": "", "reason": "dtmfDetected"}, ""),
        ({"reason": "timeout"}, ""),
        ({"reason": "error", "details": {}}, ""),
    ],
)
def test_what_a_caller_entered(more: dict[str, Any], entered: str) -> None:
    assert read(Step.DIGITS, of_caller("in-progress", 200, **more)) == Digits(entered)


@pytest.mark.parametrize(
    ("status", "sip_status"),
    [("trying", 100), ("ringing", 180), ("early-media", 180), ("in-progress", 200)],
)
def test_a_caller_who_is_there_is_no_news(status: str, sip_status: int) -> None:
    assert read(Step.HANGUP, of_caller(status, sip_status)) is None


@pytest.mark.parametrize(
    ("status", "sip_status", "ended"),
    [
        ("no-answer", 487, LegStatus.CANCEL),
        ("failed", 486, LegStatus.BUSY),
        ("failed", 603, LegStatus.REJECTED),
        ("failed", 503, LegStatus.FAILED),
    ],
)
def test_a_caller_who_was_not_answered_is_gone(
    status: str, sip_status: int, ended: LegStatus
) -> None:
    said = read(Step.HANGUP, of_caller(status, sip_status))

    assert isinstance(said, CallReport)
    assert (said.kind, said.side, said.status) == (ReportKind.ENDED, Side.CALLER, ended)
    assert not said.was_answered
    assert said.hangup_code == sip_status


def test_the_end_of_a_callers_leg() -> None:
    said = read(Step.HANGUP, of_caller("completed", 200, duration=42))

    assert said == CallReport(
        kind=ReportKind.ENDED,
        side=Side.CALLER,
        leg_uuid=CALL_SID,
        status=LegStatus.COMPLETED,
        was_answered=True,
        duration_seconds=42,
        hangup_cause="OK",
        hangup_code=200,
    )
    assert (said.amount, said.is_priced_later) == (None, False)


CALLEES = [
    ("ringing", 180, ReportKind.RINGING, LegStatus.RINGING),
    ("early-media", 180, ReportKind.RINGING, LegStatus.RINGING),
    ("in-progress", 200, ReportKind.ANSWERED, LegStatus.IN_PROGRESS),
    ("completed", 200, ReportKind.ENDED, LegStatus.COMPLETED),
    ("busy", 486, ReportKind.ENDED, LegStatus.BUSY),
    ("no-answer", 487, ReportKind.ENDED, LegStatus.NO_ANSWER),
    ("failed", 480, ReportKind.ENDED, LegStatus.NO_ANSWER),
    ("failed", 603, ReportKind.ENDED, LegStatus.REJECTED),
    ("failed", 404, ReportKind.ENDED, LegStatus.FAILED),
]


@pytest.mark.parametrize("step", [Step.HANGUP, Step.FIRST_HANGUP])
@pytest.mark.parametrize(("word", "sip_status", "kind", "status"), CALLEES)
def test_a_callees_leg_names_its_conversation(
    word: str, sip_status: int, kind: ReportKind, status: LegStatus, step: Step
) -> None:
    more = {"duration": 0} if word == "completed" else {}

    said = read(step, of_callee(word, sip_status, **more))

    assert isinstance(said, OfCall)
    assert isinstance(said.report, CallReport)
    assert said.call_uuid == CALL_SID
    report = said.report
    assert (report.kind, report.side, report.leg_uuid) == (kind, Side.CALLEE, LEG_SID)
    assert report.status is status
    assert report.was_answered is (word == "completed")


def test_with_a_callees_first_word_an_ordered_recording_has_failed() -> None:
    failed = RecordingReport(Recording(status=RecordingStatus.FAILED))

    ordered = of_callee("trying", 100, customerData=RECORDING_ORDERED)

    assert read(Step.HANGUP, ordered) == OfCall(CALL_SID, failed)
    assert read(Step.HANGUP, of_callee("trying", 100)) is None
    assert read(Step.HANGUP, of_callee("trying", 100, customerData={"a": 1})) is None


@pytest.mark.parametrize("word", ["queued", "", "new word"])
def test_a_word_that_is_not_known_is_no_news(word: str) -> None:
    body = of_callee("trying", 100) | {"call_status": word}

    assert read(Step.HANGUP, body) is None
    assert read(Step.HANGUP, of_caller("trying", 100) | {"call_status": word}) is None


@pytest.mark.parametrize(
    ("word", "sip_status", "caller", "status"),
    [
        ("completed", 200, {}, LegStatus.COMPLETED),
        ("busy", 486, {}, LegStatus.BUSY),
        ("no-answer", 487, {}, LegStatus.NO_ANSWER),
        ("failed", 603, {}, LegStatus.REJECTED),
        ("failed", 404, {}, LegStatus.FAILED),
        # Nobody answered in time: jambonz leaves what it heard last.
        ("trying", 100, {}, LegStatus.NO_ANSWER),
        ("ringing", 180, {}, LegStatus.NO_ANSWER),
        ("early-media", 183, {}, LegStatus.NO_ANSWER),
        # The caller gave up.
        ("ringing", 180, {"call_status": "no-answer"}, LegStatus.CANCEL),
        # Answered, and not joined: the whisper failed.
        ("in-progress", 200, {}, LegStatus.FAILED),
        # No leg was made at all.
        (None, None, {}, LegStatus.FAILED),
        ("new word", 200, {}, LegStatus.FAILED),
    ],
)
def test_the_end_of_a_dial(
    word: str | None, sip_status: int | None, caller: dict[str, Any], status: LegStatus
) -> None:
    said = read(Step.DIAL_END, dial_over(word, sip_status, **caller))

    assert isinstance(said, CallReport)
    assert (said.kind, said.side, said.status) == (ReportKind.DIAL_OVER, Side.CALLEE, status)
    assert said.leg_uuid == (LEG_SID if word else "")


def test_a_first_partys_leg() -> None:
    ringing = CallReport(ReportKind.RINGING, Side.CALLER, CALL_SID, LegStatus.RINGING)
    answered = CallReport(ReportKind.ANSWERED, Side.CALLER, CALL_SID, LegStatus.IN_PROGRESS)

    assert read(Step.FIRST_HANGUP, of_placed("trying", 100)) is None
    assert read(Step.FIRST_HANGUP, of_placed("ringing", 180)) == ringing
    assert read(Step.FIRST_HANGUP, of_placed("early-media", 180)) == ringing
    # It is answered where its document is asked for.
    assert read(Step.FIRST_HANGUP, of_placed("in-progress", 200)) is None
    assert read(Step.FIRST_ANSWER, of_placed("in-progress", 200)) == answered


@pytest.mark.parametrize(
    ("word", "sip_status", "status"),
    [
        ("completed", 200, LegStatus.COMPLETED),
        ("busy", 603, LegStatus.BUSY),
        ("no-answer", 487, LegStatus.NO_ANSWER),
        ("failed", 503, LegStatus.FAILED),
    ],
)
def test_the_end_of_a_first_partys_leg(word: str, sip_status: int, status: LegStatus) -> None:
    said = read(Step.FIRST_HANGUP, of_placed(word, sip_status))

    assert isinstance(said, CallReport)
    assert (said.kind, said.side, said.status) == (ReportKind.ENDED, Side.CALLER, status)


@pytest.mark.parametrize("step", [Step.DIGITS, Step.DIAL_END, Step.WHISPER])
def test_a_webhook_of_another_call_than_its_url_is_forged(step: Step) -> None:
    """Its body is signed, and its URL is not."""
    body = of_callee("in-progress", 200) if step is Step.WHISPER else of_caller("trying", 100)
    another = replace(URLS, call_uuid="another-call")
    assert read(step, body) is None or step is not Step.WHISPER

    with pytest.raises(ForgedWebhookError):
        carrier("jambonz").read(step, webhook(step, body, another), account())


@pytest.mark.parametrize("call_sid", [None, "", "12025550101", "a b", 12025550101, ["a"], "a" * 97])
@pytest.mark.parametrize("step", [Step.ANSWER, Step.HANGUP, Step.FIRST_ANSWER])
def test_a_call_must_have_an_id(call_sid: object, step: Step) -> None:
    body = of_caller("completed", 200) | {"call_sid": call_sid}

    with pytest.raises(MalformedWebhookError):
        read(step, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"call_sid=a"])
def test_a_body_that_is_no_object_is_malformed(body: bytes) -> None:
    request = CarrierRequest("POST", URLS.to(Step.HANGUP), BASE_URL, {}, body=body)

    with pytest.raises(MalformedWebhookError):
        carrier("jambonz").read(Step.HANGUP, request, account())


@pytest.mark.parametrize("duration", [-1, "x", None, 1e9, {"a": 1}, True, "9" * 400])
def test_an_absurd_duration_is_none(duration: object) -> None:
    said = read(Step.HANGUP, of_caller("completed", 200, duration=duration))

    assert isinstance(said, CallReport)
    assert (said.duration_seconds, said.status) == (0, LegStatus.COMPLETED)


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()),
    st.dictionaries(st.text(), st.integers()), st.sampled_from([CALL_SID, LEG_SID, "completed"]),
)  # fmt: skip
_NAMES = sorted(new_call() | of_callee("trying", 100, duration=1) | dial_over("busy", 486))


@pytest.mark.parametrize("step", Step)
@given(body=st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_whatever_is_in_a_body_it_is_read_or_refused(step: Step, body: dict[str, Any]) -> None:
    with suppress(MalformedWebhookError, ForgedWebhookError):
        carrier("jambonz").read(step, webhook(step, body), account())


def test_a_url_of_ours_with_a_colon_in_its_call_is_read_too() -> None:
    urls = CallUrls(BASE_URL, "jambonz", "MA1", URLS.session_uuid, "a:b", 0)
    body = of_caller("in-progress", 200, digits="1") | {"call_sid": "a:b"}

    said = carrier("jambonz").read(Step.DIGITS, webhook(Step.DIGITS, body, urls), account())
    assert said == Digits("1")
