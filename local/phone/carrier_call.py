"""A call at the carrier: what is known of it, and the webhooks that tell about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from local.phone.api.calls import KeptCall, announce
from local.phone.dialect import AnswerFailedError, Dialect, Moment, Order
from local.phone.instructions import (
    Collect,
    Dial,
    Hook,
    Instructions,
    InvalidDocumentError,
    Record,
)
from local.phone.legs import Ending, Leg, Recording
from local.phone.webhooks import Courier, Delivery, Kind, Webhook

State = Literal["new", "running", "entering", "dialling", "talking", "ended"]

MAX_DOCUMENTS = 20


class WrongStepError(Exception):
    """The call is not in a state in which this can happen."""


@dataclass(frozen=True)
class Carrier:
    """A carrier account and the application behind its numbers.

    `status_url` is told of the end of the caller's leg. `calls_url` is where the local stack's
    copy of the carrier's API learns of calls, `recordings_url` where it learns what was recorded.
    `media` is the base of that API's own URLs. `method` is how the application wants its webhooks.
    `reports_unanswered_legs`: legs that nobody answered are told of, where documents leave it open.
    `records` False: a recording that is ordered fails.
    """

    account_id: str
    courier: Courier
    answer_url: str
    status_url: str
    method: str = "POST"
    fallback_answer_url: str | None = None
    calls_url: str | None = None
    recordings_url: str | None = None
    media: str | None = None
    reports_unanswered_legs: bool = False
    records: bool = True

    @property
    def dialect(self) -> Dialect:
        return self.courier.dialect


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
    call_uuid: str = ""
    state: State = "new"
    heard: list[str] = field(default_factory=list)
    whispered: list[str] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    pending: list[Webhook] = field(default_factory=list)
    ended: Ending | None = None
    problem: str | None = None
    order: Order | None = None

    def __post_init__(self) -> None:
        self.call_uuid = self.call_uuid or self.carrier.dialect.new_id()
        self.started = datetime.now(UTC)
        self.seconds = 0
        self.answered_at: int | None = None
        # What a webhook is about, for the dialect.
        self.dial: Dial | None = None
        self.asked: Collect | None = None
        self.entered = ""
        self.redirect: Hook | None = None
        self.record: Record | None = None
        self.recording: Recording | None = None
        self._documents = 0

    @property
    def is_placed(self) -> bool:
        """True if the carrier was asked for the call, False if it came in."""
        return False

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
        return self.ended.reason if self.ended.reason in ("busy", "rejected") else "ended"

    def deliver(self, webhook: Webhook, *, courier: Courier | None = None) -> Delivery:
        """Send a webhook, once more if it was sent before, and keep the answer."""
        delivery = (courier or self.carrier.courier).send(webhook)
        self.deliveries.append(delivery)
        return delivery

    def sent(self, kind: Kind) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.webhook.kind == kind]

    def webhooks(self, moment: Moment) -> Sequence[Webhook]:
        """Return what the carrier would send now of that moment."""
        return self.carrier.dialect.webhooks(moment, self)

    def _ask(self, moment: Moment, rest: Instructions = ()) -> Instructions | None:
        """Return what the answer to a webhook says is to be done; None if that failed.

        `rest` if nobody is asked, or the answer says nothing.
        """
        webhooks = self.webhooks(moment)
        if not webhooks:
            return rest
        [webhook] = webhooks
        self._documents += 1
        if self._documents > MAX_DOCUMENTS:
            raise InvalidDocumentError("the documents go round in circles")
        delivery = self.deliver(webhook)
        dialect = self.carrier.dialect
        try:
            instructions = dialect.read(webhook.kind, delivery)
        except AnswerFailedError:
            self.problem = f"{webhook.kind} webhook answered {delivery.status}"
            return self._after_failure(moment, webhook.kind, rest)
        return rest if instructions is None else instructions

    def _after_failure(self, moment: Moment, kind: Kind, rest: Instructions) -> Instructions | None:
        reaction = self.carrier.dialect.on_failure(kind)
        if reaction == "goes on":
            return rest
        has_fallback = self.carrier.fallback_answer_url and moment != Moment.FALLEN_BACK
        if reaction == "falls back" and has_fallback:
            return self._ask(Moment.FALLEN_BACK)
        return None

    def _tell(self, moment: Moment) -> None:
        for webhook in self.webhooks(moment):
            if self.collects:
                self.pending.append(webhook)
            else:
                self.deliver(webhook)

    def _end(self, reason: Ending) -> None:
        self.state = "ended"
        self.ended = reason
        self._announce()
        self._tell(Moment.CALL_ENDED)

    def _pick_up(self) -> None:
        if self.answered_at is None:
            self.answered_at = self.seconds
            self._tell(Moment.CALL_ANSWERED)

    def _require(self, state: State) -> None:
        if self.state != state:
            raise WrongStepError(f"the call is {self.outcome}, not {state}")

    def _announce(self) -> None:
        """Tell the carrier's API what has become of the call."""
        if self.carrier.calls_url is None:
            return
        is_over = self.ended is not None
        status = self.ended.status if self.ended else "in-progress"
        kept = KeptCall(
            uuid=self.call_uuid,
            caller=self.caller,
            callee=self.dialled_number,
            is_placed=self.is_placed,
            status=status,
            reason=self.ended.reason if self.ended else "",
            started_ms=self.instant_ms(0),
            answered_ms=self.instant_ms(self.answered_at),
            ended_ms=self.instant_ms(self.seconds if is_over else None),
        )
        announce(self.carrier.calls_url, self.call_uuid, kept.content())

    def _announce_leg(self, leg: Leg) -> None:
        if self.carrier.calls_url is None:
            return
        kept = KeptCall(
            uuid=leg.uuid,
            caller=leg.caller_id,
            callee=leg.to,
            is_placed=True,
            parent=self.call_uuid,
            status=leg.final_status,
            reason=leg.reason if leg.ended_at is not None else "",
            started_ms=self.instant_ms(leg.dialled_at),
            answered_ms=self.instant_ms(leg.answered_at),
            ended_ms=self.instant_ms(leg.ended_at),
        )
        announce(self.carrier.calls_url, leg.uuid, kept.content())

    def _hand_over(self, recording: Recording) -> None:
        """The file is there before anybody is told of it."""
        if self.carrier.recordings_url is not None:
            content = {
                "call": self.call_uuid,
                "leg": recording.leg.uuid,
                "format": recording.file_format,
                "started_ms": self.instant_ms(recording.started_at),
                "seconds": recording.seconds,
            }
            announce(self.carrier.recordings_url, recording.uuid, content)

    def instant_ms(self, seconds: int | None) -> int | None:
        """The instant that many seconds after the call came in; None stays None."""
        return None if seconds is None else int(self.started.timestamp() * 1000) + seconds * 1000
