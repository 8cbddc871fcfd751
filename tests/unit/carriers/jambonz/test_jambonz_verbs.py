"""Every plan in jambonz's verbs. Oracle: the schemas and the models of its own SDK."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jambonz_sdk._models._generated.verbs import dial as dial_models
from jambonz_sdk._models._generated.verbs import gather as gather_models
from jambonz_sdk._models._generated.verbs import sip_decline as decline_models
from jambonz_sdk.validator import JambonzValidator

from maskline.carriers import carrier
from maskline.carriers.jambonz.verbs import retried
from maskline.carriers.sentences import SENTENCES
from maskline.carriers.urls import Step
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
from tests.support.known_secret import known_secret
from tests.unit.carriers.jambonz.jambonz_webhooks import URLS
from tests.unit.carriers.test_contract import PLANS

AUDIO = 'https://customer.example.com/a.mp3?x=ö&y="1"'
CALLEE, SHOWN = E164("+12025550102"), E164("+12025550110")
VALIDATOR = JambonzValidator()


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def verbs_of(plan: CallPlan) -> list[dict[str, Any]]:
    document = carrier("jambonz").render(plan, URLS)
    assert document.content_type == "application/json"
    verbs: list[dict[str, Any]] = json.loads(document.body)
    return verbs


def known_names(verb: str) -> set[str]:
    """The schemas let anything else pass."""
    return set(VALIDATOR._store[f"https://jambonz.org/schema/verbs/{verb}"]["properties"])


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: type(plan).__name__)
def test_a_plan_fits_the_published_schemas_and_nothing_in_it_is_unknown(plan: CallPlan) -> None:
    verbs = verbs_of(plan)

    # Nothing at all is for the callee alone, whom it connects. No other application is empty.
    assert bool(verbs) is (plan != Whisper(""))
    assert not verbs or not VALIDATOR.validate_app(verbs)
    for verb in verbs:
        assert not VALIDATOR.validate_verb(verb)
        assert verb.keys() <= known_names(verb["verb"])


def test_a_dial_shows_the_virtual_number_and_forwards_no_identity() -> None:
    [dial] = verbs_of(Dial(CALLEE, SHOWN, 45, 3600))

    assert dial == {
        "verb": "dial",
        "target": [{"type": "phone", "number": CALLEE}],
        "callerId": SHOWN,
        "forwardPAI": False,
        # Releases before 0.9.5 know no forwardPAI: there only a header of ours keeps the caller's.
        "headers": {"P-Asserted-Identity": f"<tel:{SHOWN}>", "Privacy": "none"},
        "answerOnBridge": True,
        "timeout": 45,
        "timeLimit": 3600,
        "actionHook": retried(URLS.to(Step.DIAL_END)),
    }
    model = dial_models.Dial.model_validate(dial)
    assert (model.forward_pai, model.caller_id) == (False, SHOWN)


def test_what_each_hears_first_and_a_recording_is_only_marked() -> None:
    plan = Dial(CALLEE, SHOWN, 600, 14_400, AUDIO, has_whisper=True, record_format="wav")

    play, dial = verbs_of(plan)

    assert play == {"verb": "play", "url": AUDIO}
    assert dial["confirmHook"] == retried(URLS.to(Step.WHISPER))
    assert (dial["timeout"], dial["timeLimit"]) == (600, 14_400)
    assert dial["tag"] == {"recording": "ordered"}
    assert verbs_of(Whisper(AUDIO)) == [play]
    assert verbs_of(Whisper("")) == []


def test_a_pin_is_asked_for() -> None:
    pause, incorrect, gather, say, hangup = verbs_of(CollectPin(AUDIO, 5, "https://c.example/i", 3))

    assert pause == {"verb": "pause", "length": 3}
    assert incorrect == {"verb": "play", "url": "https://c.example/i"}
    model = gather_models.Gather.model_validate(gather)
    assert (model.min_digits, model.max_digits, model.finish_on_key) == (1, 15, "#")
    assert gather == {
        "verb": "gather",
        "input": ["digits"],
        "actionHook": retried(URLS.to(Step.DIGITS)),
        "finishOnKey": "#",
        "minDigits": 1,
        "maxDigits": 15,
        "interDigitTimeout": 3,
        "timeout": 5,
        "play": {"url": AUDIO},
    }
    assert say == {"verb": "say", "text": SENTENCES[Announcement.TRY_AGAIN_LATER]}
    assert hangup == {"verb": "hangup"}


def test_a_pin_without_a_prompt_or_a_pause() -> None:
    gather, *_ = verbs_of(CollectPin("", 5))

    assert gather["verb"] == "gather"
    assert "play" not in gather


@pytest.mark.parametrize("announcement", Announcement)
def test_an_announcement_is_spoken(announcement: Announcement) -> None:
    assert verbs_of(Announce(announcement)) == [
        {"verb": "say", "text": SENTENCES[announcement]},
        {"verb": "hangup"},
    ]


def test_busy_is_said_before_anybody_answers() -> None:
    [decline] = verbs_of(Busy())

    assert decline_models.SipDecline.model_validate(decline).status == 486


def test_hanging_up_works_before_an_answer_and_after_it() -> None:
    hangup, decline = verbs_of(HangUp())

    assert hangup == {"verb": "hangup"}
    assert (decline["verb"], decline["status"]) == ("sip:decline", 603)


def test_audio_and_another_application() -> None:
    assert verbs_of(Play(AUDIO)) == [{"verb": "play", "url": AUDIO}, {"verb": "hangup"}]
    assert verbs_of(HandOver(AUDIO)) == [{"verb": "redirect", "actionHook": AUDIO}]


def test_the_application_has_two_urls() -> None:
    assert carrier("jambonz").application_urls(URLS) == {
        "call_hook": f"{URLS.to(Step.ANSWER)}#rc=3&rp=5xx,ct,rt",
        "call_status_hook": f"{URLS.to(Step.HANGUP)}#rc=3&rp=5xx,ct,rt",
    }
