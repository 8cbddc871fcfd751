"""The seam between the telephone network and a carrier: what differs from one to the other.

A dialect holds no state: what it tells of is on the call (`CarrierCall`), and what its API answers
with is in `CarrierApi`. Each is a folder beside this one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any, Literal, Protocol

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.instructions import Instruction
from local.phone.legs import Ending, Leg
from local.phone.webhooks import Delivery, Kind, Request, Rules, Webhook

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.carrier_call import CarrierCall

OnFailure = Literal["falls back", "goes on", "ends"]


class Moment(StrEnum):
    """A moment of a call of which a carrier may tell.

    The answer to a webhook of the first six is a document: such a moment has one webhook or none.
    """

    ARRIVED = auto()  # also of a call that was placed, once it is answered
    FALLEN_BACK = auto()
    REDIRECTED = auto()  # to call.redirect
    ENTERED = auto()  # call.entered, for call.asked; "" is silence
    WHISPER = auto()
    DIAL_OVER = auto()  # call.leg and call.dial are over

    CALL_INITIATED = auto()  # of the caller's leg; a placed one has call.order
    CALL_RINGING = auto()
    CALL_ANSWERED = auto()
    CALL_ENDED = auto()  # call.ended
    LEG_INITIATED = auto()  # of call.leg, for call.dial
    LEG_RINGING = auto()
    LEG_ANSWERED = auto()
    LEG_BRIDGED = auto()
    LEG_ENDED = auto()
    RECORDED = auto()  # call.recording, for call.record
    NOT_RECORDED = auto()


class AnswerFailedError(Exception):
    """The answer is no document at all, by its status, or nothing answered."""


class RefusedOrderError(Exception):
    """An order to place a call lacks something, or has it wrong. Its first argument names it."""


@dataclass(frozen=True)
class Arrival:
    """A call that has just come in, by its answer webhook. Numbers as they were sent."""

    call: str
    caller: str
    dialled: str


@dataclass(frozen=True)
class Order:
    """An order to place a call. Numbers are E.164; `wanted` as in a Dial.

    `status_url` is told of the end, and `progress_url` ("" none) of what comes before.
    """

    caller: str
    callee: str
    answer_url: str
    status_url: str
    progress_url: str = ""
    method: str = "POST"
    ring_seconds: int = 60
    limit_seconds: int = 14_400
    wanted: frozenset[str] = frozenset()


class Dialect(Protocol):
    """A carrier's language."""

    @property
    def name(self) -> str:
        """The carrier's name, as in our URLs."""

    @property
    def account_name(self) -> str:
        """The carrier's own word for the id of an account there."""

    @property
    def signing_name(self) -> str:
        """The name of the secret that its webhooks are signed with."""

    @property
    def wrong_secret(self) -> str:
        """A secret in the right form that is not the account's."""

    def new_id(self) -> str:
        """Draw the id of a leg, the caller's or another."""

    def recording_id(self, call: "CarrierCall", leg: Leg) -> str: ...

    # --- what it asks and tells ---

    def webhooks(self, moment: Moment, call: "CarrierCall") -> Sequence[Webhook]:
        """Return what the carrier sends at a moment of a call, in this order.

        Nothing for a moment that it does not tell of. At DIAL_OVER that goes on with the document.
        """

    def signature(self, request: Request, secrets: Sequence[str]) -> Mapping[str, str]:
        """The headers that make a request genuine, with each secret that is valid now."""

    def rules(self, webhook: Webhook) -> Rules: ...

    # --- what it is answered ---

    def read(self, kind: Kind, answer: Delivery) -> Sequence[Instruction] | None:
        """The instructions of an answer, None to go on with what the document said before.

        Raises InvalidDocumentError, NotSimulatedError, AnswerFailedError.
        """

    def on_failure(self, kind: Kind) -> OnFailure:
        """Tell what becomes of a call whose webhook of that kind failed.

        falls back: to the fallback URL if there is one, else the call ends.
        """

    def cause(self, ended: Ending) -> str:
        """The carrier's words for the end of a call."""

    def arrival(self, params: Mapping[str, Any]) -> Arrival | None:
        """Read what an answer webhook said; None if it tells of no new call."""

    # --- its API ---

    def order(self, params: Mapping[str, Any]) -> Order:
        """Read an order to place a call. Raises RefusedOrderError."""

    def answer(self, path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        """Answer a request to the carrier's REST API. `path` is below its base URL."""
