"""The pool of numbers: who has which, and when one may go."""

import pytest

from maskline.domain.accounts import Client
from maskline.domain.errors import NumberConflictError, NumberNotFoundError
from maskline.domain.numbers.changes import AddedNumber, NumberChange
from maskline.domain.numbers.pool import NumberStatus
from maskline.services.accounts import provision as provision_account
from maskline.services.numbers import manage as manage_numbers
from maskline.store.accounts import accounts
from tests.support import builders
from tests.support.builders import MAIN_ID, SUBACCOUNT_ID, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.manual_clock import ManualClock
from tests.support.service import Service

OTHER_ID = "MAANOTHERACCOUNT0000"


@pytest.fixture
def stranger(service: Service) -> Client:
    """Another main account of the deployment."""
    tokens = ["t" * 32]
    provision_account.provision_account({"account": {"auth_id": OTHER_ID, "auth_tokens": tokens}})
    account = accounts.get_account(OTHER_ID)
    assert account is not None
    return Client(account, builders.origin())


def numbers_of(client: Client) -> list[str]:
    return [number.number for number in manage_numbers.list_numbers(client)]


def test_numbers_are_listed_in_pool_order_with_retired_ones(service: Service) -> None:
    service.retire(virtual(1))
    service.add_numbers(7, added_at=builders.NOW - 2000)

    assert numbers_of(service.caller()) == [virtual(7), virtual(0), virtual(1), virtual(2)]


def test_a_number_is_in_one_pool_only(service: Service, stranger: Client) -> None:
    again = builders.virtual_number(0, alias="new")
    taken = builders.virtual_number(0, account_id=OTHER_ID)

    assert manage_numbers.add_numbers(service.caller(), [again]) == [
        AddedNumber(virtual(0), is_added=False, reason="already in this pool")
    ]
    assert manage_numbers.add_numbers(stranger, [taken]) == [
        AddedNumber(virtual(0), is_added=False, reason="not available")
    ]
    assert numbers_of(stranger) == []


def test_adding_the_same_number_again_changes_nothing(service: Service) -> None:
    before = service.items()
    repeated = builders.virtual_number(0, added_at=builders.NOW)

    assert manage_numbers.add_numbers(service.caller(), [repeated])[0].is_added
    assert service.items() == before


def test_numbers_that_can_be_added_are_added_beside_those_that_cannot(service: Service) -> None:
    known = builders.virtual_number(0, alias="new")

    results = manage_numbers.add_numbers(service.caller(), [known, builders.virtual_number(5)])

    assert [result.is_added for result in results] == [False, True]
    assert virtual(5) in numbers_of(service.caller())


def test_every_change_of_the_pool_is_a_new_version(service: Service, time: ManualClock) -> None:
    versions = [service.caller().account.pool_version]

    def note() -> None:
        versions.append(service.caller().account.pool_version)

    service.add_numbers(5)
    note()
    service.retire(virtual(5))
    note()
    time.advance(seconds=300)
    manage_numbers.release_number(service.caller(), virtual(5))
    note()

    assert versions == sorted(set(versions))
    assert len(versions) == 4


def test_provisioning_again_keeps_the_pool(service: Service) -> None:
    before = service.caller().account.pool_version

    tokens = ["new" * 12]
    provision_account.provision_account({"account": {"auth_id": MAIN_ID, "auth_tokens": tokens}})

    account = service.caller().account
    assert (account.pool_version, account.auth_tokens) == (before, tuple(tokens))
    assert len(numbers_of(service.caller())) == 3


def test_a_change_shows_at_once_and_leaves_the_rest(service: Service) -> None:
    service.change_number(virtual(0), alias="front desk")
    service.change_number(virtual(0), fallback_answer_url="https://customer.example/answer")

    number = manage_numbers.get_number(service.caller(), virtual(0))

    assert number.alias == "front desk"
    assert number.fallback_answer_url == "https://customer.example/answer"
    assert number.status is NumberStatus.ACTIVE
    assert number in manage_numbers.list_numbers(service.caller())


def test_a_retired_number_can_come_back(service: Service) -> None:
    service.retire(virtual(0))
    service.change_number(virtual(0), status=NumberStatus.ACTIVE)

    assert service.create().first_virtual_number == virtual(0)


def test_numbers_of_others_are_not_there(service: Service, stranger: Client) -> None:
    subaccount = service.caller(SUBACCOUNT_ID)

    for outsider in (stranger, subaccount):
        with pytest.raises(NumberNotFoundError):
            manage_numbers.get_number(outsider, virtual(0))
        with pytest.raises(NumberNotFoundError):
            manage_numbers.update_number(outsider, virtual(0), NumberChange(alias="mine"))
        with pytest.raises(NumberNotFoundError):
            manage_numbers.release_number(outsider, virtual(0))


def test_a_subaccount_sees_the_numbers_that_it_was_given(service: Service) -> None:
    service.change_number(virtual(1), subaccount_id=SUBACCOUNT_ID)

    assert numbers_of(service.caller(SUBACCOUNT_ID)) == [virtual(1)]
    assert service.create(subaccount_id=SUBACCOUNT_ID).first_virtual_number == virtual(1)
    assert virtual(1) in numbers_of(service.caller())


def test_an_active_number_is_not_released(service: Service) -> None:
    with pytest.raises(NumberConflictError, match="retire it first"):
        manage_numbers.release_number(service.caller(), virtual(0))


def test_a_number_with_a_live_session_is_not_released_until_that_is_over(
    service: Service, time: ManualClock
) -> None:
    """And a while longer: a request that extends the session may still be under way."""
    session = service.create()
    service.retire(virtual(0))

    for time.now in (session.expires_at - 1, session.expires_at + 300_000 - 1):
        with pytest.raises(NumberConflictError, match="are live, or ended less"):
            manage_numbers.release_number(service.caller(), virtual(0))

    time.now = session.expires_at + 300_000
    manage_numbers.release_number(service.caller(), virtual(0))

    assert virtual(0) not in numbers_of(service.caller())
    with pytest.raises(NumberNotFoundError):
        manage_numbers.get_number(service.caller(), virtual(0))


def test_a_released_number_can_be_added_by_anybody(
    service: Service, time: ManualClock, stranger: Client
) -> None:
    service.retire(virtual(0))
    time.advance(seconds=300)
    manage_numbers.release_number(service.caller(), virtual(0))

    added = builders.virtual_number(0, account_id=OTHER_ID)

    assert manage_numbers.add_numbers(stranger, [added])[0].is_added


def test_a_number_that_was_active_again_is_retired_anew(
    service: Service, time: ManualClock
) -> None:
    service.retire(virtual(0))
    time.advance(seconds=299)
    service.change_number(virtual(0), status=NumberStatus.ACTIVE)
    service.retire(virtual(0))
    time.advance(seconds=299)
    service.change_number(virtual(0), alias="still the same retirement")

    with pytest.raises(NumberConflictError, match="less than five minutes ago"):
        manage_numbers.release_number(service.caller(), virtual(0))
    time.advance(seconds=1)
    manage_numbers.release_number(service.caller(), virtual(0))


def test_no_refusal_names_a_number(service: Service, time: ManualClock) -> None:
    service.create()

    with pytest.raises(NumberConflictError) as active:
        manage_numbers.release_number(service.caller(), virtual(0))
    service.retire(virtual(0))
    with pytest.raises(NumberConflictError) as fresh:
        manage_numbers.release_number(service.caller(), virtual(0))
    time.advance(seconds=300)
    with pytest.raises(NumberConflictError) as live:
        manage_numbers.release_number(service.caller(), virtual(0))

    texts = {str(refused.value) for refused in (active, fresh, live)}
    assert len(texts) == 3
    assert not any(character.isdigit() for text in texts for character in text)


@pytest.mark.parametrize("fault", Fault)
def test_changes_whose_writes_went_wrong_are_made_once(
    service: Service, time: ManualClock, faults: FaultyWrites, fault: Fault
) -> None:
    faults.plan(fault)
    service.add_numbers(5)
    faults.plan(fault)
    service.retire(virtual(5))
    time.advance(seconds=300)
    faults.plan(fault)
    manage_numbers.release_number(service.caller(), virtual(5))

    assert faults.are_spent
    assert virtual(5) not in numbers_of(service.caller())
    assert not any(item.get("number") == virtual(5) for item in service.items())
