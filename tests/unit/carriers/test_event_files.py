"""The carriers' events in events/: signed with the documented secret, and read as documented."""

from collections.abc import Iterator

import pytest

from maskline.carriers import carrier
from maskline.carriers.adapter import Digits, Inbound, Message
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Door, Step, read_url
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.recording import RecordingStatus
from maskline.domain.calls.report import LegStatus, ReportKind, Side
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.carriers.webhook_requests import (
    BASE_URL,
    CALL_UUID,
    CALLEE_UUID,
    EVENTS,
    RECORDING_UUID,
    load_event,
)

SECRET = "EXAMPLE-deployment-secret"
TOKEN = "EXAMPLEcarriertokenEXAMPLEcarriertokenEX"
ACCOUNT_ID = "MAXXXXXXXXXXXXXXXXXX"
SESSION_UUID = "5a6f1c3e-90ab-4f0e-8d77-1f2e3d4c5b6a"
PREFIXES = {"answer_call_": Door.CALL, "record_call_": Door.EVENT}
NAMES = sorted(file.stem for file in EVENTS.glob("*.json") if file.stem.startswith((*PREFIXES,)))


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret(SECRET):
        yield


def _request(name: str) -> CarrierRequest:
    return CarrierRequest.from_event(load_event(name))


def _account(name: str, token: str = TOKEN) -> CarrierAccount:
    named = load_event(name)["pathParameters"]["carrier"]
    return builders.carrier_account(carrier=named, secrets={"auth_token": (token,)})


def _place(name: str) -> tuple[Step, CallUrls]:
    [door] = (door for prefix, door in PREFIXES.items() if name.startswith(prefix))
    path = load_event(name)["pathParameters"]
    return read_url(BASE_URL, path["carrier"], door, path["step"])


def _read(name: str) -> Message:
    account = _account(name)
    return carrier(account.carrier).read(_place(name)[0], _request(name), account)


def _is_genuine(request: CarrierRequest, account: CarrierAccount) -> bool:
    return carrier(account.carrier).is_genuine(request, account)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "answer_call_unsigned"])
def test_the_carrier_signed_it(name: str) -> None:
    assert _is_genuine(_request(name), _account(name))
    assert not _is_genuine(_request(name), _account(name, "another token"))


def test_the_unsigned_one_is_not() -> None:
    name = "answer_call_unsigned"

    assert not _is_genuine(_request(name), _account(name))


@pytest.mark.parametrize("name", NAMES)
def test_its_url_is_of_the_documented_secret_account_session_and_call(name: str) -> None:
    _, urls = _place(name)

    assert urls.account_id == ACCOUNT_ID
    assert urls.session_uuid in {"", SESSION_UUID}
    assert urls.call_uuid in {"", CALL_UUID}
    assert urls.attempt == 0


def test_there_is_one_for_every_step() -> None:
    assert {_place(name)[0] for name in NAMES} == {*Step}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in NAMES
        if load_event(name)["pathParameters"]["step"].startswith("answer/")
        and name != "answer_call_hangup"
    ],
)
def test_every_call_to_answer_is_read(name: str) -> None:
    said = _read(name)

    assert isinstance(said, Inbound)
    assert said.call_uuid == CALL_UUID


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
    report = _read(f"record_call_dial_{name}")

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
    assert _read(f"answer_call_pin_{name}") == Digits(digits)


@pytest.mark.parametrize("name", ["connected", "connected_get"])
def test_connected_changes_nothing(name: str) -> None:
    assert _read(f"record_call_dial_{name}") is None


@pytest.mark.parametrize(
    ("name", "status", "duration"),
    [
        ("record_call_hangup_post", LegStatus.COMPLETED, 40),
        ("record_call_hangup_get", LegStatus.COMPLETED, 40),
        ("answer_call_hangup", LegStatus.COMPLETED, 40),
        ("record_call_hangup_unanswered", LegStatus.BUSY, 0),
        ("record_call_first_hangup", LegStatus.COMPLETED, 40),
        ("record_call_first_hangup_get", LegStatus.COMPLETED, 40),
    ],
)
def test_every_hangup_is_read(name: str, status: LegStatus, duration: int) -> None:
    report = _read(name)

    assert (report.side, report.leg_uuid) == (Side.CALLER, CALL_UUID)
    assert (report.status, report.duration_seconds) == (status, duration)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("record_call_first_ring", ReportKind.RINGING),
        ("record_call_first_ring_get", ReportKind.RINGING),
        ("answer_call_first_answer", ReportKind.ANSWERED),
        ("answer_call_first_answer_get", ReportKind.ANSWERED),
    ],
)
def test_every_word_of_a_first_leg_is_read(name: str, kind: ReportKind) -> None:
    report = _read(name)

    assert (report.kind, report.side, report.leg_uuid) == (kind, Side.CALLER, CALL_UUID)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("completed", RecordingStatus.COMPLETED),
        ("completed_get", RecordingStatus.COMPLETED),
        ("failed", RecordingStatus.FAILED),
    ],
)
def test_every_recording_is_read(name: str, status: RecordingStatus) -> None:
    report = _read(f"record_call_recording_{name}")

    assert report.recording.status is status
    if status is RecordingStatus.COMPLETED:
        assert report.recording.uuid == RECORDING_UUID
        assert report.recording.resource_url.endswith(f"/{RECORDING_UUID}/")
        assert report.recording.duration_seconds == 36


def test_an_unfinished_recording_is_no_news() -> None:
    assert _read("record_call_recording_unfinished") is None
