"""Messages to deliver, for the tests of this folder."""

from dataclasses import replace
from typing import Any

from maskline.callbacks.messages import CallbackMessage
from maskline.callbacks.requests import SigningTokens
from maskline.domain import events
from maskline.domain.events import Outcome, SessionEvent
from maskline.domain.sessions import Role
from tests import builders

URL = "https://customer.example.com/masking/status"
TOKEN = "EXAMPLEaccounttokenEXAMPLEaccounttokenEX"
TOKENS = SigningTokens(owner=(TOKEN,), main=(TOKEN,))
OUTCOME = Outcome(32, 60, "0.01650", "NORMAL_CLEARING", 4000)
RECORDING = replace(builders.recorded().recording, file_format="mp3")


def session_event(**changes: Any) -> SessionEvent:
    default = SessionEvent(
        events.ring(Role.SECOND),
        builders.NOW,
        builders.party(0),
        builders.party(1),
        builders.virtual(0),
    )
    return replace(default, **changes)


def message(**changes: Any) -> CallbackMessage:
    default = CallbackMessage(
        account_id=builders.MAIN_ID,
        subaccount_id="",
        session_uuid=builders.SESSION_UUID,
        sequence=4,
        callback_url=URL,
        callback_method="POST",
        event=session_event(),
    )
    return replace(default, **changes)
