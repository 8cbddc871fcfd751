"""Events for the customer: session status and recording events, by their published names.

Source of names and attributes: the Number Masking API's callbacks (current set and that of
2024-25). "First" and "second" are the session's roles, whoever calls; `from_number` and
`to_number` tell the direction.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.money import US_DOLLAR
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session

_NOBODY = E164("")

VIRTUAL_NUMBER_ANSWER = "SessionVirtualNumberAnswer"
PARTIES_HANGUP = "SessionPartiesHangup"
TIMEOUT = "SessionTimeout"
RECORDING_INITIATED = "SessionRecordingInitiated"
RECORDING_COMPLETED = "SessionRecordingCompleted"
RECORDING_FAILED = "SessionRecordingFailed"
VIRTUAL_NUMBER_REPLACED = "SessionVirtualNumberReplaced"
PIN_AUTHENTICATION_STATUS = "SessionPinAuthenticationStatus"


def ring(role: Role) -> str:
    """Name of the event that a party's phone rings."""
    return f"Session{role.capitalize()}PartyRing"


def answer(role: Role) -> str:
    """Name of the event that a party answered."""
    return f"Session{role.capitalize()}PartyAnswer"


def hangup(role: Role) -> str:
    """Name of the event that a party's leg is over, answered or not."""
    return f"Session{role.capitalize()}PartyHangup"


def recording_end(recording: Recording) -> str:
    """Name of the event that a recording is finished, or that there is none."""
    is_there = recording.status is RecordingStatus.COMPLETED
    return RECORDING_COMPLETED if is_there else RECORDING_FAILED


class Channel(StrEnum):
    """The one of a session's two callback URLs that an event is for."""

    STATUS = "callback"
    RECORDING = "recording_callback"


@dataclass(frozen=True, slots=True)
class LegOutcome:
    """The end of a leg, or of both. Durations are seconds.

    `amount` is a decimal string, "" while it is not known.
    """

    duration_seconds: int
    billed_seconds: int
    amount: str
    hangup_cause: str
    hangup_code: int
    currency: str = US_DOLLAR


def amount_text(amount: Decimal | None) -> str:
    """Write an amount as an event tells it."""
    return "" if amount is None else format(amount, "f")


class PinStatus(StrEnum):
    """The result of a caller's PIN check, in the published words."""

    SUCCESS = "success"
    FAILED = "failed"
    AUTHORIZED = "AuthorizedCaller"


@dataclass(frozen=True, slots=True)
class PinCheck:
    """One check; `retries` counts those that this call was granted before it."""

    status: PinStatus
    retries: int = 0


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One event as it will be told. Its sequence number follows from its place in the session.

    `call_uuid` is the caller's leg of the call that it is about, "" for an event of no call.
    """

    name: str
    at: int
    from_number: E164
    to_number: E164
    virtual_number: E164
    call_uuid: str = ""
    outcome: LegOutcome | None = None
    recording: Recording | None = None
    pin_check: PinCheck | None = None

    @property
    def channel(self) -> Channel:
        """Recordings have a callback URL of their own."""
        return Channel.RECORDING if self.recording else Channel.STATUS

    @property
    def numbers(self) -> frozenset[E164]:
        """Those of people that it names."""
        return frozenset({self.from_number, self.to_number}) - {_NOBODY}

    def without(self, erased: Collection[E164]) -> "SessionEvent":
        """The event as it is told once those numbers are erased: without them, or what was said."""
        if not self.numbers & frozenset(erased):
            return self
        kept = {number: number for number in self.numbers if number not in erased}
        recording = self.recording
        return replace(
            self,
            from_number=kept.get(self.from_number, _NOBODY),
            to_number=kept.get(self.to_number, _NOBODY),
            recording=recording and replace(recording, media_url="", resource_url=""),
        )


def timeout(session: Session) -> SessionEvent:
    """The event that a session's time is over, at the instant when it was."""
    return SessionEvent(
        TIMEOUT,
        session.expires_at,
        session.first_party,
        session.second_party,
        session.first_virtual_number,
    )


def number_replaced(session: Session, role: Role, at: int) -> SessionEvent:
    """The event that a role dials another number from now on: `session` is already moved."""
    return SessionEvent(
        VIRTUAL_NUMBER_REPLACED,
        at,
        session.party(role),
        session.party(role.other),
        session.virtual_number(role),
    )
