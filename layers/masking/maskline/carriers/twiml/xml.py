"""A CallPlan in TwiML."""

from xml.etree.ElementTree import Element

from maskline.carriers.adapter import within
from maskline.carriers.sentences import SENTENCES
from maskline.carriers.twiml.profile import Profile
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

# The name, in the URL of a recording's webhook, of the format that was ordered.
FORMAT = "format"


def render(plan: CallPlan, urls: CallUrls, profile: Profile) -> str:
    """Return the document that makes the carrier do it."""
    response = Element("Response")
    match plan:
        case Dial():
            _add_dial(response, plan, urls, profile)
        case HandOver():
            add(response, "Redirect", plan.url, method="POST")
        case Whisper():
            # The callee is connected at the end of the document, so an empty one says nothing.
            add_play(response, plan.url)
        case CollectPin():
            _add_collect_pin(response, plan, urls.to(Step.DIGITS) + profile.retries)
        case _:
            _add_ending(response, plan)
    return written(response)


def _add_ending(response: Element, plan: Play | Announce | Busy | HangUp) -> None:
    match plan:
        case Play():
            add_play(response, plan.url)
        case Announce():
            add(response, "Say", SENTENCES[plan.announcement])
        case Busy():
            # Nobody has answered, unless it was for a PIN: then this hangs up.
            add(response, "Reject", reason="busy")
            return
        case HangUp():
            pass
    add(response, "Hangup")


def _add_dial(response: Element, plan: Dial, urls: CallUrls, profile: Profile) -> None:
    """The caller hears the callee's phone ring where nothing was played to them before."""
    add_play(response, plan.play_url)
    on_bridge = {} if plan.play_url else {"answerOnBridge": "true"}
    recording = _recording(plan.record_format, urls, profile) if plan.record_format else {}
    dial = add(
        response,
        "Dial",
        callerId=plan.caller_id,
        action=urls.to(Step.DIAL_END) + profile.retries,
        method="POST",
        timeout=str(profile.dial_seconds(plan.ring_timeout_seconds)),
        timeLimit=str(within(profile.talk_seconds, plan.time_limit_seconds)),
        **on_bridge,
        **recording,
    )
    whisper_url = urls.to(Step.WHISPER) + profile.retries
    add(
        dial,
        "Number",
        plan.peer,
        statusCallback=urls.to(Step.DIAL) + profile.retries,
        statusCallbackMethod="POST",
        statusCallbackEvent="answered completed",
        **({"url": whisper_url, "method": "POST"} if plan.has_whisper else {}),
    )


def _recording(file_format: str, urls: CallUrls, profile: Profile) -> dict[str, str]:
    """No attribute names a format: our own URL keeps it where the file's URL chooses it."""
    ordered = f"?{FORMAT}={file_format}" if profile.has_formats else ""
    return {
        "record": "record-from-answer",
        "recordingStatusCallback": urls.to(Step.RECORDING) + ordered + profile.retries,
        "recordingStatusCallbackMethod": "POST",
        "recordingStatusCallbackEvent": "completed absent",
        **profile.recording,
    }


def _add_collect_pin(response: Element, plan: CollectPin, pin_url: str) -> None:
    """The Redirect after the Gather is for silence, which is an attempt like any other."""
    if plan.pause_seconds:
        add(response, "Pause", length=str(plan.pause_seconds))
    add_play(response, plan.incorrect_url)
    gather = add(
        response,
        "Gather",
        input="dtmf",
        action=pin_url,
        method="POST",
        timeout=str(plan.wait_seconds),
        numDigits="15",
        finishOnKey="#",
    )
    add_play(gather, plan.prompt_url)
    add(response, "Redirect", pin_url, method="POST")
