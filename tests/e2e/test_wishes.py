"""What a session would rather have than a refusal, and whether its pair meets its number again."""

import uuid
from typing import Any

import pytest

from tests.e2e.accounts import Account
from tests.e2e.conftest import NewAccount, SdkClient
from tests.e2e.people import pair, phone
from tests.e2e.service import Service
from tests.e2e.wire import COLLECTION

AMERICAN = "+12025550105"
BOTH = ["any_country", "per_party"]


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    """Two British numbers."""
    return new_account(2)


def digits(number: str) -> str:
    return number.removeprefix("+")


def hold_apart(account: Account, first: str, second: str) -> None:
    """The first party holds the first number and the second party the other: none is for both."""
    account.client.create(first, phone())
    passing = account.client.create(second, phone())
    account.client.create(second, phone())
    account.client.send("DELETE", f"{COLLECTION}/{passing['session_uuid']}")


def test_a_session_comes_down_its_ladder_and_says_so(account: Account, sdk_for: SdkClient) -> None:
    """Through the official SDK, whose method for creating sessions does not know our field."""
    wish = {"first_party": AMERICAN, "second_party": phone(), "on_exhaustion": BOTH}

    created = sdk_for(account.client).request("POST", ("Masking", "Session"), wish)

    assert created.virtual_number == account.numbers[0]
    assert created.allocation_rung == created.session.allocation_rung == "any_country"
    assert created.session.on_exhaustion == BOTH
    assert account.client.session(created.session_uuid)["allocation_rung"] == "any_country"


def test_each_gets_a_number_where_none_is_left_for_both(account: Account) -> None:
    first, second = pair()
    hold_apart(account, first, second)

    session = account.client.create(first, second, on_exhaustion="any_country, per_party")

    assert session["allocation_rung"] == "per_party"
    assert session["virtual_number_strategy"] == "per_party"
    numbers = [session[f"{role}_party_virtual_number"] for role in ("first", "second")]
    assert numbers == [digits(account.numbers[1]), digits(account.numbers[0])]
    call = account.carrier.call(second, account.numbers[0])
    assert call.is_connected
    [listed] = account.client.sessions(second_party=second, first_party=first)
    assert listed["allocation_rung"] == "per_party"


def test_a_refusal_says_that_every_rung_was_tried(account: Account) -> None:
    first, second = pair()
    for _ in account.numbers:
        account.client.create(first, phone())
    body = {"first_party": first, "second_party": second, "on_exhaustion": BOTH, "geomatch": False}

    refused = account.client.send("POST", COLLECTION, body)

    assert refused.status == 400
    assert refused.error == "Number pool exhausted or not available; also tried: per_party"


def test_a_repeated_create_gets_the_same_rung(account: Account) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"first_party": AMERICAN, "second_party": phone(), "on_exhaustion": BOTH}
    first = account.client.send("POST", COLLECTION, body, headers=key)

    again = account.client.send("POST", COLLECTION, body, headers=key)

    assert (again.status, again.body) == (201, first.body)
    assert again.json["allocation_rung"] == "any_country"


def test_whoever_is_added_comes_down_the_ladder_too(account: Account) -> None:
    first, second = pair()
    single: dict[str, Any] = {"create_session_with_single_party": True, "on_exhaustion": BOTH}
    # Doors come from the far end of the pool: this one is where others begin.
    others = [f"/Number/{digits(number)}/" for number in account.numbers[1:]]
    for other in others:
        account.client.send("POST", other, {"status": "retired"})
    lone = account.client.create(first, "", **single)
    for other in others:
        account.client.send("POST", other, {"status": "active"})
    account.client.create(second, phone())

    path = f"{COLLECTION}/{lone['session_uuid']}/"
    added = account.client.send("POST", path, {"second_party": second, "on_exhaustion": BOTH})

    assert added.status == 200, added.text
    session = added.json["session"]
    assert (lone["allocation_rung"], session["allocation_rung"]) == ("asked", "per_party")
    assert session["first_party_virtual_number"] == lone["virtual_number"]
    assert session["second_party_virtual_number"] == digits(account.numbers[1])


def test_a_pair_meets_its_number_again(account: Account, service: Service) -> None:
    first, second = pair()
    blocking = account.client.create(first, phone(), session_expiry=60)
    before = account.client.create(first, second, session_expiry=60, sticky=True)
    assert before["sticky"] is True
    assert before["virtual_number"] == digits(account.numbers[1])
    service.advance(86_400)
    assert account.client.session(blocking["session_uuid"])["status"] == "expired"

    again = account.client.create(second, first, sticky="true")

    assert again["virtual_number"] == before["virtual_number"]
    assert account.client.create(first, second)["virtual_number"] == digits(account.numbers[0])


@pytest.mark.parametrize("ladder", ["per_party,per_party", ["asked"], 3])
def test_a_ladder_that_makes_no_sense_is_refused(account: Account, ladder: object) -> None:
    first, second = pair()
    body = {"first_party": first, "second_party": second, "on_exhaustion": ladder}

    refused = account.client.send("POST", COLLECTION, body)

    assert refused.status == 400
    assert refused.error.startswith("Invalid parameter. on_exhaustion should list")
