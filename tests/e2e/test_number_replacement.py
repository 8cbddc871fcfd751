"""A number goes bad: its sessions get another one, as the application and both phones see it."""

import os
import subprocess

from tests.e2e.accounts import Account, add_numbers
from tests.e2e.conftest import NewAccount
from tests.e2e.customer import Mailbox
from tests.e2e.people import pair, virtual_number
from tests.e2e.service import ROOT, Service

REPLACED = "SessionVirtualNumberReplaced"


def call_unhealthy(account: Account, number: str, **order: int) -> None:
    answer = account.client.send("POST", f"/Number/{number}/", {"health": "unhealthy", **order})
    assert answer.status == 202, answer.text


def health(account: Account, number: str) -> str:
    return str(account.client.send("GET", f"/Number/{number}/").json["health"])


def assert_both_reach_each_other(account: Account, people: tuple[str, str], number: str) -> str:
    """The number that the called one sees."""
    shown = set()
    for caller, peer in (people, people[::-1]):
        call = account.carrier.call(caller, number)
        assert call.is_connected
        assert call.leg is not None
        assert call.leg.to == peer
        shown.add(call.leg.caller_id)
    (one,) = shown
    return one


def assert_reaches_nobody(account: Account, people: tuple[str, str], number: str) -> None:
    for caller in people:
        call = account.carrier.call(caller, number)
        assert (call.legs, call.is_connected) == ([], False)
        assert call.heard


def test_both_numbers_connect_until_the_end_and_the_application_is_told(
    new_account: NewAccount, service: Service, mailbox: Mailbox
) -> None:
    account = new_account(2)
    old, new = account.numbers
    people = pair()
    session = account.client.create(*people, callback_url=mailbox.url)
    assert session["virtual_number"] == old.removeprefix("+")

    call_unhealthy(account, old)
    service.advance(60)

    (told,) = mailbox.wait_for(1)
    assert told.event == REPLACED
    assert told.fields["VirtualNumber"] == new.removeprefix("+")
    assert (told.fields["From"], told.fields["To"]) == tuple(
        person.removeprefix("+") for person in people
    )
    assert account.client.session(session["session_uuid"])["virtual_number"] == new.removeprefix(
        "+"
    )
    for number in (old, new):
        assert assert_both_reach_each_other(account, people, number) == new
    account.client.send("DELETE", f"/Masking/Session/{session['session_uuid']}/")
    for number in (old, new):
        assert_reaches_nobody(account, people, number)
    assert mailbox.events.count(REPLACED) == 1


def test_each_side_has_its_own_number_replaced(
    new_account: NewAccount, service: Service, mailbox: Mailbox
) -> None:
    account = new_account(3)
    first, second = pair()
    busy, _ = pair()
    account.client.create(busy, second)
    session = account.client.create(
        first, second, callback_url=mailbox.url, virtual_number_strategy="per_party"
    )
    assert session["second_party_virtual_number"] == account.numbers[1].removeprefix("+")

    call_unhealthy(account, account.numbers[1])
    service.advance(60)

    (told,) = mailbox.wait_for(1)
    assert told.fields["From"] == second.removeprefix("+")
    assert told.fields["VirtualNumber"] == account.numbers[2].removeprefix("+")
    shown = account.client.session(session["session_uuid"])
    assert shown["virtual_number"] == account.numbers[0].removeprefix("+")
    for dialled in account.numbers[1:]:
        call = account.carrier.call(second, dialled)
        assert call.leg is not None
        assert (call.leg.to, call.leg.caller_id) == (first, account.numbers[0])


def test_a_grace_lets_the_old_number_go(new_account: NewAccount, service: Service) -> None:
    account = new_account(2)
    old, new = account.numbers
    people = pair()
    account.client.create(*people)

    call_unhealthy(account, old, replacement_grace=600)
    service.advance(60)
    assert assert_both_reach_each_other(account, people, old) == new
    service.advance(600)

    assert_reaches_nobody(account, people, old)
    assert assert_both_reach_each_other(account, people, new) == new


def test_a_session_waits_until_a_number_is_added(new_account: NewAccount, service: Service) -> None:
    account = new_account(1)
    (old,) = account.numbers
    people = pair()
    session = account.client.create(*people)
    call_unhealthy(account, old)
    service.advance(60)
    assert assert_both_reach_each_other(account, people, old) == old

    (added,) = add_numbers(account.client, 1)
    service.advance(60)

    shown = account.client.session(session["session_uuid"])
    assert shown["virtual_number"] == added.removeprefix("+")
    assert assert_both_reach_each_other(account, people, old) == added


def make(account: Account, *arguments: str) -> int:
    """The exit code of the operator's command."""
    client = account.client
    known = {"API": client.api, "AUTH_ID": client.auth_id, "AUTH_TOKEN": client.auth_token}
    command = ["make", "-s", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **known}, check=False).returncode


def test_the_operators_command(new_account: NewAccount) -> None:
    account = new_account(1)
    (number,) = account.numbers

    for said in ("unhealthy", "healthy"):
        assert make(account, said, f"NUMBER={number}") == 0
        assert health(account, number) == said
    assert make(account, "unhealthy") != 0
    assert make(account, "unhealthy", f"NUMBER={virtual_number()}") != 0
