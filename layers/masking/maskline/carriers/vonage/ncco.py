"""A CallPlan in the carrier's language: an array of actions, the call control object."""

import json
from typing import Any

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
from maskline.domain.phone_numbers import digits

Action = dict[str, Any]

# The longest conversation that the carrier connects. It ends a longer one after two hours.
MOST_TALK_SECONDS = 7200
# The longest that it waits for a digit: for the first one, and between two.
MOST_WAIT_SECONDS = 10
# Saying nothing takes an action too: of an empty document the carrier does not say what it does.
_NOTHING: Action = {"action": "wait", "timeout": 0.1}


def render(plan: CallPlan, urls: CallUrls) -> str:
    """Return the document that makes the carrier do it."""
    return json.dumps(_actions(plan, urls))


def _actions(plan: CallPlan, urls: CallUrls) -> list[Action]:
    match plan:
        case Dial():
            return _dial(plan, urls)
        case CollectPin():
            return _collect_pin(plan, urls)
        case HandOver():
            return _hand_over(plan, urls)
        case Announce(announcement):
            return [_talk(announcement)]
        case Busy():
            # The carrier has no way to refuse a call.
            return [_talk(Announcement.PARTY_UNAVAILABLE)]
        case Play(url) | Whisper(url):
            actions = _stream(url)
        case HangUp():
            actions = []
    return actions or [_NOTHING]


def _dial(plan: Dial, urls: CallUrls) -> list[Action]:
    """Connect, and ask at the end of it what then: only we know whether they have talked.

    Without "synchronous" the carrier goes on in the document as soon as the callee answers.
    """
    endpoint: Action = {"type": "phone", "number": digits(plan.peer)}
    if plan.has_whisper:
        endpoint["onAnswer"] = {"url": urls.to(Step.WHISPER)}
    connect: Action = {
        "action": "connect",
        "endpoint": [endpoint],
        "from": digits(plan.caller_id),
        "timeout": plan.ring_timeout_seconds,
        "limit": min(plan.time_limit_seconds, MOST_TALK_SECONDS),
        "eventType": "synchronous",
        **_events(urls.to(Step.DIAL)),
    }
    over: Action = {"action": "notify", "payload": {}, **_events(urls.to(Step.DIAL_END))}
    return [
        *_stream(plan.play_url),
        *_record(plan, urls),
        connect,
        over,
        _talk(Announcement.PARTY_UNAVAILABLE),
    ]


def _record(plan: Dial, urls: CallUrls) -> list[Action]:
    """It goes on until the call ends, and begins at once: the ringing is in it."""
    if not plan.record_format:
        return []
    events = _events(urls.to(Step.RECORDING))
    return [{"action": "record", "format": plan.record_format, **events}]


def _collect_pin(plan: CollectPin, urls: CallUrls) -> list[Action]:
    """Digits that are not entered come to the same URL: silence is an attempt like any other."""
    pause = [{"action": "wait", "timeout": plan.pause_seconds}] if plan.pause_seconds else []
    seconds = min(plan.wait_seconds, MOST_WAIT_SECONDS)
    ask: Action = {
        "action": "input",
        "type": ["dtmf"],
        "dtmf": {"timeOut": seconds, "maxDigits": 15, "submitOnHash": True},
        **_events(urls.to(Step.DIGITS)),
    }
    return [
        *pause,
        *_stream(plan.incorrect_url),
        *_stream(plan.prompt_url, bargeIn=True),
        ask,
        _talk(Announcement.TRY_AGAIN_LATER),
    ]


def _hand_over(plan: HandOver, urls: CallUrls) -> list[Action]:
    """Have the carrier fetch a document of the customer's, which replaces ours.

    No action leads to another URL. This one posts what we write, and takes a document for it: we
    write what an answer webhook says.
    """
    numbers = {"from": plan.caller, "to": plan.dialled}
    told = {name: digits(number) for name, number in numbers.items() if number}
    payload = {**told, "uuid": urls.call_uuid}
    notify: Action = {"action": "notify", "payload": payload, **_events(plan.url)}
    return [notify, _talk(Announcement.TRY_AGAIN_LATER)]


def _stream(url: str, **options: bool) -> list[Action]:
    return [{"action": "stream", "streamUrl": [url], **options}] if url else []


def _talk(announcement: Announcement) -> Action:
    return {"action": "talk", "text": SENTENCES[announcement]}


def _events(url: str) -> Action:
    return {"eventUrl": [url], "eventMethod": "POST"}
