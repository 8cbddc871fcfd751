"""The features of a session through the official Node SDK: what it orders is what happens."""

from collections.abc import Callable
from typing import Any

import pytest

from local.phone.simulator import Script
from tests.e2e.accounts import Account
from tests.e2e.conftest import NewAccount
from tests.e2e.customer import Mailbox
from tests.e2e.node_sdk import NodeClient
from tests.e2e.people import pair, phone
from tests.e2e.wire import Client

AMERICAN = "+12025550105"
AUDIO = "https://customer.example/{}.mp3"
PROMPT, WRONG = AUDIO.format("prompt"), AUDIO.format("wrong")
HELLO, WELCOME, UNKNOWN = (AUDIO.format(name) for name in ("hello", "welcome", "unknown"))
RECORDINGS = "https://customer.example/recordings"
PINS = {
    "isPinAuthenticationRequired": True,
    "firstPartyPin": "4821",
    "secondPartyPin": "7390",
    "pinPromptPlay": PROMPT,
    "incorrectPinPlay": WRONG,
    "pinRetry": 2,
    "pinRetryWait": 8,
}
CALLED = [
    "SessionFirstPartyRing",
    "SessionFirstPartyAnswer",
    "SessionSecondPartyRing",
    "SessionSecondPartyAnswer",
    "SessionSecondPartyHangup",
    "SessionFirstPartyHangup",
    "SessionPartiesHangup",
]

# Calls a method of the SDK's masking sessions, which is expected to succeed.
Masking = Callable[..., Any]


@pytest.fixture
def fresh(new_account: NewAccount) -> Account:
    """Numbers of its own, so that strangers there are this test's."""
    return new_account(2)


@pytest.fixture
def masking(node_sdk_for: NodeClient, fresh: Account) -> Masking:
    sdk = node_sdk_for(fresh.client)

    def call(method: str, *args: Any) -> Any:
        outcome = sdk("maskingSession", method, *args)
        assert "result" in outcome, outcome
        return outcome["result"]

    return call


def shown_by_api(fresh: Account, created: Any) -> dict[str, Any]:
    return fresh.client.session(created["sessionUuid"])


def test_given_pins_with_retries_and_force(masking: Masking, fresh: Account) -> None:
    first, second = pair()

    created = masking(
        "createMaskingSession", first, second, {**PINS, "forcePinAuthentication": True}
    )

    session = shown_by_api(fresh, created)
    assert session["is_pin_authentication_required"] is True
    assert session["force_pin_authentication"] is True
    assert (session["first_party_pin"], session["second_party_pin"]) == ("4821", "7390")
    assert (session["pin_retry"], session["pin_retry_wait"]) == (2, 8)
    assert (session["pin_prompt_play"], session["incorrect_pin_play"]) == (PROMPT, WRONG)
    assert created["session"]["firstPartyPin"] == "4821"
    number = created["virtualNumber"]
    forced = fresh.carrier.call(first, number, Script(digits=("0000", "4821")))
    assert forced.is_connected
    assert forced.leg is not None
    assert (forced.leg.to, forced.leg.caller_id) == (second, number)
    assert forced.heard == [PROMPT, WRONG, PROMPT]


def test_generated_pins_let_a_stranger_in(masking: Masking, fresh: Account) -> None:
    first, second = pair()
    options = {
        "isPinAuthenticationRequired": True,
        "generatePin": True,
        "generatePinLength": 6,
        "pinPromptPlay": PROMPT,
    }

    created = masking("createMaskingSession", first, second, options)

    session = shown_by_api(fresh, created)
    pins = session["first_party_pin"], session["second_party_pin"]
    assert [len(pin) for pin in pins] == [6, 6]
    assert (session["generate_pin"], session["generate_pin_length"]) == (True, 6)
    shown = created["session"]
    assert (shown["firstPartyPin"], shown["secondPartyPin"]) == pins
    call = fresh.carrier.call(phone(), created["virtualNumber"], Script(digits=(pins[1],)))
    assert call.leg is not None
    assert call.leg.to == first


def test_recording_and_audio_are_ordered_and_then_changed(masking: Masking, fresh: Account) -> None:
    first, second = pair()
    created = masking(
        "createMaskingSession",
        first,
        second,
        {
            "record": True,
            "recordFileFormat": "wav",
            "recordingCallbackUrl": RECORDINGS,
            "recordingCallbackMethod": "GET",
            "firstPartyPlayUrl": HELLO,
            "secondPartyPlayUrl": WELCOME,
            "unknownCallerPlay": UNKNOWN,
        },
    )
    session = shown_by_api(fresh, created)
    assert (session["record"], session["record_file_format"]) == (True, "wav")
    assert session["recording_callback_url"] == RECORDINGS
    assert session["recording_callback_method"] == "GET"
    assert (session["first_party_play_url"], session["second_party_play_url"]) == (HELLO, WELCOME)
    assert session["unknown_caller_play"] == UNKNOWN
    number = created["virtualNumber"]
    call = fresh.carrier.call(first, number)
    assert (call.heard, call.whispered) == ([HELLO], [WELCOME])
    assert call.sent("recording")[0].webhook.params["RecordUrl"].endswith(".wav")
    assert fresh.carrier.call(phone(), number).heard == [UNKNOWN]

    changes = {
        "record": False,
        "recordFileFormat": "mp3",
        "recordingCallbackUrl": f"{RECORDINGS}/2",
        "recordingCallbackMethod": "POST",
        "firstPartyPlayUrl": WELCOME,
        "secondPartyPlayUrl": HELLO,
    }
    updated = masking("updateMaskingSession", created["sessionUuid"], changes)["session"]

    assert {name: updated[name] for name in changes} == changes
    after = shown_by_api(fresh, created)
    assert (after["record"], after["record_file_format"]) == (False, "mp3")
    assert after["recording_callback_url"] == f"{RECORDINGS}/2"
    assert after["recording_callback_method"] == "POST"
    assert (after["first_party_play_url"], after["second_party_play_url"]) == (WELCOME, HELLO)
    assert after["unknown_caller_play"] == UNKNOWN
    quiet = fresh.carrier.call(first, number)
    assert (quiet.heard, quiet.whispered, quiet.sent("recording")) == ([WELCOME], [HELLO], [])


def test_a_call_is_requested_and_connects_both(
    node_sdk_for: NodeClient, client: Client, mailbox: Mailbox
) -> None:
    """On the seeded account, whose carrier is the one that places calls."""
    first, second = pair()

    created = node_sdk_for(client)(
        "maskingSession",
        "createMaskingSession",
        first,
        second,
        {
            "initiateCallToFirstParty": True,
            "callbackUrl": mailbox.url,
            "callbackMethod": "GET",
        },
    )["result"]

    assert created["session"]["initiateCallToFirstParty"] is True
    told = mailbox.expect_no_more(len(CALLED))
    assert [one.event for one in told] == CALLED
    assert {one.method for one in told} == {"GET"}
    session = client.session(created["sessionUuid"])
    assert session["initiate_call_to_first_party"] is True
    [interaction] = session["interaction"]
    assert interaction["second_party_resource_url"]
    assert interaction["duration"] > 0


@pytest.mark.parametrize("name", ["geomatch", "geoMatch"])
def test_geomatch_is_switched_off_by_either_of_its_names(
    name: str, masking: Masking, node_sdk_for: NodeClient, fresh: Account
) -> None:
    refused = node_sdk_for(fresh.client)(
        "maskingSession", "createMaskingSession", AMERICAN, phone(), {}
    )
    assert "geomatch leaves no number for first_party" in refused["message"]

    created = masking("createMaskingSession", AMERICAN, phone(), {name: False})

    assert shown_by_api(fresh, created)["first_party"] == AMERICAN[1:]
    assert created["virtualNumber"] in fresh.numbers


def test_a_cool_off_keeps_a_number_from_its_pair(masking: Masking, fresh: Account) -> None:
    first, second = pair()
    created = masking("createMaskingSession", first, second, {"virtualNumberCooloffPeriod": 600})
    assert shown_by_api(fresh, created)["virtual_number_cooloff_period"] == 600

    masking("deleteMaskingSession", created["sessionUuid"])

    again = masking("createMaskingSession", first, second, {})
    assert (created["virtualNumber"], again["virtualNumber"]) == fresh.numbers


@pytest.mark.parametrize("name", ["subaccount", "subAccount"])
def test_a_session_is_made_for_a_subaccount_by_either_name(
    name: str, masking: Masking, fresh: Account
) -> None:
    subaccount = fresh.subaccount.auth_id
    [number] = fresh.numbers[:1]
    moved = fresh.client.send("POST", f"/Number/{number[1:]}/", {"subaccount": subaccount})
    assert moved.status == 202, moved.text

    created = masking("createMaskingSession", *pair(), {name: subaccount})

    assert created["virtualNumber"] == number
    assert fresh.subaccount.session(created["sessionUuid"])["status"] == "active"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**PINS, "firstPartyPin": "12"}, "first_party_pin"),
        ({**PINS, "pinRetry": 6}, "pin_retry"),
        ({"isPinAuthenticationRequired": True, "generatePin": True}, "pin_prompt_play"),
        ({"recordFileFormat": "ogg"}, "record_file_format"),
        ({"virtualNumberCooloffPeriod": 3601}, "virtual_number_cooloff_period"),
    ],
)
def test_a_wrong_option_is_refused_by_name(
    options: dict[str, Any], message: str, node_sdk_for: NodeClient, client: Client
) -> None:
    outcome = node_sdk_for(client)("maskingSession", "createMaskingSession", *pair(), options)

    assert message in outcome["message"]
