"""One event on its way to a customer: from the session's outbox through the queue to delivery.

On the way its numbers stay sealed as they are stored, and so does the login of its URL: what
carries them has no key.
"""

import base64
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from maskline.domain import stored
from maskline.domain.events import SessionEvent
from maskline.domain.phone_numbers import E164

# What taking apart a record or a body of another shape raises.
MALFORMED = stored.UNREADABLE
_SEALED = ("from", "to")

# (sealed record of an event, account, session) -> the event.
OpenEvent = Callable[[dict[str, Any], str, str], SessionEvent]
Decode = Callable[[Mapping[str, Any]], dict[str, Any]]
# (URL with a sealed login, its field, account, session) -> the URL.
OpenUrl = Callable[[str, str, str, str], str]


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whose event it is and where it goes; `sequence` is its place among the session's, from 1."""

    account_id: str
    subaccount_id: str
    session_uuid: str
    sequence: int
    callback_url: str
    callback_method: str

    @property
    def key(self) -> str:
        """Names the event for good, in every repetition of it."""
        return f"{self.session_uuid}-{self.sequence}"


@dataclass(frozen=True, slots=True)
class CallbackMessage(Addressed):
    """An event as it is delivered."""

    event: SessionEvent

    def without(self, erased: Collection[E164]) -> "CallbackMessage":
        """The message as it is told once those numbers are erased from its session."""
        return replace(self, event=self.event.without(erased))


@dataclass(frozen=True, slots=True)
class SealedMessage(Addressed):
    """An event on its way: its record, with the parties' numbers as sealed bytes in base64."""

    event: dict[str, Any]

    def to_body(self) -> str:
        """JSON for the queue."""
        return json.dumps(asdict(self))

    @classmethod
    def from_body(cls, body: str) -> "SealedMessage":
        """The inverse of `to_body`. A body of anything else raises one of MALFORMED."""
        return cls(**stored.known(cls, json.loads(body)))

    def opened(self, open_event: OpenEvent, open_url: OpenUrl) -> CallbackMessage:
        """The message to deliver. Raises one of MALFORMED, or what the two others raise."""
        address = {one.name: getattr(self, one.name) for one in fields(Addressed)}
        numbers = {name: base64.b64decode(self.event[name]) for name in _SEALED}
        event = open_event(self.event | numbers, self.account_id, self.session_uuid)
        field = f"{event.channel}_url"
        address["callback_url"] = open_url(
            self.callback_url, field, self.account_id, self.session_uuid
        )
        return CallbackMessage(**address, event=event)


def messages_of(change: Mapping[str, Any], decode: Decode) -> list[SealedMessage]:
    """The events that a change of a session tells, from its record in the table's stream.

    `decode` takes apart an image. A record that makes no sense raises one of MALFORMED.
    """
    images = change["dynamodb"]
    before = decode(images.get("OldImage", {}))
    return messages_in(decode(images.get("NewImage", {})), already_told=before.get("sequence", 0))


def messages_in(session: dict[str, Any], *, already_told: int) -> list[SealedMessage]:
    """The events in a session record's outbox that the session wants to hear of.

    An event whose channel has no URL keeps its sequence number: the others show a gap there.
    `already_told` is the sequence before the write: a write that leaves an old outbox in place
    tells nothing new. A record that makes no sense raises one of MALFORMED.
    """
    outbox = session.get("outbox", [])
    if not outbox:
        return []
    first = session["sequence"] - len(outbox) + 1
    messages = (
        _message(session, sequence, record)
        for sequence, record in enumerate(outbox, start=first)
        if sequence > already_told
    )
    return [message for message in messages if message.callback_url]


def _message(session: dict[str, Any], sequence: int, record: dict[str, Any]) -> SealedMessage:
    # A record of another shape is found out now; its numbers nobody can read here.
    event = SessionEvent.from_record(record)
    numbers = {name: base64.b64encode(record[name]).decode() for name in _SEALED}
    return SealedMessage(
        account_id=session["account_id"],
        subaccount_id=session["subaccount_id"],
        session_uuid=session["session_uuid"],
        sequence=sequence,
        callback_url=session[f"{event.channel}_url"],
        callback_method=session[f"{event.channel}_method"],
        event=event.to_record() | numbers,
    )
