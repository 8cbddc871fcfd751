"""Which number a session gets, by country, subaccount and cool-off, through the official SDK."""

from typing import Any

import pytest
from plivo import exceptions as errors

from tests.e2e.accounts import Account, add_numbers
from tests.e2e.conftest import NewAccount, SdkClient
from tests.e2e.people import pair, phone
from tests.e2e.service import Service

AMERICAN, OTHER_AMERICAN = "+12025550103", "+12025550104"
NO_NUMBER_FOR = "geomatch leaves no number for {}"


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    """Two British numbers."""
    return new_account(2)


@pytest.fixture
def sessions(sdk_for: SdkClient, account: Account) -> Any:
    return sdk_for(account.client).masking_sessions


def create(sessions: Any, first: str, second: str, **parameters: Any) -> Any:
    return sessions.create_masking_session(first_party=first, second_party=second, **parameters)


def test_the_number_is_of_the_first_partys_country_unless_any_will_do(
    account: Account, sessions: Any
) -> None:
    with pytest.raises(errors.ValidationError, match=NO_NUMBER_FOR.format("first_party")):
        create(sessions, AMERICAN, phone())

    assert create(sessions, phone(), AMERICAN).virtual_number == account.numbers[0]
    assert (
        create(sessions, OTHER_AMERICAN, phone(), geomatch=False).virtual_number
        == (account.numbers[0])
    )


def test_under_per_party_the_refusal_names_the_side_without_a_number(account: Account) -> None:
    first, second = phone(), AMERICAN
    body = {"first_party": first, "second_party": second, "virtual_number_strategy": "per_party"}

    refused = account.client.send("POST", "/Masking/Session/", body)

    assert refused.status == 400
    assert refused.error.endswith(NO_NUMBER_FOR.format("second_party"))


def test_an_account_without_numbers_is_told_that_waiting_does_not_help(
    new_account: NewAccount,
) -> None:
    first, second = pair()
    body = {"first_party": first, "second_party": second}

    refused = new_account().client.send("POST", "/Masking/Session/", body)

    assert (refused.status, refused.json["error_code"]) == (400, "no_suitable_number")


def test_a_subaccount_without_numbers_is_named_as_the_reason(
    account: Account, sessions: Any
) -> None:
    subaccount = account.subaccount.auth_id
    with pytest.raises(errors.ValidationError, match="the subaccount has no number"):
        create(sessions, *pair(), subaccount=subaccount)

    [own] = add_numbers(account.client, 1, subaccount=subaccount)

    assert create(sessions, *pair(), subaccount=subaccount).virtual_number == own


def test_a_pair_gets_its_number_back_only_after_the_cool_off(
    account: Account, sessions: Any, service: Service
) -> None:
    first, second = pair()
    created = create(sessions, first, second, virtual_number_cooloff_period=600)
    number, other = account.numbers
    assert created.virtual_number == number
    assert created.session.virtual_number_cooloff_period == 600
    sessions.delete_masking_session(created.session_uuid)

    assert create(sessions, first, phone()).virtual_number == other
    assert create(sessions, phone(), second).virtual_number == other
    assert create(sessions, *pair()).virtual_number == number
    assert not account.carrier.call(first, number).is_connected

    service.advance(600)
    assert create(sessions, first, second).virtual_number == number


@pytest.mark.parametrize("seconds", [-1, 3601])
def test_a_cool_off_has_bounds(sessions: Any, seconds: int) -> None:
    with pytest.raises(errors.ValidationError, match="outside the allowed range"):
        create(sessions, *pair(), virtual_number_cooloff_period=seconds)
