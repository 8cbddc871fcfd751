"""PIN authentication through the official SDK, the carrier and the callbacks."""

from typing import Any

import pytest

from local.phone.simulator import Script
from tests.e2e.accounts import Account
from tests.e2e.conftest import NewAccount, SdkClient
from tests.e2e.customer import Mailbox
from tests.e2e.people import pair, phone

PROMPT = "https://audio.example/prompt.mp3"
WRONG = "https://audio.example/wrong.mp3"
CONVERSATION = 7
FIRST_CALLS = [
    "SessionVirtualNumberAnswer",
    "SessionFirstPartyAnswer",
    "SessionSecondPartyRing",
    "SessionSecondPartyAnswer",
    "SessionSecondPartyHangup",
    "SessionFirstPartyHangup",
    "SessionPartiesHangup",
]


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    return new_account(1)


def pin_session(sessions: Any, *people: str, **options: Any) -> Any:
    defaults = {
        "is_pin_authentication_required": True,
        "pin_prompt_play": PROMPT,
        "incorrect_pin_play": WRONG,
    }
    return sessions.create_masking_session(
        first_party=people[0], second_party=people[1], **(defaults | options)
    )


def test_a_stranger_errs_and_then_proves_a_given_pin(account: Account, mailbox: Mailbox) -> None:
    first, second = pair()
    # JSON numbers, as the product's own examples have them.
    created = account.client.create(
        first,
        second,
        is_pin_authentication_required=True,
        first_party_pin=482913,
        second_party_pin=739015,
        pin_prompt_play=PROMPT,
        incorrect_pin_play=WRONG,
        pin_retry=2,
        callback_url=mailbox.url,
    )
    number, stranger = "+" + created["virtual_number"].removeprefix("+"), phone()
    assert created["first_party_pin"] == "482913"

    call = account.carrier.call(stranger, number, Script(digits=("1111", "", "482913")))

    assert call.is_connected
    assert call.leg is not None
    assert (call.leg.to, call.leg.caller_id) == (second, number)
    assert call.heard == [PROMPT, WRONG, PROMPT, WRONG, PROMPT]
    told = mailbox.wait_for(2 + 1 + CONVERSATION)
    checks = [one.fields for one in told[:3]]
    assert [(one["PinAuthenticationStatus"], one["PinRetryCounter"]) for one in checks] == [
        ("failed", "0"),
        ("failed", "1"),
        ("success", "2"),
    ]
    assert [one.event for one in told[3:]] == FIRST_CALLS
    assert all("PinAuthenticationStatus" not in one.fields for one in told[3:])
    assert {one.fields["From"] for one in told} == {stranger[1:]}
    assert not any("482913" in one.body.decode() for one in told)


def test_generated_pins_let_both_parties_in_from_any_phone(
    sdk_for: SdkClient, account: Account
) -> None:
    first, second = pair()
    created = pin_session(
        sdk_for(account.client).masking_sessions,
        first,
        second,
        generate_pin=True,
        generate_pin_length=8,
    )
    pins = created.session.first_party_pin, created.session.second_party_pin
    assert [len(pin) for pin in pins] == [8, 8]

    for pin, peer in zip(pins, (second, first), strict=True):
        caller = "anonymous" if peer == first else phone()
        call = account.carrier.call(caller, created.virtual_number, Script(digits=(f"{pin}#",)))
        assert call.leg is not None
        assert call.leg.to == peer


def test_a_registered_caller_is_authorized_and_told_so(
    sdk_for: SdkClient, account: Account, mailbox: Mailbox
) -> None:
    first, second = pair()
    created = pin_session(
        sdk_for(account.client).masking_sessions,
        first,
        second,
        generate_pin=True,
        callback_url=mailbox.url,
    )
    # Of no named length.
    pins = created.session.first_party_pin, created.session.second_party_pin
    assert [created.session.generate_pin_length, *map(len, pins)] == [6, 6, 6]

    assert account.carrier.call(first, created.virtual_number).heard == []
    told = mailbox.wait_for(1 + CONVERSATION)
    assert told[0].fields["PinAuthenticationStatus"] == "AuthorizedCaller"
    assert [one.event for one in told] == ["SessionPinAuthenticationStatus", *FIRST_CALLS]
