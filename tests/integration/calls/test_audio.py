"""What callers and callees hear: play URLs, the whisper, and what strangers are told."""

import pytest

from maskline.domain.calls.plan import Announce, Announcement, CallPlan, Dial, HandOver, Play
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Strategy
from maskline.services.calls import record as record_call
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.service import Service

FIRST_AUDIO, SECOND_AUDIO = "https://customer.example/1.mp3", "https://customer.example/2.wav"
UNKNOWN = "https://customer.example/unknown.mp3"
AUDIBLE = builders.settings(first_party_play_url=FIRST_AUDIO, second_party_play_url=SECOND_AUDIO)
GREETING = builders.terms(unknown_caller_play=UNKNOWN)
NOT_CONNECTED = Announce(Announcement.NOT_CONNECTED)


def audio_of(plan: CallPlan) -> tuple[str, bool]:
    assert isinstance(plan, Dial)
    return plan.play_url, plan.has_whisper


def whisper(session_uuid: str, call_uuid: str) -> str:
    return record_call.read_whisper(session_uuid, call_uuid)


@pytest.mark.parametrize(
    ("caller", "heard", "whispered"),
    [(0, FIRST_AUDIO, SECOND_AUDIO), (1, SECOND_AUDIO, FIRST_AUDIO)],
)
def test_both_hear_their_own_audio_whoever_calls(
    service: Service, caller: int, heard: str, whispered: str
) -> None:
    session = service.create(settings=AUDIBLE)

    plan = service.call(party(caller), virtual(0), call_uuid="call")

    assert audio_of(plan) == (heard, True)
    assert whisper(session.session_uuid, "call") == whispered


def test_a_call_that_is_not_known_has_no_whisper(service: Service) -> None:
    session = service.create(settings=AUDIBLE)

    assert whisper(session.session_uuid, "unheard-of") == ""


def test_new_audio_is_heard_on_the_next_call(service: Service) -> None:
    session = service.create()

    def next_call() -> tuple[str, bool]:
        return audio_of(service.call(party(0), virtual(0), others_live=False))

    assert next_call() == ("", False)

    service.update(session, first_party_play_url=FIRST_AUDIO, second_party_play_url=SECOND_AUDIO)
    assert next_call() == (FIRST_AUDIO, True)

    service.update(session, first_party_play_url="", second_party_play_url="")
    assert next_call() == ("", False)


@pytest.mark.parametrize("caller", [party(5), None])
def test_a_stranger_hears_the_sessions_audio(service: Service, caller: E164 | None) -> None:
    service.create(terms=GREETING)

    assert service.call(caller, virtual(0)) == Play(UNKNOWN)
    assert service.call(caller, virtual(1)) == NOT_CONNECTED


def test_both_numbers_of_a_session_greet_strangers(service: Service) -> None:
    service.create(first=2, second=3)
    service.create(first=2, second=4, strategy=Strategy.PER_PARTY, terms=GREETING)

    assert service.call(party(5), virtual(0)) == Play(UNKNOWN)
    assert service.call(party(5), virtual(1)) == Play(UNKNOWN)


def test_audio_for_strangers_goes_before_the_numbers_own_application(service: Service) -> None:
    service.change_number(virtual(0), fallback_answer_url="https://customer.example/answer")
    session = service.create(terms=GREETING)

    assert service.call(party(5), virtual(0)) == Play(UNKNOWN)
    service.end(session)
    assert service.call(party(5), virtual(0)) == HandOver(
        "https://customer.example/answer", party(5), virtual(0)
    )


def test_a_session_that_is_over_greets_nobody(service: Service, time: ManualClock) -> None:
    short = builders.settings(session_expiry_seconds=60)
    service.create(terms=GREETING, settings=short)

    time.advance(seconds=60)

    assert service.call(party(5), virtual(0)) == NOT_CONNECTED


def test_of_two_sessions_the_newer_one_greets(service: Service, time: ManualClock) -> None:
    service.create(terms=GREETING)
    time.advance(seconds=1)
    newer = service.create(2, 3, terms=builders.terms(unknown_caller_play=UNKNOWN + "?newer"))

    assert service.call(party(5), virtual(0)) == Play(UNKNOWN + "?newer")
    service.end(newer)
    assert service.call(party(5), virtual(0)) == Play(UNKNOWN)


def test_a_greeting_follows_a_new_expiry(service: Service, time: ManualClock) -> None:
    session = service.create(terms=GREETING, settings=builders.settings(session_expiry_seconds=60))
    service.update(session, session_expiry_seconds=600)

    time.advance(seconds=599)

    assert service.call(party(5), virtual(0)) == Play(UNKNOWN)
