"""One event on its way to a customer: from the session's outbox to the body of a queue message."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from maskline.domain.events import SessionEvent
from maskline.domain.phone_numbers import E164

# What taking apart a record or a body of another shape raises.
MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class CallbackMessage:
    """An event and where it goes; `sequence` is its place among the session's events, from 1."""

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

    def to_body(self) -> str:
        """JSON for the queue."""
        return json.dumps(asdict(self) | {"event": self.event.to_record()})

    @classmethod
    def from_body(cls, body: str) -> "CallbackMessage":
        """The inverse of `to_body`. A body of anything else raises one of MALFORMED."""
        values = json.loads(body)
        return cls(**values | {"event": SessionEvent.from_record(values["event"])})


def messages_in(session: dict[str, Any], *, already_told: int) -> list[CallbackMessage]:
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
        _message(session, sequence, SessionEvent.from_record(record))
        for sequence, record in enumerate(outbox, start=first)
        if sequence > already_told
    )
    return [message for message in messages if message.callback_url]


def _message(session: dict[str, Any], sequence: int, event: SessionEvent) -> CallbackMessage:
    return CallbackMessage(
        account_id=session["account_id"],
        subaccount_id=session["subaccount_id"],
        session_uuid=session["session_uuid"],
        sequence=sequence,
        callback_url=session[f"{event.channel}_url"],
        callback_method=session[f"{event.channel}_method"],
        event=event,
    )
