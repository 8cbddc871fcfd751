"""A CallPlan in the carrier's language."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from maskline.carriers.sentences import SENTENCES
from maskline.carriers.urls import CallUrls, Step
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

# XML 1.0 has no way to write these, and one of them makes the whole document unreadable. They are
# listed since a pattern of all that is legal takes eight times as long to compile, at a cold start.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


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
            _add(response, "Redirect", plan.url)
        case Whisper():
            _add_whisper(response, plan.url)
        case CollectPin():
            _add_collect_pin(response, plan, retried(urls.to(Step.DIGITS)))
        case _:
            _add_ending(response, plan)
    return tostring(response, encoding="unicode")


def _add_ending(response: Element, plan: Play | Announce | Busy | HangUp) -> None:
    match plan:
        case Play():
            _add_play(response, plan.url)
            _add(response, "Hangup")
        case Announce():
            _add(response, "Speak", SENTENCES[plan.announcement])
            _add(response, "Hangup", reason="rejected")
        case Busy():
            _add(response, "Hangup", reason="busy")
        case HangUp():
            _add(response, "Hangup")


def _add_play(parent: Element, url: str) -> None:
    if url:
        _add(parent, "Play", url)


def _add_whisper(response: Element, url: str) -> None:
    """An empty document hangs up, so that saying nothing takes a second of silence."""
    if url:
        _add(response, "Play", url)
    else:
        _add(response, "Wait", length="1")


def _add_dial(response: Element, plan: Dial, urls: CallUrls) -> None:
    _add_play(response, plan.play_url)
    if plan.record_format:
        _add_record(response, plan, urls)
    whisper = {"confirmSound": retried(urls.to(Step.WHISPER))} if plan.has_whisper else {}
    dial = _add(
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
    _add(dial, "Number", plan.peer)


def _add_collect_pin(response: Element, plan: CollectPin, pin_url: str) -> None:
    """Digits that are not entered come to the same URL: silence is an attempt like any other."""
    if plan.pause_seconds:
        _add(response, "Wait", length=str(plan.pause_seconds))
    _add_play(response, plan.incorrect_url)
    digits = _add(
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
    _add_play(digits, plan.prompt_url)
    _add(response, "Redirect", pin_url, method="POST")


def _add_record(response: Element, plan: Dial, urls: CallUrls) -> None:
    """A Dial cannot record; a Record before it can, from the moment when the callee answers.

    Its default of a minute would cut every longer call.
    """
    _add(
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


def _add(parent: Element, name: str, text: str = "", /, **attributes: str) -> Element:
    legal = {key: _NOT_XML.sub("", value) for key, value in attributes.items()}
    element = SubElement(parent, name, legal)
    element.text = _NOT_XML.sub("", text) or None
    return element
