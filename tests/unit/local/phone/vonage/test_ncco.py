"""The simulated Vonage follows what its documentation and its SDK allow, and nothing else."""

import json
from typing import Any

import pytest

from local.phone.instructions import (
    Collect,
    Dial,
    Hook,
    InvalidDocumentError,
    NotSimulatedError,
    Pause,
    Play,
    Record,
    Redirect,
    Say,
)
from local.phone.vonage.ncco import Notice, instructions, read_ncco

URL, AUDIO = "https://m.example/e", "https://customer.example/a.mp3"
PHONE = {"type": "phone", "number": "12025550102"}
CONNECT: dict[str, Any] = {
    "action": "connect",
    "endpoint": [PHONE],
    "from": "12025550110",
    "eventType": "synchronous",
}
INPUT: dict[str, Any] = {"action": "input", "type": ["dtmf"], "dtmf": {}, "eventUrl": [URL]}
STREAM = {"action": "stream", "streamUrl": [AUDIO]}


def read(*actions: Any, content_type: str = "application/json") -> Any:
    return instructions(read_ncco(content_type, json.dumps(actions).encode()))


def test_what_is_said_and_played() -> None:
    assert read(
        {"action": "talk", "text": "Hello."},
        STREAM,
        {"action": "wait"},
        {"action": "wait", "timeout": 0.1},
        content_type="application/json; charset=utf-8",
    ) == [Say("Hello."), Play(AUDIO), Pause(10), Pause(0)]


def test_a_connect_with_what_the_carrier_adds_itself() -> None:
    assert read(CONNECT) == [Dial("+12025550102", "+12025550110", 60, 7200)]


def test_a_connect_with_all_that_is_said() -> None:
    whispers = {**PHONE, "onAnswer": {"url": f"{URL}/w"}}
    limits = {"timeout": 30, "limit": 600, "eventUrl": [URL], "eventMethod": "POST"}

    assert read({**CONNECT, **limits, "endpoint": [whispers]}) == [
        Dial(
            "+12025550102",
            "+12025550110",
            30,
            600,
            events=Hook(URL),
            whisper=Hook(f"{URL}/w"),
        )
    ]


def test_an_input_after_a_prompt_that_keys_break_off() -> None:
    dtmf = {"timeOut": 5, "maxDigits": 15, "submitOnHash": True}
    prompt = {**STREAM, "bargeIn": True}

    [one] = read(prompt, {**INPUT, "dtmf": dtmf})
    [plain] = read(INPUT)

    assert one == Collect(Hook(URL), (Play(AUDIO),), 5, 15, "#", silence_comes=True)
    assert plain == Collect(Hook(URL), (), 3, 4, "", silence_comes=True)


def test_the_others() -> None:
    notify = {"action": "notify", "payload": {"uuid": "a"}, "eventUrl": [URL]}
    record = {"action": "record", "format": "wav", "eventUrl": [URL], "eventMethod": "POST"}

    assert read(notify, record, {"action": "record"}) == [
        Redirect(Notice(URL, payload={"uuid": "a"})),
        Record(Hook(URL), "wav"),
        Record(None, "mp3"),
    ]


@pytest.mark.parametrize(
    "actions",
    [
        [],
        ["talk"],
        [{}],
        [{"action": "redirect"}],
        [{"action": "talk"}],
        [{"action": "talk", "text": "x" * 1501}],
        [{"action": "talk", "text": "x", "voice": "kimberly"}],
        [{"action": "stream", "streamUrl": AUDIO}],
        [{"action": "stream", "streamUrl": [AUDIO, AUDIO]}],
        [{"action": "stream", "streamUrl": []}],
        [{**CONNECT, "from": "+12025550110"}],
        [{**CONNECT, "from": ""}],
        [{name: value for name, value in CONNECT.items() if name != "from"}],
        [{**CONNECT, "limit": 7201}],
        [{**CONNECT, "endpoint": []}],
        [{**CONNECT, "endpoint": [PHONE, PHONE]}],
        [{**CONNECT, "endpoint": [{**PHONE, "number": "+12025550102"}]}],
        [{**CONNECT, "endpoint": [{**PHONE, "callerId": "12025550110"}]}],
        [{**CONNECT, "eventType": "asynchronous"}],
        [{**CONNECT, "eventUrl": URL}],
        [{**INPUT, "dtmf": {"timeOut": 11}}],
        [{**INPUT, "dtmf": {"maxDigits": 21}}],
        [{**INPUT, "type": ["keys"]}],
        [{**STREAM, "bargeIn": True}],
        [{**STREAM, "bargeIn": True}, {"action": "talk", "text": "x"}, INPUT],
        [{"action": "notify", "eventUrl": [URL]}],
        [{"action": "notify", "payload": {}, "eventUrl": [URL, URL]}],
        [{"action": "record", "format": "flac"}],
        [{"action": "wait", "timeout": 0}],
        [{"action": "wait", "timeout": 7201}],
    ],
)
def test_what_vonage_would_not_follow(actions: Any) -> None:
    with pytest.raises(InvalidDocumentError):
        read(*actions)


@pytest.mark.parametrize("body", [b"", b"<Response/>", b"{}", b"null", b"\xff"])
def test_what_is_no_array_at_all(body: bytes) -> None:
    with pytest.raises(InvalidDocumentError):
        read_ncco("application/json", body)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml"])
def test_another_content_type(content_type: str) -> None:
    with pytest.raises(InvalidDocumentError):
        read(STREAM, content_type=content_type)


@pytest.mark.parametrize(
    "action",
    [
        {name: value for name, value in CONNECT.items() if name != "eventType"},
        {**CONNECT, "endpoint": [{"type": "sip", "uri": "sip:a@b.example"}]},
        {"action": "record", "endOnKey": "#"},
        {"action": "input", "type": ["dtmf"], "dtmf": {}},
        {"action": "conversation", "name": "room"},
    ],
)
def test_what_is_valid_and_of_no_use_here(action: Any) -> None:
    with pytest.raises(NotSimulatedError):
        read(action)
