"""A CallPlan in jambonz's verbs, a JSON array. Source: the schemas of jambonz-python-sdk."""

import json

from maskline.carriers.sentences import SENTENCES
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.calls.plan import (
    Announce,
    Announcement,
    Busy,
    CallPlan,
    CollectPin,
    Dial,
    HandOver,
    HangUp,
    Play,
    Whisper,
)

# How often a webhook is repeated that we could not answer; without it never. jambonz keeps the
# fragment to itself.
_RETRIES = "#rc=3&rp=5xx,ct,rt"

# Between two digits of a PIN, and after the last one of those who do not press the hash key.
_DIGIT_SECONDS = 3
_MOST_DIGITS = 15

# Comes back with every word of the callee's leg, in `customerData`.
RECORDING_ORDERED = {"recording": "ordered"}

Verb = dict[str, object]

_HANG_UP: Verb = {"verb": "hangup"}


def retried(url: str) -> str:
    """Return one of our URLs as jambonz is given it."""
    return url + _RETRIES


def render(plan: CallPlan, urls: CallUrls) -> str:
    """Return the document that makes jambonz do it."""
    return json.dumps(_verbs(plan, urls))


def _verbs(plan: CallPlan, urls: CallUrls) -> list[Verb]:
    match plan:
        case Dial():
            return [*_played(plan.play_url), _dial(plan, urls)]
        case CollectPin():
            return _collect_pin(plan, urls)
        case HandOver():
            return [{"verb": "redirect", "actionHook": plan.url}]
        case Whisper():
            # None at all connects the callee at once.
            return _played(plan.url)
        case _:
            return _ending(plan)


def _ending(plan: Play | Announce | Busy | HangUp) -> list[Verb]:
    match plan:
        case Play():
            return [*_played(plan.url), _HANG_UP]
        case Announce():
            return _said(plan.announcement)
        case Busy():
            return [_declined(486, "Busy Here")]
        case HangUp():
            # The first does nothing to a call that was not answered, the other to one that was.
            return [_HANG_UP, _declined(603, "Decline")]


def _dial(plan: Dial, urls: CallUrls) -> Verb:
    """The caller's P-Asserted-Identity would go to the callee unless it is kept back.

    Releases before 0.9.5 know no forwardPAI: in all of them headers of ours go before the caller's.
    Source: jambonz-feature-server, issue 1277.

    A recording that is ordered is only marked as such: see `webhooks`.
    """
    order: Verb = {"tag": RECORDING_ORDERED} if plan.record_format else {}
    whisper: Verb = {"confirmHook": retried(urls.to(Step.WHISPER))} if plan.has_whisper else {}
    return {
        "verb": "dial",
        "target": [{"type": "phone", "number": plan.peer}],
        "callerId": plan.caller_id,
        "forwardPAI": False,
        "headers": {"P-Asserted-Identity": f"<tel:{plan.caller_id}>", "Privacy": "none"},
        "answerOnBridge": True,
        "timeout": plan.ring_timeout_seconds,
        "timeLimit": plan.time_limit_seconds,
        "actionHook": retried(urls.to(Step.DIAL_END)),
        **whisper,
        **order,
    }


def _collect_pin(plan: CollectPin, urls: CallUrls) -> list[Verb]:
    """Silence comes to the same URL. What follows is heard if that cannot be reached."""
    prompt: Verb = {"play": {"url": plan.prompt_url}} if plan.prompt_url else {}
    pause: list[Verb] = [{"verb": "pause", "length": plan.pause_seconds}]
    gather: Verb = {
        "verb": "gather",
        "input": ["digits"],
        "actionHook": retried(urls.to(Step.DIGITS)),
        "finishOnKey": "#",
        # Without a least number jambonz waits for no next digit.
        "minDigits": 1,
        "maxDigits": _MOST_DIGITS,
        "interDigitTimeout": _DIGIT_SECONDS,
        "timeout": plan.wait_seconds,
        **prompt,
    }
    return [
        *(pause if plan.pause_seconds else []),
        *_played(plan.incorrect_url),
        gather,
        *_said(Announcement.TRY_AGAIN_LATER),
    ]


def _played(url: str) -> list[Verb]:
    return [{"verb": "play", "url": url}] if url else []


def _said(announcement: Announcement) -> list[Verb]:
    return [{"verb": "say", "text": SENTENCES[announcement]}, _HANG_UP]


def _declined(status: int, reason: str) -> Verb:
    return {"verb": "sip:decline", "status": status, "reason": reason}
