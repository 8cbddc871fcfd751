"""A CallPlan in the carrier's language."""

from xml.etree.ElementTree import Element

from maskline.carriers.sentences import SENTENCES
from maskline.carriers.urls import CallUrls, Step
from maskline.carriers.xml import add, add_play, written
from maskline.domain.calls.plan import (
    Announce,
    Busy,
    CallPlan,
    CollectPin,
    Dial,
    HandOver,
    HangUp,
    Play,
    Whisper,
)

# How the carrier repeats a webhook that we could not answer; by default it does so after a timeout,
# and not after a 5xx. It keeps the fragment to itself and leaves it out of what it signs.
_RETRIES = "#rc=3&rp=5xx,ct,rt"

# Between two digits of a PIN, and after the last one of those who do not press the hash key.
_DIGIT_SECONDS = 3


def retried(url: str) -> str:
    """Return one of our URLs as the carrier is given it."""
    return url + _RETRIES


def render(plan: CallPlan, urls: CallUrls) -> str:
    """Return the document that makes the carrier do it."""
    response = Element("Response")
    match plan:
        case Dial():
            _add_dial(response, plan, urls)
        case HandOver():
            add(response, "Redirect", plan.url)
        case Whisper():
            _add_whisper(response, plan.url)
        case CollectPin():
            _add_collect_pin(response, plan, retried(urls.to(Step.DIGITS)))
        case _:
            _add_ending(response, plan)
    return written(response)


def _add_ending(response: Element, plan: Play | Announce | Busy | HangUp) -> None:
    match plan:
        case Play():
            add_play(response, plan.url)
            add(response, "Hangup")
        case Announce():
            add(response, "Speak", SENTENCES[plan.announcement])
            add(response, "Hangup", reason="rejected")
        case Busy():
            add(response, "Hangup", reason="busy")
        case HangUp():
            add(response, "Hangup")


def _add_whisper(response: Element, url: str) -> None:
    """An empty document hangs up, so that saying nothing takes a second of silence."""
    if url:
        add(response, "Play", url)
    else:
        add(response, "Wait", length="1")


def _add_dial(response: Element, plan: Dial, urls: CallUrls) -> None:
    add_play(response, plan.play_url)
    if plan.record_format:
        _add_record(response, plan, urls)
    whisper = {"confirmSound": retried(urls.to(Step.WHISPER))} if plan.has_whisper else {}
    dial = add(
        response,
        "Dial",
        action=retried(urls.to(Step.DIAL_END)),
        method="POST",
        callbackUrl=retried(urls.to(Step.DIAL)),
        callbackMethod="POST",
        **whisper,
        callerId=plan.caller_id,
        timeout=str(plan.ring_timeout_seconds),
        timeLimit=str(plan.time_limit_seconds),
    )
    add(dial, "Number", plan.peer)


def _add_collect_pin(response: Element, plan: CollectPin, pin_url: str) -> None:
    """Digits that are not entered come to the same URL: silence is an attempt like any other."""
    if plan.pause_seconds:
        add(response, "Wait", length=str(plan.pause_seconds))
    add_play(response, plan.incorrect_url)
    digits = add(
        response,
        "GetDigits",
        action=pin_url,
        method="POST",
        timeout=str(plan.wait_seconds),
        digitTimeout=str(_DIGIT_SECONDS),
        numDigits="15",
        finishOnKey="#",
        retries="1",
        validDigits="0123456789",
        log="false",
        redirect="true",
    )
    add_play(digits, plan.prompt_url)
    add(response, "Redirect", pin_url, method="POST")


def _add_record(response: Element, plan: Dial, urls: CallUrls) -> None:
    """A Dial cannot record; a Record before it can, from the moment when the callee answers.

    Its default of a minute would cut every longer call.
    """
    add(
        response,
        "Record",
        startOnDialAnswer="true",
        redirect="false",
        playBeep="false",
        fileFormat=plan.record_format,
        maxLength=str(plan.time_limit_seconds),
        callbackUrl=retried(urls.to(Step.RECORDING)),
        callbackMethod="POST",
    )
