"""The accounts' data keys: unwrapped once, rotated while calls come in, dropped when nobody can
need them, and no help to who moves or changes what they sealed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.rotate_keys import app as rotate_keys
from local.aws.engine import forget_cached_values
from maskline import aws
from maskline.config import settings
from maskline.domain.calls.plan import Dial
from maskline.store import keys, table
from maskline.store.sealing import keyrings
from maskline.store.sealing.seal import SealBrokenError
from tests.support.builders import MAIN_ID, SUBACCOUNT_ID, party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.observation import ApiCall, recorded_api_calls
from tests.support.service import Service
from tests.support.threads import together

_WARM = frozenset(
    {
        "maskline.aws",
        "maskline.config",
        "maskline.deployment_keys",
        "maskline.store.sealing.table_secret",
    }
)
DAY = 86_400


def cold() -> None:
    """As in a function that has just started."""
    forget_cached_values(but=_WARM)


@contextmanager
def another_function() -> Iterator[None]:
    """What it learns, this one does not know afterwards."""
    kept = [(cached, dict(cached)) for cached in (keyrings._known(), keyrings._unwrapped())]
    yield
    for cached, before in kept:
        cached.clear()
        cached.update(before)


def rotate() -> None:
    with another_function():
        rotate_keys.handler({}, None)


def ring() -> list[dict[str, Any]]:
    record = table.get(keys.account(MAIN_ID))
    assert record is not None
    return list(record["keyring"])


def key_ids(service: Service) -> set[int]:
    """Under which keys the table's routes are sealed."""
    pages = service.engine.client("dynamodb").scan(TableName=service.engine.table_name)["Items"]
    sealed = [item["peer"]["B"] for item in pages if "peer" in item]
    return {int.from_bytes(value[:2]) for value in sealed}


@pytest.fixture
def requests() -> Iterator[list[ApiCall]]:
    with recorded_api_calls() as calls:
        yield calls


def asked(requests: list[ApiCall]) -> list[str]:
    """The operations since this was last asked."""
    names = [call.operation for call in requests]
    requests.clear()
    return names


def test_a_cold_answer_unwraps_one_key_and_a_warm_one_none(
    service: Service, requests: list[ApiCall]
) -> None:
    service.create(0, 1)
    cold()
    requests.clear()

    service.call(party(0), virtual(0), call_uuid="a")
    assert asked(requests) == ["BatchGetItem", "GetItem", "Decrypt", "TransactWriteItems"]

    for _ in range(3):
        service.call(party(0), virtual(0), call_uuid="a")
        assert asked(requests) == ["BatchGetItem", "TransactWriteItems"]


def test_a_create_unwraps_the_key_that_came_with_the_account(
    service: Service, requests: list[ApiCall]
) -> None:
    cold()
    requests.clear()

    service.create(0, 1)

    # The account for its authentication, the pool, what the parties hold, the key, the write.
    assert sorted(asked(requests)) == sorted(
        ["GetItem", "Query", "Query", "Query", "Decrypt", "TransactWriteItems"]
    )


def test_calls_that_come_at_once_unwrap_a_key_once(
    service: Service, requests: list[ApiCall]
) -> None:
    service.create(0, 1)
    cold()
    requests.clear()

    answer = partial(service.call, party(0), virtual(0), call_uuid="a")
    plans = together([answer for _ in range(8)])

    assert {type(plan) for plan in plans} == {Dial}
    assert asked(requests).count("Decrypt") == 1


def test_a_new_key_is_used_at_once_by_the_api_and_old_items_stay_readable(
    service: Service,
) -> None:
    service.create(0, 1)
    rotate()

    service.create(2, 3)

    assert key_ids(service) == {1, 2}
    for first, second in ((0, 1), (2, 3)):
        plan = service.call(party(first), virtual(0))
        assert isinstance(plan, Dial)
        assert plan.peer == party(second)


def test_whoever_meets_a_new_key_reads_the_ring_once(
    service: Service, requests: list[ApiCall]
) -> None:
    service.create(0, 1)
    service.call(party(0), virtual(0))
    with another_function():
        rotate()
        service.create(2, 3)
    requests.clear()

    assert isinstance(service.call(party(2), virtual(0)), Dial)

    assert asked(requests) == ["BatchGetItem", "GetItem", "Decrypt", "TransactWriteItems"]


def test_whoever_meets_none_uses_the_new_key_within_minutes(
    service: Service, time: ManualClock
) -> None:
    session = service.create(0, 1)
    rotate()
    assert keyrings.newest_key(MAIN_ID)[0] == 1

    time.advance(seconds=10 * 60)

    assert keyrings.newest_key(MAIN_ID)[0] == 2
    assert service.stored(session).first_party == party(0)


def test_rotations_that_meet_each_make_a_key(service: Service) -> None:
    together([partial(rotate_keys.handler, {}, None) for _ in range(3)])

    assert [one["key_id"] for one in ring()] == [1, 2, 3, 4]


def test_a_replaced_key_is_dropped_when_nothing_can_be_sealed_under_it(
    service: Service, time: ManualClock
) -> None:
    rotate()
    kept_days = settings().retention_days + 365

    time.advance(seconds=kept_days * DAY - 60)
    rotate()
    assert [one["key_id"] for one in ring()] == [1, 2, 3]

    time.advance(seconds=120)
    rotate()
    # The second was replaced two minutes ago only.
    assert [one["key_id"] for one in ring()] == [2, 3, 4]


def test_provisioning_again_keeps_the_keys(service: Service) -> None:
    before = ring()

    service.provision()

    assert ring() == before


def test_a_subaccounts_sessions_are_sealed_under_the_main_accounts_key(service: Service) -> None:
    subaccount = table.get(keys.account(SUBACCOUNT_ID))
    assert subaccount is not None
    assert subaccount["keyring"] == []

    service.add_numbers(5, subaccount_id=SUBACCOUNT_ID)
    session = service.create(0, 1, subaccount_id=SUBACCOUNT_ID)

    assert service.stored(session).second_party == party(1)


def test_a_key_is_unwrapped_for_its_own_account_only(service: Service) -> None:
    """Somebody who can write the table gives another account this one's ring."""
    [mine] = ring()

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        aws.client("kms").decrypt(
            CiphertextBlob=mine["wrapped"],
            KeyId=settings().wrapping_key_arn,
            EncryptionContext={"account_id": "MAOTHER"},
        )


def test_the_keys_are_not_in_the_table(service: Service) -> None:
    _, data_key = keyrings.newest_key(MAIN_ID)

    [entry] = ring()

    assert data_key not in entry["wrapped"]
    assert len(data_key) == 32


@pytest.mark.parametrize("attribute", ["peer", "party"])
def test_a_route_with_values_from_elsewhere_connects_nobody(
    attribute: str, service: Service
) -> None:
    """Who can write the table, but has no key, would lead a caller to a stranger."""
    service.create(0, 1)
    service.create(2, 3)
    place, other = keys.route(party(0), virtual(0)), keys.route(party(2), virtual(0))
    client, name = service.engine.client("dynamodb"), service.engine.table_name
    key = {one: {"S": value} for one, value in other.items()}
    moved = client.get_item(TableName=name, Key=key)["Item"][attribute]
    client.update_item(
        TableName=name,
        Key={one: {"S": value} for one, value in place.items()},
        UpdateExpression="SET #name = :moved",
        ExpressionAttributeNames={"#name": attribute},
        ExpressionAttributeValues={":moved": moved},
    )

    with pytest.raises(SealBrokenError):
        service.call(party(0), virtual(0))
    assert isinstance(service.call(party(2), virtual(0)), Dial)
