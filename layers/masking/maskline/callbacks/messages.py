"""Events on their way to a customer: from the session's outbox through the queue to delivery.

On the way their numbers stay sealed as they are stored, and so does the login of their URL: what
carries them has no key.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from maskline.domain import stored
from maskline.domain.calls.events import Channel, SessionEvent
from maskline.domain.phone_numbers import E164

# What taking apart a record or a body of another shape raises.
MALFORMED = stored.UNREADABLE

Record = dict[str, Any]
# (sealed record of an event, account, session) -> the event.
OpenEvent = Callable[[Record, str, str], SessionEvent]
# An image in the table's stream -> the session.
Decode = Callable[[Mapping[str, Any]], Record]
# A session -> the sealed records of the events in its outbox.
EventsIn = Callable[[Record], Iterable[Record]]
# (URL with a sealed login, its field, account, session) -> the URL.
OpenUrl = Callable[[str, str, str, str], str]


@dataclass(frozen=True, slots=True)
class CallbackMessage:
    """An event as it is delivered; `sequence` is its place among the session's, from 1."""

    account_id: str
    subaccount_id: str
    session_uuid: str
    sequence: int
    callback_url: str
    callback_method: str
    event: SessionEvent

    @property
    def key(self) -> str:
        """Names the event for good, in every repetition of it."""
        return f"{self.session_uuid}-{self.sequence}"

    def without(self, erased: Collection[E164]) -> "CallbackMessage":
        """The message as it is told once those numbers are erased from its session."""
        return replace(self, event=self.event.without(erased))


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """The events of one write on their way: each a record with its place, URL and method."""

    account_id: str
    subaccount_id: str
    session_uuid: str
    events: list[Record]

    @property
    def key(self) -> str:
        """Names the message for good, in every repetition of it."""
        return f"{self.session_uuid}-{self.events[0]['sequence']}"

    def to_body(self) -> str:
        """JSON for the queue."""
        return json.dumps(asdict(self))

    @classmethod
    def from_body(cls, body: str) -> "SealedMessage":
        """The inverse of `to_body`. A body of anything else raises one of MALFORMED."""
        return cls(**stored.known(cls, json.loads(body)))

    def opened(self, open_event: OpenEvent, open_url: OpenUrl) -> CallbackMessage:
        """The one event to deliver. Raises one of MALFORMED, or what the two others raise."""
        [record] = self.events
        field = f"{_channel(record)}_url"
        return CallbackMessage(
            account_id=self.account_id,
            subaccount_id=self.subaccount_id,
            session_uuid=self.session_uuid,
            sequence=record["sequence"],
            callback_url=open_url(record["url"], field, self.account_id, self.session_uuid),
            callback_method=record["method"],
            event=open_event(record, self.account_id, self.session_uuid),
        )


def parts_of(body: str) -> list[str]:
    """A message of several events as several of one. What makes no sense stays as it is."""
    try:
        message = SealedMessage.from_body(body)
        return [replace(message, events=[event]).to_body() for event in message.events]
    except MALFORMED:
        return [body]


def message_of(
    change: Mapping[str, Any], decode: Decode, events_in: EventsIn
) -> SealedMessage | None:
    """The events that a change of a session tells, from its record in the table's stream.

    `decode` takes apart an image. A record that makes no sense raises one of MALFORMED.
    """
    images = change["dynamodb"]
    before, after = decode(images.get("OldImage", {})), decode(images.get("NewImage", {}))
    return message_in(after, events_in(after), already_told=before.get("sequence", 0))


def message_in(
    session: Record, events: Iterable[Record], *, already_told: int
) -> SealedMessage | None:
    """The events in a session's outbox that the session wants to hear of; None for none.

    An event whose channel has no URL keeps its sequence number: the others show a gap there.
    `already_told` is the sequence before the write: a write that leaves an old outbox in place
    tells nothing new. A record that makes no sense raises one of MALFORMED.
    """
    told = list(events)
    if not told:
        return None
    first = session["sequence"] - len(told) + 1
    wanted = [
        _addressed(session, sequence, record)
        for sequence, record in enumerate(told, start=first)
        if sequence > already_told and session[f"{_channel(record)}_url"]
    ]
    if not wanted:
        return None
    return SealedMessage(
        session["account_id"], session["subaccount_id"], session["session_uuid"], wanted
    )


def _addressed(session: Record, sequence: int, record: Record) -> Record:
    channel = _channel(record)
    place = {"url": session[f"{channel}_url"], "method": session[f"{channel}_method"]}
    return record | place | {"sequence": sequence}


def _channel(record: Record) -> Channel:
    return Channel.RECORDING if "recording" in record else Channel.STATUS
