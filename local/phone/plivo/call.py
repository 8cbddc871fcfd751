"""A call at the carrier: what is known of it, and the webhooks that tell about it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from local.phone.plivo.live_calls import announce
from local.phone.plivo.records import BUSY, END_OF_XML, MEDIA, REJECTED, CallRecord, Hangup, Leg
from local.phone.plivo.webhooks import Courier, Delivery, Kind, Webhook
from local.phone.plivo.xml import Element, InvalidDocumentError, read_document

State = Literal["new", "running", "entering", "dialling", "talking", "ended"]

MAX_DOCUMENTS = 20


class WrongStepError(Exception):
    """The call is not in a state in which this can happen."""


@dataclass(frozen=True)
class Carrier:
    """A carrier account and the application behind its numbers.

    `calls_url` is where the local stack's Call API learns which calls are alive, `recordings_url`
    where it learns what was recorded, to be fetched below `media`. `method` is how the application
    wants its webhooks. `records` False: a recording that is ordered fails.
    """

    auth_id: str
    courier: Courier
    answer_url: str
    hangup_url: str
    method: str = "POST"
    fallback_answer_url: str | None = None
    calls_url: str | None = None
    recordings_url: str | None = None
    media: str = MEDIA
    reports_unanswered_legs: bool = False
    records: bool = True


@dataclass
class CarrierCall:
    """A call and what became of it: `heard` by the caller, `whispered` to callees on answering.

    With `collects`, the webhooks after the answer go to `pending` instead of out: `deliver` sends
    any of them, as often and in whatever order a test likes.
    """

    carrier: Carrier
    caller: str
    dialled_number: str
    collects: bool = False
    call_uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: State = "new"
    heard: list[str] = field(default_factory=list)
    whispered: list[str] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    pending: list[Webhook] = field(default_factory=list)
    ended: Hangup | None = None
    problem: str | None = None

    def __post_init__(self) -> None:
        self.record = CallRecord(
            call_uuid=self.call_uuid,
            caller=self.caller,
            dialled=self.dialled_number,
            parent_auth_id=self.carrier.auth_id,
            started=datetime.now(UTC),
            media=self.carrier.media,
        )
        self._seconds = 0
        self._documents = 0
        self._answered_at: int | None = None

    @property
    def leg(self) -> Leg | None:
        """The leg dialled last."""
        return self.legs[-1] if self.legs else None

    @property
    def is_connected(self) -> bool:
        """True if caller and callee were ever put through."""
        return any(leg.answered_at is not None for leg in self.legs)

    @property
    def outcome(self) -> str:
        """talking, dialling, ..., or how it ended: connected, busy, rejected, no-answer, ..."""
        if self.state != "ended" or self.ended is None:
            return self.state
        if self.is_connected:
            return "connected"
        if self.legs:
            return self.legs[-1].status
        return {BUSY: "busy", REJECTED: "rejected"}.get(self.ended.cause, "ended")

    def deliver(self, webhook: Webhook, *, courier: Courier | None = None) -> Delivery:
        """Send a webhook, once more if it was sent before, and keep the answer."""
        delivery = (courier or self.carrier.courier).send(webhook)
        self.deliveries.append(delivery)
        return delivery

    def sent(self, kind: Kind) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.webhook.kind == kind]

    def _document(self, webhook: Webhook) -> Sequence[Element] | None:
        """The elements that a URL answers with; None if there is nothing to follow."""
        self._documents += 1
        if self._documents > MAX_DOCUMENTS:
            raise InvalidDocumentError("the documents go round in circles")
        delivery = self.deliver(webhook)
        if delivery.status != 200:
            self.problem = f"{webhook.kind} webhook answered {delivery.status}"
            return None
        return read_document(delivery.content_type, delivery.body)

    def _end_at_xml(self, *, source: str = "Plivo") -> None:
        self._end(Hangup(END_OF_XML, source, "completed", self._answered_at, self._seconds))

    def _end(self, hangup: Hangup) -> None:
        self.state = "ended"
        self.ended = hangup
        self._announce("DELETE")
        params = self.record.hangup(hangup)
        self._emit(Webhook("hangup", self.carrier.method, self.carrier.hangup_url, params))

    def _emit(self, webhook: Webhook) -> None:
        if self.collects:
            self.pending.append(webhook)
        else:
            self.deliver(webhook)

    def _pick_up(self) -> None:
        if self._answered_at is None:
            self._answered_at = self._seconds

    def _require(self, state: State) -> None:
        if self.state != state:
            raise WrongStepError(f"the call is {self.outcome}, not {state}")

    def _announce(self, method: Literal["PUT", "DELETE"]) -> None:
        if self.carrier.calls_url is not None:
            call = {"from": self.caller, "to": self.dialled_number}
            announce(method, self.carrier.calls_url, self.call_uuid, call)

    def _hand_over(self, recording: Mapping[str, str]) -> None:
        """The file is there before anybody is told of it."""
        if self.carrier.recordings_url is not None:
            announce("PUT", self.carrier.recordings_url, recording["RecordingID"], recording)
