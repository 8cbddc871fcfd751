"""Each webhook of Vonage's reference, read into the domain's words."""

from decimal import Decimal
from typing import Any

import pytest
from vonage_voice.models.webhooks import AnswerWebhook

from maskline.carriers.adapter import Digits, Inbound
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.carriers.urls import Step
from maskline.carriers.vonage import CARRIER
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport, ReportKind, Side
from maskline.domain.phone_numbers import CallerId
from tests.support import builders
from tests.support.log_capture import captured_logs
from tests.unit.carriers.vonage.said import (
    ACCOUNT,
    CALLEE_UUID,
    CALLER_UUID,
    CONVERSATION,
    FIGURES,
    RECORDING_URL,
    RECORDING_UUID,
    UNANSWERED,
    answer,
    event,
    read,
    recording,
)


def test_a_call_to_answer() -> None:
    said = answer()

    assert AnswerWebhook(**said).model_dump(by_alias=True, exclude_none=True) == said
    assert read(Step.ANSWER, said) == Inbound(
        CALLER_UUID, CallerId(builders.party(0)), builders.virtual(0)
    )


@pytest.mark.parametrize(
    "shown",
    ["", "anonymous", "Restricted", "unknown", "266696687", "0", ..., None, [], "sip:a@b.example"],
)
def test_a_caller_who_shows_no_number(shown: Any) -> None:
    said = read(Step.ANSWER, answer(**{"from": shown}))

    assert said == Inbound(CALLER_UUID, CallerId(None), builders.virtual(0))


def test_a_caller_in_an_application_is_no_phone() -> None:
    said = read(Step.ANSWER, answer(**{"from": ..., "from_user": "12025550100"}))

    assert said == Inbound(CALLER_UUID, CallerId(None), builders.virtual(0))


@pytest.mark.parametrize("uuid", [..., "", "12025550100", "a b", None, 5, "x" * 97])
@pytest.mark.parametrize("step", [Step.ANSWER, Step.FIRST_ANSWER])
def test_a_call_without_an_id_is_malformed(step: Step, uuid: Any) -> None:
    with pytest.raises(MalformedWebhookError):
        read(step, answer(uuid=uuid))


@pytest.mark.parametrize("body", [b"", b"to=442079460000", b"[]", b"null", b"\xff", b"{"])
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    request = CarrierRequest("POST", "https://m.example/", "https://m.example", {}, body=body)

    for step in set(Step) - {Step.WHISPER, Step.DIAL_END}:
        with pytest.raises(MalformedWebhookError):
            CARRIER.read(step, request, ACCOUNT)


@pytest.mark.parametrize("step", [Step.WHISPER, Step.DIAL_END])
def test_a_document_is_asked_for_whatever_is_said(step: Step) -> None:
    request = CarrierRequest("POST", "https://m.example/", "https://m.example", {})

    assert CARRIER.read(step, request, ACCOUNT) is None


ORIGINAL = {"url": "https://m.example/", "type": "event"}


@pytest.mark.parametrize(
    "said",
    [
        {"dtmf": {"digits": "", "timed_out": True}, "uuid": CALLER_UUID},
        {"payload": {}, "conversation_uuid": CONVERSATION},
        event("busy"),
    ],
)
def test_the_fallback_of_an_event_is_no_call(said: dict[str, Any]) -> None:
    """Vonage sends what it could not bring elsewhere to the fallback URL, with the reason."""
    assert read(Step.ANSWER, said | {"reason": "timeout", "original_request": ORIGINAL}) is None


def test_the_fallback_of_an_answer_is_the_call() -> None:
    original = {"url": "https://m.example/", "type": "answer"}
    said = read(Step.ANSWER, answer(reason="503", original_request=original))

    assert said == read(Step.ANSWER, answer())


def test_events_at_the_answer_url_end_the_call_too() -> None:
    said = event("completed", "inbound", **FIGURES)

    assert read(Step.ANSWER, said) == read(Step.HANGUP, said) != None  # noqa: E711


@pytest.mark.parametrize(
    ("dtmf", "entered"),
    [
        ({"digits": "1234", "timed_out": False}, "1234"),
        ({"digits": "1234#", "timed_out": False}, "1234"),
        ({"digits": "", "timed_out": True}, ""),
        ({"digits": None, "timed_out": True}, ""),
        ({}, ""),
        ("42", "42"),
        (None, ""),
        ([], ""),
        (..., ""),
    ],
)
def test_digits(dtmf: Any, entered: str) -> None:
    said = {"speech": {}, "dtmf": dtmf, "uuid": CALLER_UUID, "conversation_uuid": CONVERSATION}
    given = {name: value for name, value in said.items() if value is not ...}

    assert read(Step.DIGITS, given) == Digits(entered)


def test_the_callees_phone_rings_and_is_answered() -> None:
    answered = event("answered", start_time=None, rate="", network="")

    assert read(Step.DIAL, event("ringing")) == CallReport(
        ReportKind.RINGING, Side.CALLEE, CALLEE_UUID, LegStatus.RINGING
    )
    assert read(Step.DIAL, answered) == CallReport(
        ReportKind.ANSWERED, Side.CALLEE, CALLEE_UUID, LegStatus.IN_PROGRESS
    )


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        ("busy", ..., LegStatus.BUSY),
        ("unanswered", "unavailable", LegStatus.NO_ANSWER),
        ("unanswered", "timeout", LegStatus.NO_ANSWER),
        ("unanswered", "declined", LegStatus.REJECTED),
        ("timeout", ..., LegStatus.NO_ANSWER),
        ("rejected", "invalid_number", LegStatus.FAILED),
        ("rejected", "restricted", LegStatus.FAILED),
        ("rejected", "declined", LegStatus.REJECTED),
        ("failed", "cannot_route", LegStatus.FAILED),
        ("failed", "number_out_of_service", LegStatus.FAILED),
        ("failed", "internal_error", LegStatus.FAILED),
        ("cancelled", ..., LegStatus.CANCEL),
    ],
)
@pytest.mark.parametrize(
    ("step", "side"), [(Step.DIAL, Side.CALLEE), (Step.FIRST_HANGUP, Side.CALLER)]
)
def test_nobody_answers(
    status: str, detail: Any, expected: LegStatus, step: Step, side: Side
) -> None:
    cause = status if detail is ... else detail

    report = read(step, event(status, detail=detail))

    assert isinstance(report, CallReport)
    assert (report.kind, report.side, report.leg_uuid) == (ReportKind.ENDED, side, CALLEE_UUID)
    assert (report.status, report.was_answered) == (expected, False)
    assert (report.duration_seconds, report.hangup_cause) == (0, cause)


@pytest.mark.parametrize(
    ("step", "side", "direction", "uuid"),
    [
        (Step.DIAL, Side.CALLEE, "outbound", CALLEE_UUID),
        (Step.HANGUP, Side.CALLER, "inbound", CALLER_UUID),
        (Step.FIRST_HANGUP, Side.CALLER, "outbound", CALLEE_UUID),
        (Step.FIRST_RING, Side.CALLER, "outbound", CALLEE_UUID),
    ],
)
def test_a_leg_is_over_and_has_its_price(step: Step, side: Side, direction: str, uuid: str) -> None:
    assert read(step, event("completed", direction, **FIGURES)) == CallReport(
        kind=ReportKind.ENDED,
        side=side,
        leg_uuid=uuid,
        status=LegStatus.COMPLETED,
        was_answered=True,
        duration_seconds=2,
        billed_seconds=2,
        amount=Decimal("0.00015"),
        currency="EUR",
        hangup_cause="completed",
    )


@pytest.mark.parametrize(
    ("step", "side"), [(Step.DIAL, Side.CALLEE), (Step.FIRST_HANGUP, Side.CALLER)]
)
@pytest.mark.parametrize("figures", [UNANSWERED, {}, {**FIGURES, "duration": "0", "price": "0"}])
def test_that_a_leg_which_nobody_answered_is_completed_ends_the_attempt_only(
    figures: dict[str, Any], step: Step, side: Side
) -> None:
    assert read(step, event("completed", **figures)) == CallReport(
        ReportKind.DIAL_OVER, side, CALLEE_UUID, LegStatus.NO_ANSWER, currency="EUR"
    )


@pytest.mark.parametrize("figures", [UNANSWERED, {}])
def test_a_caller_who_leaves_before_anything_was_answered(figures: dict[str, Any]) -> None:
    report = read(Step.HANGUP, event("completed", "inbound", **figures))

    assert isinstance(report, CallReport)
    assert (report.kind, report.status) == (ReportKind.ENDED, LegStatus.CANCEL)
    assert not report.was_answered


@pytest.mark.parametrize("price", [..., None, "", "-1", "abc", "NaN", "1e9", [], True])
def test_a_price_that_is_not_told_is_in_the_record_later(price: Any) -> None:
    report = read(Step.HANGUP, event("completed", "inbound", **(FIGURES | {"price": price})))

    assert isinstance(report, CallReport)
    assert (report.amount, report.is_priced_later) == (None, True)
    assert report.duration_seconds == 2


@pytest.mark.parametrize("duration", [..., None, "", "-1", "abc", "1e9", "99999999", [], True])
def test_a_duration_that_makes_no_sense_is_zero(duration: Any) -> None:
    report = read(Step.HANGUP, event("completed", "inbound", **(FIGURES | {"duration": duration})))

    assert isinstance(report, CallReport)
    assert (report.status, report.duration_seconds) == (LegStatus.COMPLETED, 0)


def test_figures_may_be_numbers() -> None:
    figures = FIGURES | {"duration": 2, "price": 0.00015}

    report = read(Step.HANGUP, event("completed", "inbound", **figures))

    assert report == read(Step.HANGUP, event("completed", "inbound", **FIGURES))


@pytest.mark.parametrize(
    "status", ["started", "ringing", "answered", "busy", "transfer", None, [7]]
)
def test_before_its_end_nothing_is_said_of_the_callers_leg(status: Any) -> None:
    assert read(Step.HANGUP, event(status, "inbound")) is None


@pytest.mark.parametrize(
    "status", ["started", "human", "machine", "disconnected", "answered", "a new one", None, {}]
)
def test_what_changes_nothing(status: Any) -> None:
    """Of an answer to a call of ours, the answer URL tells."""
    assert read(Step.FIRST_HANGUP, event(status)) is None
    if status != "answered":
        assert read(Step.DIAL, event(status)) is None


@pytest.mark.parametrize(
    ("step", "other"),
    [(Step.DIAL, "inbound"), (Step.FIRST_HANGUP, "inbound"), (Step.HANGUP, "outbound")],
)
@pytest.mark.parametrize("status", ["ringing", "answered", "completed", "busy"])
def test_the_other_leg_is_not_spoken_of_here(step: Step, other: str, status: str) -> None:
    assert read(step, event(status, other, **FIGURES)) is None
    assert read(step, event(status, direction=..., **FIGURES)) is None


MACHINE = {
    "call_uuid": CALLEE_UUID,
    "from": "442079460000",
    "to": "12025550101",
    "status": "machine",
    "conversation_uuid": CONVERSATION,
    "timestamp": "2020-01-01T12:00:00.000Z",
}
TRANSFER = {
    "conversation_uuid_from": CONVERSATION,
    "conversation_uuid_to": CONVERSATION,
    "uuid": CALLER_UUID,
    "timestamp": "2020-01-01T12:00:00.000Z",
}


@pytest.mark.parametrize("said", [MACHINE, TRANSFER, recording()])
@pytest.mark.parametrize("step", [Step.DIAL, Step.HANGUP, Step.FIRST_HANGUP])
def test_other_events_say_nothing_of_a_leg(step: Step, said: dict[str, Any]) -> None:
    assert read(step, said) is None


@pytest.mark.parametrize("step", [Step.DIAL, Step.HANGUP, Step.FIRST_HANGUP])
def test_an_error_is_logged_without_what_it_quotes(step: Step) -> None:
    said = {
        "reason": "Syntax error in NCCO. Invalid value 12025550101.",
        "conversation_uuid": CONVERSATION,
        "timestamp": "2020-01-01T12:00:00.000Z",
    }

    with captured_logs() as logs:
        assert read(step, said) is None

    assert "carrier_error" in logs.getvalue()
    assert "5550101" not in logs.getvalue()


def test_the_first_party_is_called_and_picks_up() -> None:
    ringing, answered = read(Step.FIRST_HANGUP, event("ringing")), read(Step.FIRST_ANSWER, answer())

    assert ringing == CallReport(ReportKind.RINGING, Side.CALLER, CALLEE_UUID, LegStatus.RINGING)
    assert answered == CallReport(
        ReportKind.ANSWERED, Side.CALLER, CALLER_UUID, LegStatus.IN_PROGRESS
    )


def test_a_recording() -> None:
    noon = 1_577_880_000_000

    assert read(Step.RECORDING, recording()) == RecordingReport(
        Recording(
            status=RecordingStatus.COMPLETED,
            uuid=RECORDING_UUID,
            media_url=RECORDING_URL,
            resource_url=RECORDING_URL,
            duration_seconds=60,
            started_at=noon,
            ended_at=noon + 60_000,
        ),
        shows_answer=False,
    )


@pytest.mark.parametrize("name", ["start_time", "end_time"])
@pytest.mark.parametrize("instant", [..., None, "", "yesterday", 5, "2020-13-01T12:00:00Z"])
def test_a_recording_without_its_times_is_one(instant: Any, name: str) -> None:
    report = read(Step.RECORDING, recording(**{name: instant}))

    assert isinstance(report, RecordingReport)
    assert report.recording.status is RecordingStatus.COMPLETED
    assert report.recording.duration_seconds is None


def test_a_recording_that_ends_before_it_begins_has_no_length() -> None:
    report = read(Step.RECORDING, recording(end_time="2020-01-01 11:00:00"))

    assert isinstance(report, RecordingReport)
    assert report.recording.duration_seconds == 0


@pytest.mark.parametrize(
    "changes", [{"recording_url": ...}, {"recording_uuid": ...}, {"recording_url": "file:///etc"}]
)
def test_without_an_id_or_a_file_there_is_no_recording(changes: dict[str, Any]) -> None:
    report = read(Step.RECORDING, recording(**changes))

    assert isinstance(report, RecordingReport)
    assert report.recording.status is RecordingStatus.FAILED
