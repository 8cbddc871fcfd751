"""Vonage's call control objects as instructions, by the models of its own SDK.

The SDK passes over what it does not know; here an action must come out of its model as it went in.
What only the documentation says is checked besides: what must be one of, and what follows what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from vonage_voice.errors import NccoActionError
from vonage_voice.models import ncco

from local.phone.grammar.objects import read_objects
from local.phone.instructions import (
    Audio,
    Collect,
    Dial,
    Hook,
    Instruction,
    InvalidDocumentError,
    NotSimulatedError,
    Pause,
    Play,
    Record,
    Redirect,
    Say,
)

Action = dict[str, Any]

_MODELS: Mapping[str, type[ncco.NccoAction]] = {
    "connect": ncco.Connect,
    "conversation": ncco.Conversation,
    "input": ncco.Input,
    "notify": ncco.Notify,
    "record": ncco.Record,
    "stream": ncco.Stream,
    "talk": ncco.Talk,
    "transfer": ncco.Transfer,
    "wait": ncco.Wait,
}
_RING_SECONDS, _LIMIT_SECONDS = 60, 7200
_DIGIT_SECONDS, _DIGITS = 3, 4
_WAIT_SECONDS = 10
_LISTS_OF_ONE = ("eventUrl", "streamUrl", "endpoint")


@dataclass(frozen=True)
class Notice(Hook):
    """A URL that is told what a document says, and may answer with another one."""

    payload: Mapping[str, Any] = field(default_factory=dict)


def read_ncco(content_type: str, body: bytes) -> Sequence[Action]:
    """Return the actions of a document, checked. Raises InvalidDocumentError."""
    if content_type.partition(";")[0].strip() != "application/json":
        raise InvalidDocumentError(f"{content_type or 'nothing'} is not application/json")
    actions = read_objects(body)
    if not actions:
        raise InvalidDocumentError("no actions")
    for place, action in enumerate(actions):
        _check(action)
        _check_barge_in(actions[place:])
    return actions


def _check(action: Action) -> None:
    name = str(action.get("action"))
    if name not in _MODELS:
        raise InvalidDocumentError(f"there is no action {name}")
    given = {{"from": "from_"}.get(key, key): value for key, value in action.items()}
    try:
        known = _MODELS[name](**given)
    except (ValidationError, NccoActionError) as error:
        raise InvalidDocumentError(f"{name}: {error}") from None
    if known.model_dump(mode="json", by_alias=True, exclude_unset=True) != action:
        raise InvalidDocumentError(f"{name}: the carrier would read something else")
    for option in _LISTS_OF_ONE:
        if option in action and len(action[option]) != 1:
            raise InvalidDocumentError(f"{name}: {option} takes exactly one")


def _check_barge_in(actions: Sequence[Action]) -> None:
    """A prompt that keys break off is followed by such, and by an input in the end."""
    first, *rest = actions
    if first.get("bargeIn"):
        following = [one["action"] for one in rest if one["action"] != first["action"]]
        if following[:1] != ["input"]:
            raise InvalidDocumentError("after bargeIn comes an input")


def instructions(actions: Sequence[Action]) -> Sequence[Instruction]:
    """Return what the actions say. Raises NotSimulatedError."""
    found: list[Instruction] = []
    prompt: list[Audio] = []
    for action in actions:
        if action.get("bargeIn"):
            prompt.append(_audio(action))
        elif action["action"] == "input":
            found.append(_collect(action, prompt))
            prompt = []
        else:
            found.append(_instruction(action))
    return found


def _instruction(action: Action) -> Instruction:
    match action["action"]:
        case "connect":
            return _dial(action)
        case "record":
            return _record(action)
        case "notify":
            [url], method = action["eventUrl"], action.get("eventMethod", "POST")
            return Redirect(Notice(url, method, action["payload"]))
        case "talk" | "stream" | "wait":
            return _audio(action)
    raise NotSimulatedError(action["action"])


def _audio(action: Action) -> Audio:
    match action["action"]:
        case "talk":
            return Say(action["text"])
        case "stream":
            return Play(action["streamUrl"][0])
    return Pause(round(action.get("timeout", _WAIT_SECONDS)))


def _dial(action: Action) -> Dial:
    """Without "synchronous" the document would go on while they talk: nobody wants that of us."""
    [endpoint] = action["endpoint"]
    if endpoint["type"] != "phone" or "from" not in action:
        raise NotSimulatedError("connect to anything but a phone, from a number")
    if action.get("eventType") != "synchronous":
        raise NotSimulatedError("connect that goes on with the document at once")
    on_answer = endpoint.get("onAnswer")
    return Dial(
        number=f"+{endpoint['number']}",
        caller_id=f"+{action['from']}",
        ring_seconds=action.get("timeout", _RING_SECONDS),
        limit_seconds=action.get("limit", _LIMIT_SECONDS),
        events=_hook(action),
        whisper=Hook(on_answer["url"]) if on_answer else None,
    )


def _record(action: Action) -> Record:
    if {"endOnSilence", "endOnKey", "timeOut", "split"} & action.keys():
        raise NotSimulatedError("record with an end of its own, or in channels")
    return Record(hook=_hook(action), file_format=action.get("format", "mp3"))


def _collect(action: Action, prompt: Sequence[Audio]) -> Collect:
    hook, dtmf = _hook(action), action.get("dtmf", {})
    if hook is None or action["type"] != ["dtmf"]:
        raise NotSimulatedError("input of speech, or that nobody is told of")
    return Collect(
        hook=hook,
        prompt=tuple(prompt),
        first_digit_seconds=dtmf.get("timeOut", _DIGIT_SECONDS),
        most_digits=dtmf.get("maxDigits", _DIGITS),
        finish_on="#" if dtmf.get("submitOnHash") else "",
        silence_comes=True,
    )


def _hook(action: Action) -> Hook | None:
    if "eventUrl" not in action:
        return None
    return Hook(action["eventUrl"][0], action.get("eventMethod", "POST"))
