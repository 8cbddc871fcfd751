"""The carrier's events in events/: signed with the documented token, and read as documented."""

import pytest

from maskline.carriers.plivo import webhooks
from maskline.carriers.plivo.call_documents import require_own_pin_url
from maskline.carriers.plivo.follow_up import check_follow_up_token
from maskline.carriers.plivo.signature import verify_signature
from maskline.carriers.request import CarrierRequest
from maskline.domain.recordings import RecordingStatus
from maskline.domain.reports import LegStatus, ReportKind
from maskline.secrets import subkey
from tests.known_secret import known_secret
from tests.unit.carriers.webhook_requests import (
    CALL_UUID,
    CALLEE_UUID,
    EVENTS,
    RECORDING_UUID,
    load_event,
)

SECRET = "EXAMPLE-deployment-secret"
TOKEN = "EXAMPLEcarriertokenEXAMPLEcarriertokenEX"
FOLLOW_UPS = ("record_dial_event_", "record_recording_", "play_whisper_")
PREFIXES = (
    "answer_call_",
    "collect_pin_",
    "follow_placed_call_",
    "record_hangup_",
    *FOLLOW_UPS,
)
NAMES = sorted(file.stem for file in EVENTS.glob("*.json") if file.stem.startswith(PREFIXES))


def _request(name: str) -> CarrierRequest:
    return CarrierRequest.from_event(load_event(name))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "answer_call_unsigned"])
def test_the_carrier_signed_it(name: str) -> None:
    assert verify_signature(_request(name), [TOKEN])


def test_the_unsigned_one_is_not() -> None:
    assert not verify_signature(_request("answer_call_unsigned"), [TOKEN])


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("answer_call_")])
def test_every_call_to_answer_is_read(name: str) -> None:
    assert webhooks.parse_inbound(_request(name)).call_uuid == CALL_UUID
    assert webhooks.is_hangup(_request(name)) == (name == "answer_call_hangup")


@pytest.mark.parametrize(
    ("name", "kind", "status", "leg_uuid"),
    [
        ("answer", ReportKind.ANSWERED, LegStatus.IN_PROGRESS, CALLEE_UUID),
        ("answer_get", ReportKind.ANSWERED, LegStatus.IN_PROGRESS, CALLEE_UUID),
        ("hangup", ReportKind.ENDED, LegStatus.COMPLETED, CALLEE_UUID),
        ("hangup_get", ReportKind.ENDED, LegStatus.COMPLETED, CALLEE_UUID),
        ("end_completed", ReportKind.DIAL_OVER, LegStatus.COMPLETED, CALLEE_UUID),
        ("end_completed_get", ReportKind.DIAL_OVER, LegStatus.COMPLETED, CALLEE_UUID),
        ("end_no_answer", ReportKind.DIAL_OVER, LegStatus.NO_ANSWER, ""),
        ("end_busy_get", ReportKind.DIAL_OVER, LegStatus.BUSY, ""),
    ],
)
def test_every_dial_report_is_read(
    name: str, kind: ReportKind, status: LegStatus, leg_uuid: str
) -> None:
    request = _request(f"record_dial_event_{name}")
    is_end = name.startswith("end_")

    report = webhooks.parse_dial_end(request) if is_end else webhooks.parse_dial_callback(request)

    assert report is not None
    assert (report.kind, report.status, report.leg_uuid) == (kind, status, leg_uuid)


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("digits", "4821"),
        ("digits_get", "4821"),
        ("wrong", "0000"),
        ("silence", ""),
        ("silence_get", ""),
    ],
)
def test_what_a_caller_entered_is_read(name: str, digits: str) -> None:
    event = load_event(f"collect_pin_{name}")

    assert webhooks.parse_digits(CarrierRequest.from_event(event)) == digits
    with known_secret(SECRET):
        assert require_own_pin_url(event["pathParameters"]).pin_attempt == 0


@pytest.mark.parametrize("name", ["connected", "connected_get"])
def test_connected_changes_nothing(name: str) -> None:
    assert webhooks.parse_dial_callback(_request(f"record_dial_event_{name}")) is None


@pytest.mark.parametrize(
    ("name", "status", "duration"),
    [
        ("record_hangup_post", LegStatus.COMPLETED, 40),
        ("record_hangup_get", LegStatus.COMPLETED, 40),
        ("answer_call_hangup", LegStatus.COMPLETED, 40),
        ("record_hangup_unanswered", LegStatus.BUSY, 0),
    ],
)
def test_every_hangup_is_read(name: str, status: LegStatus, duration: int) -> None:
    call_uuid, report = webhooks.parse_hangup(_request(name))

    assert call_uuid == CALL_UUID
    assert (report.status, report.duration_seconds) == (status, duration)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("completed", RecordingStatus.COMPLETED),
        ("completed_get", RecordingStatus.COMPLETED),
        ("failed", RecordingStatus.FAILED),
    ],
)
def test_every_recording_is_read(name: str, status: RecordingStatus) -> None:
    report = webhooks.parse_recording(_request(f"record_recording_{name}"))

    assert report is not None
    assert report.recording.status is status
    if status is RecordingStatus.COMPLETED:
        assert report.recording.uuid == RECORDING_UUID
        assert report.recording.duration_seconds == 36


def test_an_unfinished_recording_is_no_news() -> None:
    assert webhooks.parse_recording(_request("record_recording_unfinished")) is None


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(FOLLOW_UPS)])
def test_the_follow_up_token_is_of_the_documented_secret(name: str) -> None:
    path = load_event(name)["pathParameters"]

    with known_secret(SECRET):
        is_ours = check_follow_up_token(
            path["token"],
            key=subkey("follow-up"),
            session_uuid=path["session_uuid"],
            call_uuid=path["call_uuid"],
        )

    assert is_ours
