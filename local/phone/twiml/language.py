"""TwiML's verbs, as much of them as Maskline uses, with the bounds of one carrier or another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from local.phone.xml.reading import (
    Language,
    Rule,
    Rules,
    between,
    is_flag,
    is_method,
    is_said,
    is_url,
    one_of,
    some_of,
)

MAX_BYTES = 64 * 1024
AUDIO = frozenset({"Say", "Play", "Pause"})
_RECORDS = ("do-not-record", "record-from-answer", "record-from-ringing")
_TOP_LEVEL = AUDIO | {"Dial", "Gather", "Hangup", "Redirect", "Reject"}


@dataclass(frozen=True)
class Bounds:
    """Bounds are seconds. `dial` are the Dial's attributes that no other carrier has.

    `takes_fragments` False: our URLs may not tell the carrier how to ask.
    """

    ring: tuple[int, int]
    talk: tuple[int, int]
    pause: tuple[int, int] = (1, 3600)
    dial: Rules = field(default_factory=dict)
    takes_fragments: bool = True


def language(bounds: Bounds) -> Language:
    """Return the rules for a carrier's documents."""
    url: Rule = is_url if bounds.takes_fragments else _is_plain_url
    attributes: Mapping[str, Rules] = {
        "Dial": {
            "action": url,
            "method": is_method,
            "timeout": between(*bounds.ring),
            "timeLimit": between(*bounds.talk),
            "callerId": _is_e164,
            "answerOnBridge": is_flag,
            "record": one_of(*_RECORDS, *(f"{way}-dual" for way in _RECORDS[1:])),
            "recordingStatusCallback": url,
            "recordingStatusCallbackMethod": is_method,
            "recordingStatusCallbackEvent": some_of("in-progress", "completed", "absent"),
            **bounds.dial,
        },
        "Number": {
            "url": url,
            "method": is_method,
            "statusCallback": url,
            "statusCallbackMethod": is_method,
            "statusCallbackEvent": some_of("initiated", "ringing", "answered", "completed"),
        },
        "Gather": {
            "input": one_of("dtmf"),
            "action": url,
            "method": is_method,
            "timeout": between(1, 120),
            "numDigits": between(1, 128),
            "finishOnKey": is_said,
        },
        "Say": {},
        "Play": {},
        "Pause": {"length": between(*bounds.pause)},
        "Redirect": {"method": is_method},
        "Reject": {"reason": one_of("busy", "rejected")},
        "Hangup": {},
    }
    texts = {"Say": _is_sentence, "Play": is_url, "Redirect": url, "Number": _is_e164}
    nested = {"Dial": frozenset({"Number"}), "Gather": AUDIO}
    return Language(MAX_BYTES, attributes, texts, nested, _TOP_LEVEL)


def _is_e164(value: str) -> bool:
    return re.fullmatch(r"\+[1-9][0-9]{6,14}", value) is not None


def _is_plain_url(value: str) -> bool:
    return is_url(value) and not urlsplit(value).fragment


def _is_sentence(value: str) -> bool:
    return 0 < len(value) <= 4096
