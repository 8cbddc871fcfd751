"""Plivo's XML as instructions."""

from collections.abc import Iterable, Sequence
from typing import Literal, cast

from local.phone.instructions import (
    Audio,
    Collect,
    Dial,
    HangUp,
    Hook,
    Instruction,
    NotSimulatedError,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
)
from local.phone.xml.reading import Element

_RING_SECONDS = 120
_LIMIT_SECONDS = 14_400
_WAIT_SECONDS = 2
_RECORDED_SECONDS = 60


def instructions(elements: Iterable[Element]) -> Sequence[Instruction]:
    """Return what the elements of a document say. Raises NotSimulatedError."""
    return tuple(_instruction(element) for element in elements)


def _instruction(element: Element) -> Instruction:
    match element.name:
        case "Dial":
            return _dial(element)
        case "GetDigits":
            return _collect(element)
        case "Record":
            return _record(element)
        case "Redirect":
            return Redirect(Hook(element.text, element.attributes.get("method", "POST")))
        case "Hangup":
            reason = element.attributes.get("reason")
            return Reject(cast(Literal["busy", "rejected"], reason)) if reason else HangUp()
    return _audio(element)


def _audio(element: Element) -> Audio:
    match element.name:
        case "Speak":
            return Say(element.text)
        case "Play":
            return Play(element.text)
    return Pause(element.number("length", default=_WAIT_SECONDS))


def _dial(element: Element) -> Dial:
    if len(element.children) > 1:
        raise NotSimulatedError("<Dial> with several numbers")
    number = element.children[0].text
    return Dial(
        number=f"+{number.removeprefix('+')}",
        caller_id=element.attributes.get("callerId"),
        ring_seconds=element.number("timeout", default=_RING_SECONDS),
        limit_seconds=element.number("timeLimit", default=_LIMIT_SECONDS),
        after=element.hook("action", "method"),
        events=element.hook("callbackUrl", "callbackMethod"),
        whisper=element.hook("confirmSound"),
    )


def _collect(element: Element) -> Collect:
    hook = element.hook("action", "method")
    if hook is None or not element.flag("redirect", default=True):
        raise NotSimulatedError("<GetDigits> whose digits decide nothing")
    return Collect(
        hook=hook,
        prompt=tuple(map(_audio, element.children)),
        first_digit_seconds=element.number("timeout", default=5),
        most_digits=element.number("numDigits", default=99),
        finish_on=element.attributes.get("finishOnKey", "#"),
        takes=element.attributes.get("validDigits", "1234567890*#"),
    )


def _record(element: Element) -> Record:
    if not element.flag("startOnDialAnswer", default=False):
        raise NotSimulatedError("<Record> of the caller alone")
    return Record(
        hook=element.hook("callbackUrl", "callbackMethod"),
        file_format=element.attributes.get("fileFormat", "mp3"),
        most_seconds=element.number("maxLength", default=_RECORDED_SECONDS),
    )
