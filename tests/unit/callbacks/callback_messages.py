"""Messages to deliver, for the tests of this folder."""

import base64
from dataclasses import asdict, replace
from typing import Any

from maskline.callbacks.messages import CallbackMessage, SealedMessage
from maskline.domain import events
from maskline.domain.events import Outcome, SessionEvent
from maskline.domain.sessions import Role
from maskline.store import keys
from maskline.store.callback_urls import sealed_url
from maskline.store.event_records import outbox
from maskline.store.sealing import seal_for
from tests import builders

URL = "https://customer.example.com/masking/status"
TOKEN = "EXAMPLEaccounttokenEXAMPLEaccounttokenEX"
TOKENS = (TOKEN,)
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


def queued(number: bytes = b"a sealed number", **changes: Any) -> SealedMessage:
    """A message in the queue, whose numbers nobody is going to open."""
    return _queued(message(**changes), {"from": number, "to": number})


def sealed(sent: CallbackMessage) -> SealedMessage:
    """A message in the queue of a deployment where its account has keys."""
    [record] = outbox(sent.account_id, sent.session_uuid, [sent.event])
    seal = seal_for(sent.account_id, keys.session(sent.session_uuid))
    url = sealed_url(sent.callback_url, f"{sent.event.channel}_url", seal)
    return _queued(replace(sent, callback_url=url), record)


def _queued(sent: CallbackMessage, numbers: dict[str, Any]) -> SealedMessage:
    in_base64 = {name: base64.b64encode(numbers[name]).decode() for name in ("from", "to")}
    return SealedMessage(**asdict(sent) | {"event": sent.event.to_record() | in_base64})
