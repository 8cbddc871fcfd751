"""Every plan in TwiML: by the names that the language publishes, and what it says."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest

from maskline.carriers import carrier
from maskline.carriers.urls import Step
from maskline.domain.calls import plan as plans
from maskline.domain.calls.plan import CallPlan
from tests.support.known_secret import known_secret
from tests.unit.carriers.test_contract import AUDIO, CALLEE, PLANS, SHOWN
from tests.unit.carriers.twiml.family import NAMES, urls
from tests.unit.carriers.twiml.published import read

RETRIES = {
    "twilio": "#rc=3&rp=5xx,ct,rt",
    "telnyx": "",
    "signalwire": "#ot=3000&rt=10000",
}


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def rendered(name: str, plan: CallPlan) -> Element:
    document = carrier(name).render(plan, urls(name))
    return read(name, document.content_type, document.body.encode())


def url(name: str, step: Step, query: str = "") -> str:
    return urls(name).to(step) + query + RETRIES[name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("plan", PLANS, ids=repr)
def test_each_plan_has_only_published_names_and_values(name: str, plan: CallPlan) -> None:
    rendered(name, plan)


@pytest.mark.parametrize("name", NAMES)
def test_a_dial_shows_the_virtual_number_and_reports_by_post(name: str) -> None:
    [dial] = rendered(name, plans.Dial(CALLEE, SHOWN, 45, 3600))

    assert dial.tag == "Dial"
    assert dial.attrib == {
        "callerId": SHOWN,
        "action": url(name, Step.DIAL_END),
        "method": "POST",
        "timeout": "40" if name == "twilio" else "45",
        "timeLimit": "3600",
        "answerOnBridge": "true",
    }
    [number] = dial
    assert number.text == CALLEE
    assert number.attrib == {
        "statusCallback": url(name, Step.DIAL),
        "statusCallbackMethod": "POST",
        "statusCallbackEvent": "answered completed",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_dial_that_plays_whispers_and_records(name: str) -> None:
    play, dial = rendered(name, plans.Dial(CALLEE, SHOWN, 45, 3600, AUDIO, True, "wav"))

    assert (play.tag, play.text) == ("Play", AUDIO)
    assert "answerOnBridge" not in dial.attrib
    ordered = "" if name == "telnyx" else "?format=wav"
    assert dial.attrib["record"] == "record-from-answer"
    assert dial.attrib["recordingStatusCallback"] == url(name, Step.RECORDING, ordered)
    assert dial.attrib["recordingStatusCallbackMethod"] == "POST"
    assert dial.attrib["recordingStatusCallbackEvent"] == "completed absent"
    assert ("recordingChannels" in dial.attrib) == (name == "telnyx")
    assert dial[0].attrib["url"] == url(name, Step.WHISPER)
    assert dial[0].attrib["method"] == "POST"


@pytest.mark.parametrize(
    ("name", "wanted", "said"),
    [
        ("twilio", (6, 90_000), ("5", "14400")),
        ("twilio", (12, 30), ("7", "30")),
        ("twilio", (900, 60), ("600", "60")),
        ("telnyx", (1, 30), ("5", "60")),
        ("telnyx", (200, 90_000), ("120", "14400")),
        ("signalwire", (1, 90_000), ("5", "14400")),
        ("signalwire", (900, 30), ("600", "30")),
    ],
)
def test_limits_are_those_that_the_carrier_takes(
    name: str, wanted: tuple[int, int], said: tuple[str, str]
) -> None:
    [dial] = rendered(name, plans.Dial(CALLEE, SHOWN, *wanted))

    assert (dial.attrib["timeout"], dial.attrib["timeLimit"]) == said


@pytest.mark.parametrize("name", NAMES)
def test_a_pin_that_is_not_entered_comes_to_the_same_url(name: str) -> None:
    pause, wrong, gather, redirect = rendered(name, plans.CollectPin(AUDIO, 7, AUDIO, 3))

    assert pause.attrib == {"length": "3"}
    assert wrong.text == AUDIO
    assert gather.attrib == {
        "input": "dtmf",
        "action": url(name, Step.DIGITS),
        "method": "POST",
        "timeout": "7",
        "numDigits": "15",
        "finishOnKey": "#",
    }
    assert [(child.tag, child.text) for child in gather] == [("Play", AUDIO)]
    assert redirect.attrib == {"method": "POST"}
    assert redirect.text == gather.attrib["action"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (plans.Busy(), ["Reject"]),
        (plans.HangUp(), ["Hangup"]),
        (plans.Play(AUDIO), ["Play", "Hangup"]),
        (plans.Announce(plans.Announcement.NOBODY_YET), ["Say", "Hangup"]),
        (plans.Whisper(AUDIO), ["Play"]),
        (plans.Whisper(""), []),
        (plans.HandOver(AUDIO), ["Redirect"]),
        (plans.CollectPin("", 5), ["Gather", "Redirect"]),
    ],
)
def test_the_verbs_of_a_plan(name: str, plan: CallPlan, said: list[str]) -> None:
    assert [verb.tag for verb in rendered(name, plan)] == said


@pytest.mark.parametrize("name", NAMES)
def test_a_busy_signal_is_no_rejection(name: str) -> None:
    [reject] = rendered(name, plans.Busy())

    assert reject.attrib == {"reason": "busy"}


@pytest.mark.parametrize("name", NAMES)
def test_what_xml_cannot_hold_is_left_out(name: str) -> None:
    [redirect] = rendered(name, plans.HandOver("https://a.example/?a=1&b=<\x00>\ufffe"))

    assert redirect.text == "https://a.example/?a=1&b=<>"


@pytest.mark.parametrize("name", NAMES)
def test_the_urls_to_give_the_carrier(name: str) -> None:
    given = carrier(name).application_urls(urls(name))

    answer, fallback, status = given.values()
    assert answer == fallback == url(name, Step.ANSWER)
    assert status == url(name, Step.HANGUP)
    is_snake = all(one == one.lower() for one in given)
    assert is_snake == (name == "telnyx")
