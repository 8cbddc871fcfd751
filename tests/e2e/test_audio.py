"""What people hear: the SDK chooses the audio, the carrier plays it, and an update changes it."""

from typing import Any

import pytest

from tests.e2e.accounts import Account
from tests.e2e.conftest import NewAccount, SdkClient
from tests.e2e.people import pair, phone

HELLO, WELCOME = "https://customer.example/hello.mp3", "https://customer.example/welcome.wav"
UNKNOWN = "https://customer.example/unknown.mp3"


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    """A number of its own: what strangers hear there is this test's to say."""
    return new_account(1)


@pytest.fixture
def sessions(sdk_for: SdkClient, account: Account) -> Any:
    return sdk_for(account.client).masking_sessions


def heard(account: Account, caller: str, dialled: str) -> tuple[list[str], list[str]]:
    """What the caller heard before the callee's phone rang, and the callee before the caller."""
    call = account.carrier.place(caller, dialled).start()
    before_ringing = list(call.heard)
    call.answer().hangup()
    assert call.is_connected
    assert all(delivery.status == 200 for delivery in call.deliveries)
    return before_ringing, call.whispered


def test_each_party_hears_their_own_audio_and_an_update_changes_the_next_call(
    account: Account, sessions: Any
) -> None:
    first, second = pair()
    created = sessions.create_masking_session(
        first_party=first,
        second_party=second,
        first_party_play_url=HELLO,
        second_party_play_url=WELCOME,
    )
    number = created.virtual_number
    assert created.session.first_party_play_url == HELLO
    assert created.session.second_party_play_url == WELCOME
    assert heard(account, first, number) == ([HELLO], [WELCOME])
    assert heard(account, second, number) == ([WELCOME], [HELLO])

    updated = sessions.update_masking_session(created.session_uuid, second_party_play_url=HELLO)

    assert updated.session.second_party_play_url == HELLO
    assert heard(account, first, number) == ([HELLO], [HELLO])

    item = f"/Masking/Session/{created.session_uuid}/"
    quiet = {"first_party_play_url": "", "second_party_play_url": ""}
    assert account.client.send("POST", item, quiet).status == 200
    assert heard(account, first, number) == ([], [])


def test_audio_that_is_taken_away_while_the_phone_rings_is_silence(account: Account) -> None:
    first, second = pair()
    session = account.client.create(first, second, second_party_play_url=WELCOME)
    call = account.carrier.place(first, session["virtual_number"]).start()
    item = f"/Masking/Session/{session['session_uuid']}/"

    account.client.send("POST", item, {"second_party_play_url": ""})

    assert call.answer().hangup().is_connected
    assert call.whispered == []


def test_a_stranger_hears_the_audio_for_unknown_callers(account: Account, sessions: Any) -> None:
    first, second = pair()
    created = sessions.create_masking_session(
        first_party=first, second_party=second, unknown_caller_play=UNKNOWN
    )
    assert created.session.unknown_caller_play == UNKNOWN

    for stranger in (phone(), "anonymous"):
        call = account.carrier.call(stranger, created.virtual_number)
        assert (call.heard, call.legs) == ([UNKNOWN], [])
    assert heard(account, first, created.virtual_number) == ([], [])

    sessions.delete_masking_session(created.session_uuid)
    assert UNKNOWN not in account.carrier.call(phone(), created.virtual_number).heard


def test_a_whisper_is_told_to_nobody_but_the_carrier(account: Account) -> None:
    first, second = pair()
    session = account.client.create(first, second, second_party_play_url=WELCOME)
    call = account.carrier.place(first, session["virtual_number"]).start().answer()
    [asked] = call.sent("confirm")

    forger = account.carrier.signing("wrong").carrier.courier
    forged = call.deliver(asked.webhook, courier=forger)

    assert (asked.status, forged.status) == (200, 403)
    assert WELCOME not in forged.text
    assert second.removeprefix("+") not in asked.text + asked.webhook.url
