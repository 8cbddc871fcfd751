"""Messages to deliver, for the tests of this folder."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from maskline.callbacks.messages import CallbackMessage, SealedMessage
from maskline.domain.calls import events
from maskline.domain.calls.events import LegOutcome, SessionEvent
from maskline.domain.sessions.session import Role
from maskline.store import keys
from maskline.store.sealing.seal import seal_for
from maskline.store.sessions.callback_urls import sealed_url
from maskline.store.sessions.outbox import NOTHING_BESIDE, events_in, outbox
from tests.support import builders

URL = "https://customer.example.com/masking/status"
CALL_UUID = "11111111-2222-4333-8444-555555555501"
TOKEN = "EXAMPLEaccounttokenEXAMPLEaccounttokenEX"
TOKENS = (TOKEN,)
OUTCOME = LegOutcome(32, 60, "0.01650", "NORMAL_CLEARING", 4000)
RECORDING = replace(builders.recorded().recording, file_format="mp3")


def session_event(**changes: Any) -> SessionEvent:
    default = SessionEvent(
        events.ring(Role.SECOND),
        builders.NOW,
        builders.party(0),
        builders.party(1),
        builders.virtual(0),
        CALL_UUID,
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
    sent = message(**changes)
    envelope = {
        "at": sent.event.at,
        "by": Role.FIRST,
        "call": sent.event.call_uuid,
        "told": [sent.event.name.removeprefix("Session")],
        "from": number,
        "to": number,
        "number": sent.event.virtual_number,
    }
    return _queued([sent], [envelope])


def sealed(*sent: CallbackMessage) -> SealedMessage:
    """Events of one write in the queue of a deployment where their account has keys."""
    first = sent[0]
    told = [one.event for one in sent]
    envelopes = outbox(first.account_id, first.session_uuid, told, NOTHING_BESIDE)
    seal = seal_for(first.account_id, keys.session(first.session_uuid))
    urls = [sealed_url(one.callback_url, f"{one.event.channel}_url", seal) for one in sent]
    with_urls = [replace(one, callback_url=url) for one, url in zip(sent, urls, strict=True)]
    return _queued(with_urls, envelopes)


def _queued(sent: Sequence[CallbackMessage], envelopes: list[Any]) -> SealedMessage:
    places = [
        {"sequence": one.sequence, "url": one.callback_url, "method": one.callback_method}
        for one in sent
    ]
    records = events_in({"outbox": envelopes})
    return SealedMessage(
        sent[0].account_id,
        sent[0].subaccount_id,
        sent[0].session_uuid,
        [record | place for record, place in zip(records, places, strict=True)],
    )
