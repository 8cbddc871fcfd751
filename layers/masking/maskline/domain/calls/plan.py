"""The decision about a call: the seam between deciding and a carrier's language.

The domain returns one of these; a carrier module renders it.
"""

from dataclasses import dataclass
from enum import StrEnum

from maskline.domain.phone_numbers import E164


class Announcement(StrEnum):
    """The announcement that ends a call. The value names the situation, not the words."""

    NOT_IN_SERVICE = "not_in_service"
    NOT_CONNECTED = "not_connected"
    TRY_AGAIN_LATER = "try_again_later"
    PARTY_UNAVAILABLE = "party_unavailable"
    NOBODY_YET = "nobody_yet"
    PIN_NOT_ACCEPTED = "pin_not_accepted"
    TOO_MANY_CALLS = "too_many_calls"


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the caller to `peer`, who sees `caller_id`. Limits are seconds.

    The caller hears `play_url` first, the callee what the session whispers on answering; the
    conversation is recorded if `record_format` names a format.
    """

    peer: E164
    caller_id: E164
    ring_timeout_seconds: int
    time_limit_seconds: int
    play_url: str = ""
    has_whisper: bool = False
    record_format: str = ""

    def __post_init__(self) -> None:
        if not self.caller_id:
            # Most carriers show the caller's own number where a dial names none.
            raise ValueError("a dial shows a virtual number")


@dataclass(frozen=True, slots=True)
class Play:
    """Play an audio file and end the call."""

    url: str


@dataclass(frozen=True, slots=True)
class Whisper:
    """Play an audio file, "" for none, to a callee who is then connected."""

    url: str


@dataclass(frozen=True, slots=True)
class CollectPin:
    """Ask for a PIN and wait so long for the first digit; silence is an answer too.

    Before the prompt the caller waits `pause_seconds` and hears `incorrect_url`, "" for nothing.
    """

    prompt_url: str
    wait_seconds: int
    incorrect_url: str = ""
    pause_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Announce:
    """Say something and end the call."""

    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Busy:
    """Refuse as busy: the session has a conversation going on."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Let the number's own application answer: fetch its document from `url`.

    A carrier that does not tell it of the call by itself is given the numbers, as far as we know.
    """

    url: str
    caller: E164 | None = None
    dialled: E164 | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call without a word."""


CallPlan = Dial | Play | Whisper | CollectPin | Announce | Busy | HandOver | HangUp
