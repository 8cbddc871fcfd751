"""From a session's outbox to a queue message and back."""

from dataclasses import asdict
from typing import Any

import pytest

from maskline.callbacks.messages import MALFORMED, CallbackMessage, SealedMessage, messages_in
from maskline.callbacks.payload import fields_of
from maskline.domain.events import PinCheck, PinStatus, SessionEvent
from maskline.domain.recordings import Recording
from tests import builders
from tests.unit.callbacks.callback_messages import (
    OUTCOME,
    RECORDING,
    URL,
    message,
    session_event,
)


def _record(count: int = 3, **changes: Any) -> dict[str, Any]:
    return {
        "account_id": "MA1",
        "subaccount_id": "SA1",
        "session_uuid": "s1",
        "callback_url": URL,
        "callback_method": "GET",
        "sequence": 7,
        "outbox": [_sealed(session_event(name=f"Event{index}")) for index in range(count)],
    } | changes


def _sealed(event: SessionEvent) -> dict[str, Any]:
    return event.to_record() | {"from": b"one", "to": b"other"}


def _without_login(url: str, _field: str, _account_id: str, _session_uuid: str) -> str:
    return url


def _open(record: dict[str, Any], account_id: str, session_uuid: str) -> SessionEvent:
    """In place of the store, which has the keys."""
    assert (account_id, session_uuid) == (message().account_id, message().session_uuid)
    numbers = {"one": builders.party(0), "other": builders.party(1)}
    return SessionEvent.from_record(
        record | {name: numbers[record[name].decode()] for name in ("from", "to")}
    )


@pytest.mark.parametrize(
    "facts", [{}, {"outcome": OUTCOME}, {"recording": RECORDING}, {"recording": Recording("wav")}]
)
def test_a_message_survives_the_queue(facts: dict[str, Any]) -> None:
    sent = message(event=session_event(**facts))
    [carried] = messages_in(_session_of(sent), already_told=3)

    assert builders.party(0) not in carried.to_body()
    assert SealedMessage.from_body(carried.to_body()).opened(_open, _without_login) == sent


def _session_of(sent: CallbackMessage) -> dict[str, Any]:
    """The record of a session that has just this event to tell."""
    channel = sent.event.channel
    return asdict(sent) | {
        "outbox": [_sealed(sent.event)],
        f"{channel}_url": sent.callback_url,
        f"{channel}_method": sent.callback_method,
    }


def test_the_last_event_of_an_outbox_has_the_sessions_sequence() -> None:
    messages = messages_in(_record(), already_told=4)

    assert [(one.sequence, one.event["name"]) for one in messages] == [
        (5, "Event0"),
        (6, "Event1"),
        (7, "Event2"),
    ]
    assert messages[0].key == "s1-5"
    assert messages[0].callback_method == "GET"


def test_a_session_without_a_url_is_told_nothing() -> None:
    assert messages_in(_record(callback_url=""), already_told=4) == []


def test_recordings_are_told_at_a_url_of_their_own() -> None:
    told = [session_event(), session_event(recording=RECORDING)]
    record = _record(
        outbox=[_sealed(event) for event in told],
        recording_callback_url="https://customer.example.com/recordings",
        recording_callback_method="POST",
    )

    status, recording = messages_in(record, already_told=4)

    assert (status.callback_url, status.callback_method, status.sequence) == (URL, "GET", 6)
    assert recording.callback_url == "https://customer.example.com/recordings"
    assert (recording.callback_method, recording.sequence) == ("POST", 7)


@pytest.mark.parametrize(
    ("unset", "sequences"), [("callback_url", [6]), ("recording_callback_url", [5, 7])]
)
def test_what_is_not_sent_keeps_its_number(unset: str, sequences: list[int]) -> None:
    told = [session_event(), session_event(recording=RECORDING), session_event()]
    urls = {"recording_callback_url": URL, "recording_callback_method": "POST", unset: ""}

    messages = messages_in(
        _record(outbox=[_sealed(event) for event in told], **urls), already_told=4
    )

    assert [one.sequence for one in messages] == sequences


@pytest.mark.parametrize("record", [{}, _record(outbox=[])])
def test_a_write_without_events_is_told_nothing(record: dict[str, Any]) -> None:
    assert messages_in(record, already_told=0) == []


def test_an_outbox_that_was_left_in_place_is_told_once() -> None:
    assert messages_in(_record(), already_told=7) == []


@pytest.mark.parametrize(
    "change",
    [
        {"outbox": [{"name": "SessionTimeout"}]},
        {"outbox": ["x"]},
        {"outbox": [session_event().to_record()]},
        {"sequence": "x"},
    ],
)
def test_a_record_that_makes_no_sense_raises(change: dict[str, Any]) -> None:
    with pytest.raises(MALFORMED):
        messages_in(_record(**change), already_told=0)


@pytest.mark.parametrize("status", PinStatus)
def test_a_pin_check_survives_the_queue_and_is_told(status: PinStatus) -> None:
    original = message(event=session_event(pin_check=PinCheck(status, 2)))
    [carried] = messages_in(_session_of(original), already_told=3)

    restored = SealedMessage.from_body(carried.to_body()).opened(_open, _without_login)

    assert restored == original
    fields = dict(fields_of(restored))
    assert (fields["PinAuthenticationStatus"], fields["PinRetryCounter"]) == (status.value, "2")
