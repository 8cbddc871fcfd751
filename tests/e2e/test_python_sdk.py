"""The official Python SDK, unchanged but for its host, does all that it can do with Plivo."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import plivo
import pytest
import requests

from tests.e2e.conftest import NewAccount, SdkClient
from tests.e2e.lossy_front import LossyFront, running_lossy_front
from tests.e2e.people import pair, phone, virtual_number
from tests.e2e.service import Service
from tests.e2e.wire import Client, exchange

TIME = "%Y-%m-%d %H:%M:%S +0000 UTC"


@pytest.fixture
def lossy_front(service: Service) -> Iterator[LossyFront]:
    with running_lossy_front(service.url) as front:
        yield front


def create(sdk: Any, **parameters: Any) -> Any:
    first, second = pair()
    wanted = {"first_party": first, "second_party": second, **parameters}
    return sdk.masking_sessions.create_masking_session(**wanted)


def test_create_answers_what_the_sdk_shows(sdk: Any) -> None:
    first, second = pair()

    created = create(sdk, first_party=first, second_party=second, session_expiry=1800)

    assert created.message == "Session created"
    assert uuid.UUID(created.api_id)
    assert created.virtual_number.startswith("+")
    session = created.session
    assert session.session_uuid == created.session_uuid
    assert (session.first_party, session.second_party) == (first[1:], second[1:])
    assert session.virtual_number == created.virtual_number[1:]
    assert session.created_time == session.modified_time
    lifetime = datetime.strptime(session.expiry_time, TIME) - datetime.strptime(  # noqa: DTZ007
        session.created_time, TIME
    )
    assert lifetime.total_seconds() == session.duration == 1800


def test_get_answers_the_session_as_created(sdk: Any) -> None:
    created = create(sdk, ring_timeout=45)

    got = sdk.masking_sessions.get_masking_session(created.session_uuid)

    assert vars(got.response) == vars(created.session)


def test_update_counts_a_new_expiry_from_the_moment_of_the_update(
    sdk: Any, service: Service
) -> None:
    created = create(sdk, session_expiry=600)
    service.advance(100)

    updated = sdk.masking_sessions.update_masking_session(
        created.session_uuid, session_expiry=900, ring_timeout=33
    )

    assert updated.message == "Session updated"
    assert "warnings" not in vars(created) | vars(updated)
    session = updated.session
    modified = datetime.strptime(session.modified_time, TIME)  # noqa: DTZ007
    expiry = datetime.strptime(session.expiry_time, TIME)  # noqa: DTZ007
    assert (expiry - modified).total_seconds() == 900
    assert 1000 <= session.duration <= 1010
    assert session.ring_timeout == 33
    assert session.call_time_limit == created.session.call_time_limit
    got = sdk.masking_sessions.get_masking_session(created.session_uuid).response
    assert vars(got) == vars(session)


def test_other_updates_leave_the_expiry_alone(sdk: Any, service: Service) -> None:
    created = create(sdk)
    service.advance(10)

    session = sdk.masking_sessions.update_masking_session(
        created.session_uuid, call_time_limit=120, callback_url="https://app.example/events"
    ).session

    assert session.expiry_time == created.session.expiry_time
    assert session.duration == created.session.duration
    assert session.modified_time > created.session.modified_time
    assert (session.call_time_limit, session.callback_url) == (120, "https://app.example/events")


def test_the_list_is_newest_first_and_its_pages_are_followed_literally(
    sdk_for: SdkClient, new_account: NewAccount, service: Service
) -> None:
    account = new_account(1)
    sdk = sdk_for(account.client)
    created = []
    for _ in range(5):
        created.append(create(sdk).session_uuid)
        service.advance(1)

    page = sdk.masking_sessions.list_masking_session(limit=2, status="active").response
    seen = [session.session_uuid for session in page.objects]
    assert (page.meta.total_count, page.meta.previous) == (5, None)
    headers = {"Authorization": account.client.authorization}
    meta = vars(page.meta)
    while meta["next"]:
        response = exchange("GET", service.url + meta["next"], headers=headers).json["response"]
        seen += [session["session_uuid"] for session in response["objects"]]
        assert response["meta"]["total_count"] == 5
        last, meta = meta, response["meta"]

    assert seen == created[::-1]
    before = exchange("GET", service.url + meta["previous"], headers=headers).json["response"]
    assert before["meta"]["next"] == last["next"]


def test_the_list_takes_every_filter_of_the_sdk(
    sdk_for: SdkClient, new_account: NewAccount, service: Service
) -> None:
    account = new_account(2)
    sdk = sdk_for(account.client)
    shared = phone()
    old = create(sdk, first_party=shared, session_expiry=60).session
    service.advance(120)
    new = create(sdk, first_party=shared, session_expiry=7200).session
    other = create(sdk, second_party=shared, session_expiry=7200).session
    assert new.virtual_number != other.virtual_number

    def found(**filters: Any) -> set[str]:
        listed = sdk.masking_sessions.list_masking_session(**filters).response.objects
        return {session.session_uuid for session in listed}

    old_id, new_id, other_id = (session.session_uuid for session in (old, new, other))
    assert found() == {old_id, new_id, other_id}
    assert found(first_party=shared) == {old_id, new_id}
    assert found(second_party=shared) == {other_id}
    assert found(second_party=f"+{new.second_party}") == {new_id}
    assert found(virtual_number=other.virtual_number) == {other_id}
    assert found(status="expired") == {old_id}
    assert found(status="active") == {new_id, other_id}
    assert found(duration=60) == {old_id}
    assert found(duration__gt=60) == found(duration__gte=7200) == {new_id, other_id}
    assert found(duration__lt=7200) == found(duration__lte=60) == {old_id}
    created, expiry = old.created_time[:19], old.expiry_time[:19]
    assert found(created_time=created) == found(created_time__lte=created) == {old_id}
    assert found(created_time__gt=created) == {new_id, other_id}
    assert found(created_time__gte=created) == {old_id, new_id, other_id}
    assert found(created_time__lt=created) == set()
    assert found(expiry_time=expiry) == found(expiry_time__lte=expiry) == {old_id}
    assert found(expiry_time__gt=expiry, first_party=shared) == {new_id}
    assert found(subaccount=account.subaccount.auth_id) == set()


def test_errors_become_the_sdks_exceptions(sdk_for: SdkClient, sdk: Any, client: Client) -> None:
    errors = plivo.exceptions
    with pytest.raises(errors.ValidationError, match="first_party must be present"):
        sdk.masking_sessions.create_masking_session(second_party=phone())
    with pytest.raises(errors.ValidationError, match="second_party is not a valid phone number"):
        create(sdk, second_party="12")
    with pytest.raises(errors.ResourceNotFoundError):
        sdk.masking_sessions.get_masking_session(str(uuid.uuid4()))
    with pytest.raises(errors.ResourceNotFoundError):
        sdk.masking_sessions.delete_masking_session("no-uuid-at-all")
    with pytest.raises(errors.AuthenticationError):
        sdk_for(client.having_token("guess")).masking_sessions.list_masking_session()


def test_an_exhausted_pool_is_a_validation_error_and_not_replayed(
    sdk_for: SdkClient,
    new_account: NewAccount,
    point_sdk_at: Callable[..., None],
    lossy_front: LossyFront,
) -> None:
    sdk = sdk_for(new_account(1).client)
    point_sdk_at(lossy_front.url)
    shared = phone()
    create(sdk, first_party=shared)

    with pytest.raises(plivo.exceptions.ValidationError, match="Number pool exhausted"):
        create(sdk, first_party=shared)

    assert lossy_front.statuses == [201, 400]


def test_numbers_come_and_go_through_the_sdk(
    sdk_for: SdkClient, new_account: NewAccount, service: Service
) -> None:
    account = new_account()
    sdk = sdk_for(account.client)
    first, second = (virtual_number().removeprefix("+") for _ in range(2))

    created = sdk.numbers.create(f"{first},{second}", carrier="plivo", region="GB")

    assert [(entry.number, entry.status) for entry in created.numbers] == [
        (first, "Success"),
        (second, "Success"),
    ]
    assert [number.number for number in sdk.numbers.list()] == [first, second]
    assert [number.number for number in sdk.numbers.list(limit=1, offset=1)] == [second]
    assert [number.number for number in sdk.numbers] == [first, second]
    subaccount = account.subaccount.auth_id
    changed = sdk.numbers.update(first, alias="front desk", subaccount=subaccount)
    assert changed.message == "changed"
    number = sdk.numbers.get(first)
    assert (number.alias, number.sub_account, number.carrier, number.country) == (
        "front desk",
        subaccount,
        "plivo",
        "GB",
    )
    assert [number.number for number in sdk.numbers.list(alias="front desk")] == [first]
    assert [number.number for number in sdk.numbers.list(subaccount=subaccount)] == [first]

    with pytest.raises(plivo.exceptions.InvalidRequestError, match="retire it first"):
        sdk.numbers.delete(second)
    account.client.send("POST", f"/Number/{second}/", {"status": "retired"})
    service.advance(300)
    sdk.numbers.delete(second)
    with pytest.raises(plivo.exceptions.ResourceNotFoundError):
        sdk.numbers.get(second)


@pytest.mark.parametrize("losses", [(500,), (503, 500)])
def test_the_sdks_silent_replays_create_one_session_with_an_idempotency_key(
    losses: tuple[int, ...],
    sdk: Any,
    client: Client,
    point_sdk_at: Callable[..., None],
    lossy_front: LossyFront,
) -> None:
    first, second = pair()
    point_sdk_at(lossy_front.url)
    lossy_front.lose_next(*losses)
    sdk.session.headers["Idempotency-Key"] = str(uuid.uuid4())

    created = create(sdk, first_party=first, second_party=second)

    assert lossy_front.statuses == [201] * (len(losses) + 1)
    [session] = client.sessions(first_party=first)
    assert session["session_uuid"] == created.session_uuid


def test_a_client_that_gives_up_and_asks_again_gets_the_first_answer(
    sdk: Any, client: Client, point_sdk_at: Callable[..., None], lossy_front: LossyFront
) -> None:
    first, second = pair()
    point_sdk_at(lossy_front.url)
    lossy_front.lose_next(3.0)
    sdk.session.headers["Idempotency-Key"] = str(uuid.uuid4())
    sdk.timeout = 1

    with pytest.raises(requests.exceptions.Timeout):
        create(sdk, first_party=first, second_party=second)
    sdk.timeout = 20
    created = create(sdk, first_party=first, second_party=second)

    [session] = client.sessions(first_party=first)
    assert session["session_uuid"] == created.session_uuid


def test_a_subaccount_may_use_the_sdk_too(sdk_for: SdkClient, new_account: NewAccount) -> None:
    account = new_account()
    subaccount = account.subaccount.auth_id
    main, sub = sdk_for(account.client), sdk_for(account.subaccount)
    main.numbers.create(virtual_number()[1:], carrier="plivo", region="GB", subaccount=subaccount)

    own = create(sub)
    by_main = create(main, subaccount=subaccount)

    assert own.session.subaccount == by_main.session.subaccount == subaccount
    listed = sub.masking_sessions.list_masking_session().response
    assert listed.meta.total_count == 2
    assert sdk_list(main, subaccount=subaccount) == sdk_list(sub)
    with pytest.raises(plivo.exceptions.ValidationError, match="Number pool exhausted"):
        create(main)


def sdk_list(sdk: Any, **filters: Any) -> list[str]:
    listed = sdk.masking_sessions.list_masking_session(**filters).response.objects
    return [session.session_uuid for session in listed]
