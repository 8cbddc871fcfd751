"""Each CallPlan in the carrier's language, read back as strictly as the carrier would."""

from dataclasses import dataclass, replace
from html import escape
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.phone.plivo.xml import Element, read_document
from maskline.carriers.plivo.xml import render, retried
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
from maskline.domain.phone_numbers import E164

DIAL = Dial(E164("+12025550102"), E164("+12025550199"), 45, 3600)
BASE_URL = "https://maskline.example.com"


@dataclass(frozen=True)
class PlainUrls(CallUrls):
    """URLs that are short to read."""

    def to(self, step: Step) -> str:
        return f"{self.base_url}/{step}"


URLS = PlainUrls(BASE_URL, "plivo", "MA1")
PIN_URL = retried(URLS.to(Step.DIGITS))


def _read(plan: CallPlan, urls: CallUrls = URLS) -> tuple[Element, ...]:
    return read_document("application/xml", render(plan, urls).encode())


def test_a_dial() -> None:
    assert render(DIAL, URLS) == (
        "<Response><Dial "
        'action="https://maskline.example.com/dial-end#rc=3&amp;rp=5xx,ct,rt" method="POST" '
        'callbackUrl="https://maskline.example.com/dial#rc=3&amp;rp=5xx,ct,rt" '
        'callbackMethod="POST" '
        'callerId="+12025550199" timeout="45" timeLimit="3600">'
        "<Number>+12025550102</Number></Dial></Response>"
    )
    assert _read(DIAL)


AUDIO = "https://customer.example.com/a.mp3?x=1&y=2"


def test_the_caller_hears_their_audio_before_the_dial() -> None:
    play, dial = _read(replace(DIAL, play_url=AUDIO))

    assert (play.name, play.text) == ("Play", AUDIO)
    assert dial.name == "Dial"
    assert "confirmSound" not in dial.attributes


def test_the_callee_is_asked_for_only_if_they_are_to_hear_something() -> None:
    (dial,) = _read(replace(DIAL, has_whisper=True))

    assert dial.attributes["confirmSound"] == retried(URLS.to(Step.WHISPER))


def test_a_whisper() -> None:
    (play,) = _read(Whisper(AUDIO))

    assert (play.name, play.text) == ("Play", AUDIO)


def test_a_whisper_of_nothing_is_silence_and_no_hangup() -> None:
    assert render(Whisper(""), URLS) == '<Response><Wait length="1" /></Response>'


def test_an_audio_file_is_played_and_ends_the_call() -> None:
    play, hangup = _read(Play(AUDIO))

    assert (play.name, play.text, hangup.name) == ("Play", AUDIO, "Hangup")


def test_busy() -> None:
    assert render(Busy(), URLS) == '<Response><Hangup reason="busy" /></Response>'


def test_hang_up() -> None:
    assert render(HangUp(), URLS) == "<Response><Hangup /></Response>"


def test_a_hand_over_is_escaped() -> None:
    url = "https://customer.example.com/answer?a=1&b=<2>\"'"

    (redirect,) = _read(HandOver(url))

    assert redirect.name == "Redirect"
    assert redirect.text == url


@pytest.mark.parametrize("announcement", Announcement)
def test_every_announcement_is_said_and_ends_the_call(announcement: Announcement) -> None:
    speak, hangup = _read(Announce(announcement))

    assert speak.name == "Speak"
    assert speak.text.endswith(".")
    assert hangup.attributes == {"reason": "rejected"}


def test_a_pin_is_asked_for_without_a_trace_of_it() -> None:
    (digits, again) = _read(CollectPin("https://x.example/prompt.mp3", 7))

    assert [child.text for child in digits.children] == ["https://x.example/prompt.mp3"]
    assert digits.attributes == {
        "action": PIN_URL,
        "method": "POST",
        "timeout": "7",
        "digitTimeout": "3",
        "numDigits": "15",
        "finishOnKey": "#",
        "retries": "1",
        "validDigits": "0123456789",
        "log": "false",
        "redirect": "true",
    }
    assert (again.name, again.text, again.attributes) == ("Redirect", PIN_URL, {"method": "POST"})


def test_after_a_wrong_pin_the_caller_waits_and_hears_so() -> None:
    plan = CollectPin("https://x.example/prompt.mp3", 7, "https://x.example/wrong.mp3", 4)

    wait, wrong, *question = _read(plan)

    assert (wait.name, wait.attributes) == ("Wait", {"length": "4"})
    assert (wrong.name, wrong.text) == ("Play", "https://x.example/wrong.mp3")
    assert [element.name for element in question] == ["GetDigits", "Redirect"]


@given(st.text(), st.text())
def test_no_text_breaks_the_document(path: str, query: str) -> None:
    url = f"https://customer.example.com/{path}?{query}"
    hostile = replace(URLS, base_url=url)

    assert render(HandOver(url), URLS).startswith("<Response><Redirect>")
    assert _read(DIAL, hostile)[0].name == "Dial"


@pytest.mark.parametrize("step", Step)
def test_the_carrier_is_asked_to_repeat_what_we_could_not_answer(step: Step) -> None:
    asked = parse_qs(urlsplit(retried(URLS.to(step))).fragment)

    assert int(asked["rc"][0]) > 0
    assert "5xx" in asked["rp"][0].split(",")


def test_the_question_and_silence_go_to_the_url_of_the_attempt() -> None:
    document = render(CollectPin("https://x.example/prompt.mp3", 5), URLS)

    assert document.count(escape(PIN_URL)) == 2
