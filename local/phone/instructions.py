"""The instructions that a carrier gets for a call, whatever language says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


class InvalidDocumentError(Exception):
    """The answer is not a document that the carrier would follow."""


class NotSimulatedError(Exception):
    """The document is valid, but asks for something that the simulator does not do yet."""


@dataclass(frozen=True)
class Hook:
    """A URL that the carrier is to request, and how. "" where it gives none itself."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Play:
    url: str


@dataclass(frozen=True)
class Pause:
    seconds: int = 1


Audio = Say | Play | Pause


@dataclass(frozen=True)
class Collect:
    """Ask for digits. Silence goes on with the next instruction, unless it comes to the URL too.

    `takes` are the keys that count; `finish_on` are those that end the entry ("" none).
    """

    hook: Hook
    prompt: tuple[Audio, ...] = ()
    first_digit_seconds: int = 5
    most_digits: int = 99
    finish_on: str = "#"
    takes: str = "1234567890*#"
    silence_comes: bool = False

    def taken(self, pressed: str) -> str:
        """The keys that count, up to one that ends the entry or to the last that is awaited."""
        keys = pressed
        for finish in self.finish_on:
            keys = keys.partition(finish)[0]
        return "".join(key for key in keys if key in self.takes)[: self.most_digits]


@dataclass(frozen=True)
class Dial:
    """Ring a number. Without a `caller_id` it is shown the caller's own.

    `after` None: the next instruction follows. `wanted` are the events that `events` gets, in the
    carrier's own words. `answers_on_bridge`: the caller's leg counts as answered no sooner than the
    callee's. `ends_the_call`: what follows is for a callee who did not answer.
    """

    number: str
    caller_id: str | None
    ring_seconds: int
    limit_seconds: int
    after: Hook | None = None
    events: Hook | None = None
    wanted: frozenset[str] = frozenset()
    whisper: Hook | None = None
    answers_on_bridge: bool = False
    ends_the_call: bool = False


@dataclass(frozen=True)
class Record:
    """Record the leg that is dialled next, from its answer to its end."""

    hook: Hook | None
    file_format: str = "mp3"
    most_seconds: int | None = None


@dataclass(frozen=True)
class Redirect:
    hook: Hook


@dataclass(frozen=True)
class Reject:
    """Refuse the call, unless it was answered already: then it is hung up."""

    reason: Literal["busy", "rejected"]


@dataclass(frozen=True)
class HangUp:
    pass


Instruction = Say | Play | Pause | Collect | Dial | Record | Redirect | Reject | HangUp
Instructions = Sequence[Instruction]
