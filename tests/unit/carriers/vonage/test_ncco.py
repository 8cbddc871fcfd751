"""Every plan as a call control object, judged as the simulator does: by the models of its SDK."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vonage_voice.models.webhooks import AnswerWebhook

from local.phone.vonage.ncco import Action, read_ncco
from maskline.carriers.sentences import SENTENCES
from maskline.carriers.urls import CallUrls, Step
from maskline.carriers.vonage.ncco import MOST_TALK_SECONDS, render
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
from tests.support import builders
from tests.support.known_secret import known_secret

URLS = CallUrls(
    "https://m.example", "vonage", builders.MAIN_ID, builders.SESSION_UUID, builders.CALL_UUID, 2
)
AUDIO = "https://customer.example/a.mp3"
DIAL = Dial(builders.party(1), builders.virtual(0), 45, 3600)
SORRY = {"action": "talk", "text": SENTENCES[Announcement.PARTY_UNAVAILABLE]}
TRY_AGAIN = {"action": "talk", "text": SENTENCES[Announcement.TRY_AGAIN_LATER]}
NOTHING = {"action": "wait", "timeout": 0.1}


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def actions_of(plan: CallPlan) -> list[Action]:
    return [*read_ncco("application/json", render(plan, URLS).encode())]


def events(step: Step) -> dict[str, Any]:
    return {"eventUrl": [URLS.to(step)], "eventMethod": "POST"}


def test_a_dial() -> None:
    assert actions_of(DIAL) == [
        {
            "action": "connect",
            "endpoint": [{"type": "phone", "number": "12025550101"}],
            "from": "442079460000",
            "timeout": 45,
            "limit": 3600,
            "eventType": "synchronous",
            **events(Step.DIAL),
        },
        {"action": "notify", "payload": {}, **events(Step.DIAL_END)},
        SORRY,
    ]


def test_a_dial_with_all_that_there_is() -> None:
    plan = replace(DIAL, play_url=AUDIO, has_whisper=True, record_format="wav")

    stream, record, connect, *rest = actions_of(plan)

    assert stream == {"action": "stream", "streamUrl": [AUDIO]}
    assert record == {"action": "record", "format": "wav", **events(Step.RECORDING)}
    [endpoint] = connect["endpoint"]
    assert endpoint["onAnswer"] == {"url": URLS.to(Step.WHISPER)}
    assert rest == actions_of(DIAL)[1:]


@pytest.mark.parametrize(("wanted", "limit"), [(60, 60), (7200, 7200), (7201, 7200), (86400, 7200)])
def test_a_conversation_lasts_as_long_as_the_carrier_connects_it(wanted: int, limit: int) -> None:
    [connect, *_] = actions_of(replace(DIAL, time_limit_seconds=wanted))

    assert connect["limit"] == limit <= MOST_TALK_SECONDS


def test_a_pin() -> None:
    assert actions_of(CollectPin(AUDIO, 5, "https://customer.example/b.mp3", 3)) == [
        {"action": "wait", "timeout": 3.0},
        {"action": "stream", "streamUrl": ["https://customer.example/b.mp3"]},
        {"action": "stream", "streamUrl": [AUDIO], "bargeIn": True},
        {
            "action": "input",
            "type": ["dtmf"],
            "dtmf": {"timeOut": 5, "maxDigits": 15, "submitOnHash": True},
            **events(Step.DIGITS),
        },
        TRY_AGAIN,
    ]


@pytest.mark.parametrize(("wanted", "waits"), [(1, 1), (10, 10), (11, 10), (60, 10)])
def test_a_digit_is_waited_for_as_long_as_the_carrier_waits(wanted: int, waits: int) -> None:
    [_, ask, _] = actions_of(CollectPin(AUDIO, wanted))

    assert ask["dtmf"]["timeOut"] == waits


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (Play(AUDIO), [{"action": "stream", "streamUrl": [AUDIO]}]),
        (Play(""), [NOTHING]),
        (Whisper(AUDIO), [{"action": "stream", "streamUrl": [AUDIO]}]),
        (Whisper(""), [NOTHING]),
        (HangUp(), [NOTHING]),
        (Busy(), [SORRY]),
        *[(Announce(one), [{"action": "talk", "text": SENTENCES[one]}]) for one in Announcement],
    ],
)
def test_a_plan_of_one_action(plan: CallPlan, expected: list[Action]) -> None:
    assert actions_of(plan) == expected


def test_the_customers_application_is_told_what_an_answer_webhook_says() -> None:
    plan = HandOver("https://customer.example/answer", builders.party(0), builders.virtual(0))

    [notify, after] = actions_of(plan)

    assert notify["eventUrl"] == ["https://customer.example/answer"]
    told = notify["payload"]
    assert told == {"from": "12025550100", "to": "442079460000", "uuid": builders.CALL_UUID}
    assert AnswerWebhook(**told).model_dump(by_alias=True, exclude_none=True) == told
    assert after == TRY_AGAIN


def test_a_caller_who_withholds_their_number_is_not_told_of() -> None:
    [notify, _] = actions_of(HandOver("https://customer.example/answer"))

    assert notify["payload"] == {"uuid": builders.CALL_UUID}


@given(url=st.text(min_size=1), number=st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_what_is_in_a_plan_stays_one_value(url: str, number: Any) -> None:
    plan = replace(DIAL, play_url=url, peer=number)

    stream, connect, *_ = json.loads(render(plan, URLS))

    assert stream["streamUrl"] == [url]
    assert connect["endpoint"] == [{"type": "phone", "number": number[1:]}]
