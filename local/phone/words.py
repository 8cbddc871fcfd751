"""Reads the words of `make call`, such as FROM=+1... TO=+1... ANSWER=busy; refuses all others."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args

from local.phone.legs import Party
from local.phone.simulator import Answer, Script

Word = TypeVar("Word", bound=str)

ANONYMOUS = "anonymous"
DEFAULT_PORT = "3000"
_ANSWERS: tuple[Answer, ...] = get_args(Answer)
_PARTIES: tuple[Party, ...] = get_args(Party)
_NAMES = ("FROM", "TO", "ANSWER", "TALK", "HANGUP", "DIGITS", "API", "PORT")
# As many digits as an international number may have, E.164.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_DIGITS = re.compile(r"[0-9*#]+(?:,[0-9*#]+)*")
_LONGEST_TALK = 86_400
_A_NUMBER = "a number with + and its country code, such as +12025550101"
TAKES = (
    f"make call takes FROM ({_A_NUMBER}, or {ANONYMOUS} for a caller who withholds it), TO (such a"
    f" number), ANSWER ({', '.join(_ANSWERS)}), TALK (seconds), HANGUP ({', '.join(_PARTIES)}),"
    " DIGITS (a PIN for each prompt, parted by commas), and PORT or API of the stack."
)


class WordError(Exception):
    """A word that `make call` does not take, or one that is missing."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} {TAKES}")


@dataclass(frozen=True)
class WantedCall:
    """A call to make: by whom, to which number, what the people do, and on which stack."""

    caller: str
    dialled: str
    script: Script
    api: str


def read_words(typed: Sequence[str], environment: Mapping[str, str]) -> WantedCall:
    """Read the words that were typed, NAME=value, with the environment's where none was.

    Raises WordError.
    """
    words = dict(word.partition("=")[::2] for word in typed)
    unknown = [name for name in words if name not in _NAMES]
    if unknown:
        raise WordError(f"There is no {' and no '.join(unknown)}.")
    known = {name: environment.get(name, "") for name in _NAMES} | words
    caller = known["FROM"]
    return WantedCall(
        caller=caller if caller == ANONYMOUS else _number("FROM", caller),
        dialled=_number("TO", known["TO"]),
        script=_script(known),
        api=_api(words, known),
    )


def _script(known: Mapping[str, str]) -> Script:
    usual = Script()
    digits = known["DIGITS"]
    if digits and not _DIGITS.fullmatch(digits):
        raise WordError("DIGITS must be digits, * and #, with a comma between two prompts.")
    return Script(
        answer=_one_of("ANSWER", known["ANSWER"], _ANSWERS, usual.answer),
        talk_seconds=_seconds(known["TALK"]) if known["TALK"] else usual.talk_seconds,
        hangup_by=_one_of("HANGUP", known["HANGUP"], _PARTIES, usual.hangup_by),
        digits=tuple(digits.split(",")) if digits else (),
    )


def _number(name: str, value: str) -> str:
    if not value:
        raise WordError(f"{name} is missing.")
    if not _NUMBER.fullmatch(value):
        raise WordError(f"{name} must be {_A_NUMBER}.")
    return value


def _seconds(value: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", value) or int(value) > _LONGEST_TALK:
        raise WordError(f"TALK must be whole seconds, {_LONGEST_TALK} at most.")
    return int(value)


def _one_of(name: str, value: str, allowed: Sequence[Word], usual: Word) -> Word:
    if not value:
        return usual
    for word in allowed:
        if word == value:
            return word
    raise WordError(f"{name} must be one of {', '.join(allowed)}.")


def _api(words: Mapping[str, str], known: Mapping[str, str]) -> str:
    """Prefer what was typed: API and PORT of the environment may be another stack's."""
    if not known["API"] or (words.get("PORT") and not words.get("API")):
        return local_api(known["PORT"])
    return known["API"].rstrip("/")


def local_api(port: str) -> str:
    """Return the address on which `make run` listens."""
    return f"http://127.0.0.1:{port or DEFAULT_PORT}"
