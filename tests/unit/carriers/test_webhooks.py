"""What the carrier's webhooks say, and what they say when they say nonsense."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.carriers.adapter import Inbound, Message
from maskline.carriers.plivo import PLIVO
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.carriers.urls import Step
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import CallReport, LegStatus, ReportKind, Side
from maskline.domain.phone_numbers import E164, CallerId
from tests.support import builders
from tests.unit.carriers.webhook_requests import CALL_UUID, CALLEE_UUID, RECORDING_UUID, webhook

NONSENSE = ["", "abc", "-1", "NaN", "Infinity", "1e9", "9" * 40, "१२", " 5", "5 ", "0x10"]


def read(step: Step, request: CarrierRequest) -> Message:
    return PLIVO.read(step, request, builders.carrier_account())


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_an_inbound_call(method: str) -> None:
    call = read(
        Step.ANSWER, webhook(method, CallUUID=CALL_UUID, From="12025550101", To="+12025550199")
    )

    caller = CallerId(E164("+12025550101"))
    assert call == Inbound(CALL_UUID, caller, E164("+12025550199"))


@pytest.mark.parametrize("odd", ["", "anonymous", "sip:alice@example.com", "02025550101", "+"])
def test_a_withheld_or_odd_caller_is_nobody(odd: str) -> None:
    call = read(Step.ANSWER, webhook(CallUUID=CALL_UUID, From=odd, To=odd))

    assert call.caller == CallerId(None)
    assert call.dialled is None


def test_a_caller_in_national_form_is_of_the_country_of_the_dialled_number() -> None:
    call = read(Step.ANSWER, webhook(CallUUID=CALL_UUID, From="02079460150", To="442079460110"))

    assert call.caller == CallerId(E164("+442079460150"))


@pytest.mark.parametrize("bad", ["", "a" * 97, "a/b", "a b", "a#b", "a\nb", "é", "a.b", "a%2Fb"])
def test_a_call_without_a_proper_id_is_malformed(bad: str) -> None:
    request = webhook(CallUUID=bad, From="12025550101", To="12025550199")

    with pytest.raises(MalformedWebhookError, match="CallUUID"):
        read(Step.ANSWER, request)
    with pytest.raises(MalformedWebhookError, match="CallUUID"):
        read(Step.HANGUP, request)


def test_a_hangup_is_told_from_a_call_to_answer() -> None:
    for over in ({"Event": "Hangup"}, {"HangupCause": "NORMAL_CLEARING"}):
        report = read(Step.ANSWER, webhook(CallUUID=CALL_UUID, **over))
        assert (report.kind, report.side, report.leg_uuid) == (
            ReportKind.ENDED,
            Side.CALLER,
            CALL_UUID,
        )
    assert isinstance(read(Step.ANSWER, webhook(CallUUID=CALL_UUID, Event="StartApp")), Inbound)


def test_the_callee_answered() -> None:
    report = read(Step.DIAL, webhook(DialAction="answer", DialBLegUUID=CALLEE_UUID))

    assert report == CallReport(
        ReportKind.ANSWERED, Side.CALLEE, CALLEE_UUID, LegStatus.IN_PROGRESS
    )


@pytest.mark.parametrize("action", ["connected", "digits", "", "whatever"])
def test_other_dial_actions_change_nothing(action: str) -> None:
    assert read(Step.DIAL, webhook(DialAction=action)) is None


def test_the_callee_hung_up() -> None:
    report = read(
        Step.DIAL,
        webhook(
            DialAction="hangup",
            DialBLegUUID=CALLEE_UUID,
            DialBLegDuration="61",
            DialBLegBillDuration="120",
            DialBLegBillRate="0.00475",
            DialBLegHangupCauseName="Normal Hangup",
            DialBLegHangupCauseCode="4000",
        ),
    )

    assert report == CallReport(
        kind=ReportKind.ENDED,
        side=Side.CALLEE,
        leg_uuid=CALLEE_UUID,
        status=LegStatus.COMPLETED,
        duration_seconds=61,
        billed_seconds=120,
        amount=Decimal("0.00950"),
        hangup_cause="Normal Hangup",
        hangup_code=4000,
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("3010", LegStatus.BUSY),
        ("3000", LegStatus.NO_ANSWER),
        ("6010", LegStatus.NO_ANSWER),
        ("1000", LegStatus.CANCEL),
        ("4000", LegStatus.COMPLETED),
        ("2010", LegStatus.FAILED),
        ("", LegStatus.FAILED),
    ],
)
def test_a_leg_without_talk_ends_as_its_code_says(code: str, status: LegStatus) -> None:
    report = read(
        Step.DIAL,
        webhook(DialAction="hangup", DialBLegUUID=CALLEE_UUID, DialBLegHangupCauseCode=code),
    )

    assert report is not None
    assert report.status is status


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("completed", LegStatus.COMPLETED),
        ("busy", LegStatus.BUSY),
        ("failed", LegStatus.FAILED),
        ("cancel", LegStatus.CANCEL),
        ("timeout", LegStatus.NO_ANSWER),
        ("no-answer", LegStatus.NO_ANSWER),
        ("Busy", LegStatus.BUSY),
        ("ringing", LegStatus.FAILED),
        ("in-progress", LegStatus.FAILED),
        ("", LegStatus.FAILED),
    ],
)
def test_the_dial_is_over(word: str, status: LegStatus) -> None:
    report = read(
        Step.DIAL_END, webhook(DialStatus=word, DialBLegUUID="", DialHangupCause="USER_BUSY")
    )

    assert report == CallReport(
        ReportKind.DIAL_OVER, Side.CALLEE, "", status, hangup_cause="USER_BUSY"
    )


def test_the_caller_hung_up() -> None:
    report = read(
        Step.HANGUP,
        webhook(
            CallUUID=CALL_UUID,
            CallStatus="completed",
            Duration="40",
            BillDuration="60",
            TotalCost="0.00850",
            HangupCause="NORMAL_CLEARING",
            HangupCauseName="Normal Hangup",
            HangupCauseCode="4000",
        ),
    )

    assert report == CallReport(
        kind=ReportKind.ENDED,
        side=Side.CALLER,
        leg_uuid=CALL_UUID,
        status=LegStatus.COMPLETED,
        duration_seconds=40,
        billed_seconds=60,
        amount=Decimal("0.00850"),
        hangup_cause="NORMAL_CLEARING",
        hangup_code=4000,
        was_answered=True,
    )


def test_what_a_code_says_of_a_callees_leg_is_no_proof_of_an_answer() -> None:
    """The carrier gives no status of that leg; of the caller's it does."""
    said = {"DialBLegUUID": CALLEE_UUID, "DialBLegHangupCauseCode": "4000"}
    callee = read(Step.DIAL, webhook(DialAction="hangup", **said))
    caller = read(Step.HANGUP, webhook(CallUUID=CALL_UUID, CallStatus="completed"))

    assert (callee.status, callee.was_answered) == (LegStatus.COMPLETED, False)
    assert (caller.status, caller.was_answered) == (LegStatus.COMPLETED, True)


@pytest.mark.parametrize("value", NONSENSE)
def test_a_figure_that_makes_no_sense_is_zero_and_money_unknown(value: str) -> None:
    report = read(
        Step.HANGUP,
        webhook(
            CallUUID=CALL_UUID,
            Duration=value,
            BillDuration=value,
            TotalCost=value,
            HangupCauseCode=value,
        ),
    )

    assert (report.duration_seconds, report.billed_seconds) == (0, 0)
    assert (report.amount, report.hangup_code) == (None, 0)
    assert report.status is LegStatus.FAILED


def test_fractions_of_a_second_are_cut_off() -> None:
    report = read(Step.HANGUP, webhook(CallUUID=CALL_UUID, Duration="12.9"))

    assert report.duration_seconds == 12
    assert report.status is LegStatus.COMPLETED


def test_a_hangup_that_says_only_which_call_still_ends_it() -> None:
    report = read(Step.HANGUP, webhook(CallUUID=CALL_UUID))

    assert report.status.is_final


def test_a_hangup_cause_is_short_and_printable() -> None:
    report = read(Step.HANGUP, webhook(CallUUID=CALL_UUID, HangupCause="a\r\nb\x00é" + "x" * 100))

    assert report.hangup_cause == "ab" + "x" * 62


RECORDED = {
    "CallUUID": CALL_UUID,
    "RecordUrl": "https://media.carrier.example/recording.wav",
    "RecordingID": RECORDING_UUID,
    "RecordingDuration": "36",
    "RecordingDurationMs": "36120",
    "RecordingStartMs": "1772443204000",
    "RecordingEndMs": "1772443240120.0",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_recording_is_finished(method: str) -> None:
    report = read(Step.RECORDING, webhook(method, **RECORDED))

    assert report is not None
    assert report.recording == Recording(
        status=RecordingStatus.COMPLETED,
        uuid=RECORDING_UUID,
        media_url="https://media.carrier.example/recording.wav",
        resource_url=f"https://api.plivo.com/v1/Account/MAPLIVO/Recording/{RECORDING_UUID}/",
        duration_seconds=36,
        started_at=1_772_443_204_000,
        ended_at=1_772_443_240_120,
    )


def test_a_recording_that_goes_on_is_no_news() -> None:
    assert read(Step.RECORDING, webhook(**RECORDED | {"RecordingDuration": "-1"})) is None


@pytest.mark.parametrize(
    "absent", [{"RecordUrl": ""}, {"RecordingID": ""}, {"RecordUrl": "ftp://elsewhere/x"}]
)
def test_without_an_id_or_a_file_there_is_no_recording(absent: dict[str, str]) -> None:
    report = read(Step.RECORDING, webhook(**RECORDED | absent))

    assert report is not None
    assert report.recording == Recording(status=RecordingStatus.FAILED)


@pytest.mark.parametrize("odd", ["", "-1", "soon", "9" * 15])
def test_a_recording_without_sensible_times_is_one_all_the_same(odd: str) -> None:
    report = read(Step.RECORDING, webhook(**RECORDED | {"RecordingStartMs": odd}))

    assert report is not None
    assert report.recording.status is RecordingStatus.COMPLETED
    assert report.recording.started_at is None


def test_the_same_webhook_twice_is_one_report_and_different_ones_differ() -> None:
    answered = read(Step.DIAL, webhook(DialAction="answer", DialBLegUUID=CALLEE_UUID))
    again = read(Step.DIAL, webhook(DialAction="answer", DialBLegUUID=CALLEE_UUID))
    over = read(Step.DIAL, webhook(DialAction="hangup", DialBLegUUID=CALLEE_UUID))

    assert answered is not None
    assert answered == again != over


_NAMES = [
    "CallUUID",
    "From",
    "To",
    "CallStatus",
    "Duration",
    "BillDuration",
    "TotalCost",
    "HangupCause",
    "HangupCauseCode",
    "Event",
    "DialAction",
    "DialStatus",
    "DialHangupCause",
    "DialBLegUUID",
    "DialBLegDuration",
    "DialBLegBillDuration",
    "DialBLegBillRate",
    "DialBLegHangupCauseCode",
    "RecordUrl",
    "RecordingID",
    "RecordingDuration",
    "RecordingStartMs",
]
_ANYTHING = st.dictionaries(
    st.sampled_from(_NAMES),
    st.one_of(st.text(max_size=30), st.sampled_from([CALL_UUID, "answer", "hangup", *NONSENSE])),
)


@given(_ANYTHING)
def test_no_webhook_makes_the_parsers_fail_otherwise(params: dict[str, str]) -> None:
    request = webhook(**params)

    for step in Step:
        with contextlib.suppress(MalformedWebhookError):
            read(step, request)


def test_an_error_does_not_quote_the_webhook() -> None:
    with pytest.raises(MalformedWebhookError) as refusal:
        read(Step.ANSWER, webhook(CallUUID="+12025550101"))

    assert "2025550101" not in str(refusal.value)
