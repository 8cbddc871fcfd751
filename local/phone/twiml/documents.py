"""TwiML as instructions."""

from collections.abc import Iterable, Iterator, Sequence
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

_RING_SECONDS = 30
_LIMIT_SECONDS = 14_400
_PROMPT_SECONDS = 5
# A carrier tells of the end of a leg unless it is asked for more.
_USUAL_EVENTS = "completed"


def instructions(elements: Iterable[Element], *, extra_ring: int = 0) -> Sequence[Instruction]:
    """Return what a document says. A Dial rings `extra_ring` seconds longer than it does."""
    return tuple(_instructions(elements, extra_ring))


def _instructions(elements: Iterable[Element], extra_ring: int) -> Iterator[Instruction]:
    """Ask to answer on the bridge, and it is done where nothing was said or played before."""
    is_first = True
    for element in elements:
        match element.name:
            case "Dial":
                yield from _recording(element)
                yield _dial(element, extra_ring, is_first=is_first)
            case "Gather":
                yield _collect(element)
            case "Redirect":
                yield Redirect(Hook(element.text, element.attributes.get("method", "POST")))
            case "Reject":
                reason = element.attributes.get("reason", "rejected")
                yield Reject(cast(Literal["busy", "rejected"], reason))
            case "Hangup":
                yield HangUp()
            case _:
                yield _audio(element)
        is_first = False


def _audio(element: Element) -> Audio:
    match element.name:
        case "Say":
            return Say(element.text)
        case "Play":
            return Play(element.text)
    return Pause(element.number("length", default=1))


def _recording(dial: Element) -> Iterator[Record]:
    """The format is not ordered: it is chosen when the file is fetched, or not at all."""
    match dial.attributes.get("record", "do-not-record"):
        case "do-not-record":
            return
        case "record-from-answer":
            hook = dial.hook("recordingStatusCallback", "recordingStatusCallbackMethod")
            yield Record(hook, file_format="wav")
        case way:
            raise NotSimulatedError(f"<Dial record={way!r}>")


def _dial(element: Element, extra_ring: int, *, is_first: bool) -> Dial:
    if len(element.children) > 1:
        raise NotSimulatedError("<Dial> with several numbers")
    [number] = element.children
    events = number.attributes.get("statusCallbackEvent", _USUAL_EVENTS)
    return Dial(
        number=number.text,
        caller_id=element.attributes.get("callerId"),
        ring_seconds=element.number("timeout", default=_RING_SECONDS) + extra_ring,
        limit_seconds=element.number("timeLimit", default=_LIMIT_SECONDS),
        after=element.hook("action", "method"),
        events=number.hook("statusCallback", "statusCallbackMethod"),
        wanted=frozenset(events.split(" ")),
        whisper=number.hook("url", "method"),
        answers_on_bridge=is_first and element.flag("answerOnBridge", default=False),
    )


def _collect(element: Element) -> Collect:
    hook = element.hook("action", "method")
    if hook is None:
        raise NotSimulatedError("<Gather> that asks for the same document again")
    return Collect(
        hook=hook,
        prompt=tuple(map(_audio, element.children)),
        first_digit_seconds=element.number("timeout", default=_PROMPT_SECONDS),
        most_digits=element.number("numDigits", default=99),
        finish_on=element.attributes.get("finishOnKey", "#"),
    )
