"""jambonz's verbs, read by its own schemas and then more strictly, as instructions.

A name that is in no schema is an error here, which the schemas let pass, and so is a value that
jambonz would follow otherwise than it looks.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jambonz_sdk.validator import JambonzValidator

from local.phone.grammar.objects import read_objects
from local.phone.instructions import (
    Audio,
    Collect,
    Dial,
    HangUp,
    Hook,
    Instruction,
    InvalidDocumentError,
    NotSimulatedError,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
)

Verb = Mapping[str, Any]
_AUDIO = {"say", "play", "pause"}
_RING_SECONDS = 60
_GATHER_SECONDS = 15
# A conversation without a limit of its own.
_NO_LIMIT = 86_400
_BUSY = {486, 600}


def read_verbs(content_type: str, body: bytes) -> list[Verb] | None:
    """The verbs of an answer, None for anything but JSON, which jambonz passes over.

    Raises InvalidDocumentError.
    """
    if "application/json" not in content_type:
        return None
    found = read_objects(body)
    for verb in found:
        _check(verb)
    return [*found]


def _check(verb: Verb) -> None:
    validator = _validator()
    for problem in validator.validate_verb(dict(verb)):
        raise InvalidDocumentError(f"{verb.get('verb')}: {problem}")
    name = str(verb["verb"])
    for key in verb.keys() - _names(f"verbs/{name}"):
        raise InvalidDocumentError(f"{name} has no {key!r}")
    for target in verb.get("target", ()) if name == "dial" else ():
        for key in target.keys() - _names("components/target"):
            raise InvalidDocumentError(f"a target has no {key!r}")


@cache
def _validator() -> JambonzValidator:
    return JambonzValidator()


def _names(schema: str) -> set[str]:
    return set(_validator()._store[f"https://jambonz.org/schema/{schema}"]["properties"])


def instructions(verbs: Sequence[Verb], *, to_callee: bool = False) -> tuple[Instruction, ...]:
    """Return what the verbs say. Raises InvalidDocumentError, NotSimulatedError."""
    names = [verb["verb"] for verb in verbs]
    if to_callee and not set(names) <= _AUDIO:
        raise InvalidDocumentError(f"a confirmHook says no more than {sorted(_AUDIO)} here")
    if "sip:decline" in names[:-1]:
        raise NotSimulatedError("verbs after sip:decline")
    # A caller who is not answered cannot be hung up on: jambonz goes on to the verb after it.
    is_either = names[-2:] == ["hangup", "sip:decline"]
    followed = [*verbs[:-2], verbs[-1]] if is_either else verbs
    return tuple(map(_instruction, followed))


def _instruction(verb: Verb) -> Instruction:
    match verb["verb"]:
        case "say" | "play" | "pause":
            return _audio(verb["verb"], verb)
        case "gather":
            return _gather(verb)
        case "dial":
            return _dial(verb)
        case "redirect":
            return Redirect(_hook(verb["actionHook"]))
        case "sip:decline":
            return Reject("busy" if verb["status"] in _BUSY else "rejected")
        case "hangup":
            return HangUp()
    raise NotSimulatedError(str(verb["verb"]))


def _audio(name: str, verb: Verb) -> Audio:
    if name == "pause":
        return Pause(int(verb["length"]))
    told = verb.get("text" if name == "say" else "url")
    if not isinstance(told, str) or not told:
        raise NotSimulatedError(f"{name} of {told!r}")
    return Say(told) if name == "say" else Play(told)


def _gather(verb: Verb) -> Collect:
    if verb.get("input") != ["digits"] or "actionHook" not in verb:
        raise NotSimulatedError("a gather of anything but digits for an actionHook")
    if "interDigitTimeout" in verb and "minDigits" not in verb:
        raise InvalidDocumentError("without minDigits no interDigitTimeout ever begins")
    if verb.get("timeout") == 0:
        raise InvalidDocumentError("a gather with timeout 0 waits for ever")
    prompt = tuple(_audio(name, verb[name]) for name in ("say", "play") if name in verb)
    return Collect(
        hook=_hook(verb["actionHook"]),
        prompt=prompt,
        first_digit_seconds=int(verb.get("timeout", _GATHER_SECONDS)),
        most_digits=int(verb.get("maxDigits", verb.get("numDigits", 99))),
        finish_on=verb.get("finishOnKey", ""),
        silence_comes=True,
    )


def _dial(verb: Verb) -> Dial:
    [target, *others] = verb["target"]
    if others or target["type"] != "phone" or "number" not in target:
        raise NotSimulatedError("a dial of anything but one phone")
    whisper = target.get("confirmHook", verb.get("confirmHook"))
    is_identity_kept = verb.get("forwardPAI") is False
    return Dial(
        number=f"+{target['number'].removeprefix('+')}",
        # Unless it is told not to, jambonz passes the caller's own number on beside the other.
        caller_id=verb.get("callerId") if is_identity_kept else None,
        ring_seconds=int(verb.get("timeout") or _RING_SECONDS),
        limit_seconds=int(verb.get("timeLimit") or _NO_LIMIT),
        after=_hook(verb["actionHook"]) if "actionHook" in verb else None,
        whisper=_hook(whisper) if whisper else None,
        answers_on_bridge=bool(verb.get("answerOnBridge")),
        # The tag is what the leg's webhooks are to say besides.
        wanted=frozenset([json.dumps(verb["tag"])] if "tag" in verb else ()),
    )


def _hook(told: str | Verb) -> Hook:
    hook = Hook(told) if isinstance(told, str) else Hook(told["url"], told.get("method", "POST"))
    if not hook.url.startswith(("http://", "https://")):
        raise NotSimulatedError("a hook that is no absolute URL")
    return hook
