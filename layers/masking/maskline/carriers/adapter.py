"""The seam between our words and a carrier's: each carrier's package has such an adapter.

An adapter reads a webhook into a Message and writes a CallPlan as a Document. What a carrier does
differently from others, or leaves out, its adapter knows and nobody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport, RecordingReport
from maskline.domain.phone_numbers import E164, CallerId, read_caller, read_number


@dataclass(frozen=True, slots=True)
class Inbound:
    """A call that waits for an answer."""

    call_uuid: str
    caller: CallerId
    dialled: E164 | None

    @classmethod
    def of(cls, call_uuid: str, caller: str, dialled: str) -> "Inbound":
        """Read the numbers as a carrier writes them."""
        number = read_number(dialled)
        return cls(call_uuid, read_caller(caller, dialled=number), number)


@dataclass(frozen=True, slots=True)
class Digits:
    """The digits that a caller entered, "" for none."""

    entered: str

    @classmethod
    def of(cls, keys: str) -> "Digits":
        """Leave out the key that ended the entry."""
        return cls(keys.strip().removesuffix("#"))


@dataclass(frozen=True, slots=True)
class OfCall:
    """A report of a conversation, at a URL that does not name it. `call_uuid` is the caller's leg.

    It is about the callee's leg, or the recording: the caller's own leg names the conversation.
    """

    call_uuid: str
    report: CallReport | RecordingReport


# None: the carrier says nothing that changes a call.
Message = Inbound | Digits | CallReport | RecordingReport | OfCall | None


@dataclass(frozen=True, slots=True)
class Document:
    """A CallPlan in a carrier's language, as the answer to its webhook."""

    content_type: str
    body: str


# The fewest and the most seconds.
Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True)
class CallBounds:
    """The fewest and the most seconds that a carrier lets a phone ring, and two people talk."""

    ring: Bounds = (1, 86_400)
    talk: Bounds = (1, 86_400)


def within(bounds: Bounds, seconds: int) -> int:
    """Return the nearest number of seconds that a carrier takes."""
    fewest, most = bounds
    return min(max(seconds, fewest), most)


class Carrier(Protocol):
    """One carrier. `account` is ours at the carrier: its credentials and the API's address."""

    @property
    def name(self) -> str:
        """The word for the carrier in orders, in URLs and in the table."""
        ...

    @property
    def api_url(self) -> str:
        """The address of the carrier's API unless an account names another; "" where it must."""
        ...

    @property
    def account_name(self) -> str:
        """The carrier's own word for the id of an account there."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names, the carrier's own, of the secrets that an account must have."""
        ...

    @property
    def bounds(self) -> CallBounds:
        """The limits of a call that the carrier keeps; its adapter cuts others to these."""
        ...

    @property
    def tells_of_recordings(self) -> bool:
        """Say whether a conversation can be recorded; its adapter asks for none otherwise."""
        ...

    def is_genuine(self, request: CarrierRequest, account: CarrierAccount) -> bool:
        """Say whether the account's carrier made the request. Anything odd is a plain no."""
        ...

    def read(self, step: Step, request: CarrierRequest, account: CarrierAccount) -> Message:
        """Read a genuine webhook. Raises MalformedWebhookError.

        ANSWER is read to Inbound, or to a report where a carrier sends the end of a call there;
        DIGITS to Digits; the other steps to a report on a call, a recording, or None.
        """
        ...

    def render(self, plan: CallPlan, urls: CallUrls) -> Document:
        """Write the document that makes the carrier do it, and come back at `urls`."""
        ...

    def application_urls(self, urls: CallUrls) -> Mapping[str, str]:
        """Return the URLs to give the carrier for an account's numbers, by the carrier's names."""
        ...

    def is_alive(self, account: CarrierAccount, call_uuid: str) -> bool | None:
        """Ask whether a call is still on; None if that cannot be known. Somebody waits for it."""
        ...

    def end(self, account: CarrierAccount, call_uuid: str) -> None:
        """Ask the carrier to end a call, with both its legs. Raises nothing if it cannot."""
        ...

    def record(self, account: CarrierAccount, leg_uuid: str) -> CallReport | None:
        """Return the ENDED report that the carrier's own record of a leg comes to.

        Its side is of no meaning. None if the leg is not over, or its record cannot be had now. A
        price that is not in it yet is None.
        """
        ...

    def place(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
        """Ask the carrier to call somebody, never twice."""
        ...

    def call_url(self, account: CarrierAccount, call_uuid: str) -> str:
        """Return where the carrier keeps the record of a call."""
        ...
