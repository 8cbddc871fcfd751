"""From a session's outbox to a queue message and back."""

from typing import Any

import pytest

from maskline.callbacks.messages import MALFORMED, CallbackMessage, messages_in
from tests.unit.callbacks.callback_messages import OUTCOME, URL, message, session_event


def _record(count: int = 3, **changes: Any) -> dict[str, Any]:
    return {
        "account_id": "MA1",
        "subaccount_id": "SA1",
        "session_uuid": "s1",
        "callback_url": URL,
        "callback_method": "GET",
        "sequence": 7,
        "outbox": [session_event(name=f"Event{index}").to_record() for index in range(count)],
    } | changes


@pytest.mark.parametrize("outcome", [None, OUTCOME])
def test_a_message_survives_the_queue(outcome: Any) -> None:
    sent = message(event=session_event(outcome=outcome))

    assert CallbackMessage.from_body(sent.to_body()) == sent


def test_the_last_event_of_an_outbox_has_the_sessions_sequence() -> None:
    messages = messages_in(_record(), already_told=4)

    assert [(one.sequence, one.event.name) for one in messages] == [
        (5, "Event0"),
        (6, "Event1"),
        (7, "Event2"),
    ]
    assert messages[0].key == "s1-5"
    assert messages[0].callback_method == "GET"


def test_a_session_without_a_url_is_told_nothing() -> None:
    assert messages_in(_record(callback_url=""), already_told=4) == []


@pytest.mark.parametrize("record", [{}, _record(outbox=[])])
def test_a_write_without_events_is_told_nothing(record: dict[str, Any]) -> None:
    assert messages_in(record, already_told=0) == []


def test_an_outbox_that_was_left_in_place_is_told_once() -> None:
    assert messages_in(_record(), already_told=7) == []


@pytest.mark.parametrize(
    "change", [{"outbox": [{"name": "SessionTimeout"}]}, {"outbox": ["x"]}, {"sequence": "x"}]
)
def test_a_record_that_makes_no_sense_raises(change: dict[str, Any]) -> None:
    with pytest.raises(MALFORMED):
        messages_in(_record(**change), already_told=0)
