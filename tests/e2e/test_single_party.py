"""A session with one party, through the official SDKs, the carrier and the callbacks."""

from typing import Any

import pytest

from tests.e2e.accounts import Account
from tests.e2e.conftest import NewAccount, SdkClient
from tests.e2e.customer import Mailbox
from tests.e2e.people import phone
from tests.e2e.service import Service

COLLECTION = "/Masking/Session/"


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    """Two numbers of its own: an open door would connect the strangers of other tests."""
    return new_account(2)


def reached(account: Account, caller: str, dialled: str) -> tuple[str, str]:
    """Who is connected, and the number that they see."""
    call = account.carrier.call(caller, dialled)
    assert call.is_connected, call.heard
    assert call.leg is not None
    return call.leg.to, call.leg.caller_id


def test_a_single_party_session_from_first_request_to_second_party(
    sdk_for: SdkClient, account: Account, mailbox: Mailbox, service: Service
) -> None:
    sessions = sdk_for(account.client).masking_sessions
    lone, outsider, other = phone(), phone(), phone()
    created = sessions.create_masking_session(
        first_party=lone, create_session_with_single_party=True, callback_url=mailbox.url
    )
    number, session_uuid = created.virtual_number, created.session_uuid
    assert (created.session.first_party, created.session.second_party) == (lone[1:], "")
    assert created.session.create_session_with_single_party is True

    early = account.carrier.call(lone, number)
    assert early.legs == []
    assert early.heard
    assert reached(account, outsider, number) == (lone, number)
    assert reached(account, lone, number) == (outsider, number)
    assert reached(account, "anonymous", number) == (lone, number)
    assert reached(account, lone, number) == (outsider, number)

    updated = sessions.update_masking_session(session_uuid, second_party=other)
    assert (updated.message, updated.session.second_party) == ("Session updated", other[1:])
    assert account.carrier.call(outsider, number).legs == []
    assert reached(account, lone, number) == (other, number)
    assert reached(account, other, number) == (lone, number)
    [listed] = sessions.list_masking_session(second_party=other).response.objects
    assert listed.session_uuid == session_uuid

    told = mailbox.wait_for(6 * 7)
    directions = [(one.fields["From"], one.fields["To"]) for one in told[::7]]
    phones = [(outsider, lone), (lone, outsider), ("", lone), (lone, outsider)]
    phones += [(lone, other), (other, lone)]
    assert [tuple(side.removeprefix("+") for side in pair) for pair in directions] == [
        tuple(side.removeprefix("+") for side in pair) for pair in phones
    ]
    assert [one.event for one in told[:2]] == [
        "SessionVirtualNumberAnswer",
        "SessionSecondPartyAnswer",
    ]

    service.advance(3600)
    assert account.carrier.call(lone, number).legs == []
    assert mailbox.wait_for(6 * 7 + 1)[-1].event == "SessionTimeout"


def test_a_number_has_one_open_door_until_it_is_closed(account: Account) -> None:
    single = {"create_session_with_single_party": True}
    first = account.client.create(phone(), "", **single)
    second = account.client.create("", phone(), **single)
    assert {first["virtual_number"], second["virtual_number"]} == {
        number.removeprefix("+") for number in account.numbers
    }
    lone = {"first_party": phone(), **single}

    refused = account.client.send("POST", COLLECTION, lone)
    assert (refused.status, refused.error) == (400, "Number pool exhausted or not available")

    account.client.send("DELETE", f"{COLLECTION}{first['session_uuid']}/")
    assert account.client.send("POST", COLLECTION, lone).status == 201


GO = {"session_expiry": 0, "create_session_with_single_Party": True}
JAVA = {
    "session_expiry": 0,
    "call_time_limit": 0,
    "ring_timeout": 0,
    "record": False,
    "second_party": "",
    "create_session_with_single_party": True,
}


@pytest.mark.parametrize("body", [GO, JAVA], ids=["go", "java"])
def test_other_clients_bodies_make_and_complete_it(body: dict[str, Any], account: Account) -> None:
    lone, other = phone(), phone()
    answer = account.client.send("POST", COLLECTION, {"first_party": lone, **body})
    assert answer.status == 201, answer.text
    session = answer.json["session"]
    assert (session["first_party"], session["second_party"]) == (lone[1:], "")
    assert (session["create_session_with_single_party"], session["duration"]) == (True, 3600)
    path = f"{COLLECTION}{answer.json['session_uuid']}/"

    addition = {**body, "second_party": other, "create_session_with_single_party": False}
    added = account.client.send("POST", path, addition)

    assert added.status == 200, added.text
    assert added.json["session"]["second_party"] == other[1:]
    assert added.json["session"]["create_session_with_single_party"] is True


@pytest.mark.parametrize(
    ("second_party", "error"),
    [
        ("12", "Invalid parameter. second_party is not a valid phone number"),
        ("lone", "Invalid parameter. second_party must differ from first_party"),
        ("taken", "Number pool exhausted or not available"),
    ],
)
def test_an_addition_is_checked_as_a_create(
    second_party: str, error: str, new_account: NewAccount
) -> None:
    client = new_account(1).client
    lone, taken = phone(), phone()
    client.create(taken, phone())
    created = client.create(lone, "", create_session_with_single_party=True)
    path = f"{COLLECTION}{created['session_uuid']}/"
    wanted = {"lone": lone, "taken": taken}.get(second_party, second_party)

    answer = client.send("POST", path, {"second_party": wanted})
    assert (answer.status, answer.error) == (400, error)

    client.send("DELETE", path)
    answer = client.send("POST", path, {"second_party": phone()})
    assert (answer.status, answer.error) == (400, "Session already expired")
