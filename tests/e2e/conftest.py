"""One running service for all tests here, which keep apart by using people of their own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import plivo
import pytest

from local.phone.simulator import CarrierSimulator
from tests.e2e.accounts import (
    BOTH_COUNTRIES,
    Account,
    add_numbers,
    provision_account,
    seeded_account,
)
from tests.e2e.customer import Customer, Mailbox, running_customer
from tests.e2e.node_sdk import NodeClient, NodeSdk, running_node
from tests.e2e.people import FICTION
from tests.e2e.service import Service, started_service
from tests.e2e.wire import Client

SdkClient = Callable[[Client], Any]


class NewAccount(Protocol):
    def __call__(
        self, numbers: int = 0, *, limits: dict[str, Any] = ..., **attributes: Any
    ) -> Account: ...


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    with started_service() as running:
        yield running.wait_until_ready()
        assert FICTION not in running.output, "somebody's number was printed"


@pytest.fixture(scope="session")
def account(service: Service) -> Account:
    """The seeded account."""
    return seeded_account(service.info())


@pytest.fixture(scope="session")
def client(account: Account) -> Client:
    return account.client


@pytest.fixture(scope="session")
def carrier(account: Account) -> CarrierSimulator:
    return account.carrier


@pytest.fixture
def new_account(service: Service) -> NewAccount:
    """Makes an account with as many numbers; further arguments are attributes of the numbers."""

    def make(
        numbers: int = 0, *, limits: dict[str, Any] = BOTH_COUNTRIES, **attributes: Any
    ) -> Account:
        made = provision_account(service, limits=limits)
        if not numbers:
            return made
        return replace(made, numbers=add_numbers(made.client, numbers, **attributes))

    return make


@pytest.fixture(scope="session")
def customer() -> Iterator[Customer]:
    with running_customer() as running:
        yield running


@pytest.fixture
def mailbox(customer: Customer) -> Mailbox:
    return customer.mailbox()


@pytest.fixture
def point_sdk_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the official SDK talk to other hosts: the first, then those that it falls back to."""
    from plivo.rest import client as sdk

    def point(*urls: str) -> None:
        first, second, third = (f"{url}/v1/Account" for url in (*urls, *urls[-1:] * 2)[:3])
        monkeypatch.setattr(sdk, "PLIVO_API_BASE_URI", first)
        monkeypatch.setattr(sdk, "API_VOICE_BASE_URI", first)
        monkeypatch.setattr(sdk, "API_VOICE_BASE_URI_FALLBACK_1", second)
        monkeypatch.setattr(sdk, "API_VOICE_BASE_URI_FALLBACK_2", third)

    return point


@pytest.fixture
def sdk_for(service: Service, point_sdk_at: Callable[..., None]) -> Iterator[SdkClient]:
    """Makes an official SDK client with an account's credentials."""
    point_sdk_at(service.url)
    made: list[Any] = []

    def make(client: Client) -> Any:
        # Longer than the SDK's five seconds: a busy machine is not a bug.
        made.append(plivo.RestClient(client.auth_id, client.auth_token, timeout=20))
        return made[-1]

    yield make
    for sdk in made:
        sdk.session.close()
        sdk.multipart_session.close()


@pytest.fixture
def sdk(sdk_for: SdkClient, client: Client) -> Any:
    """The official SDK with the seeded account's credentials."""
    return sdk_for(client)


@pytest.fixture(scope="session")
def node_sdk_for() -> Iterator[NodeClient]:
    """Makes an official Node SDK with an account's credentials."""
    with running_node() as process:
        yield partial(NodeSdk, process)
