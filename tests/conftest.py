"""What every test stands on: credentials that open nothing, and no way off this machine."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from local.aws.engine import Engine
from tests.support.emissions import Emissions, watched_emissions
from tests.support.engine_inside import engine_inside

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)

# A busy machine is not a bug: no deadline per example.
settings.register_profile("maskline", deadline=None)
settings.load_profile("maskline")


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """A connection to anywhere but loopback fails: a test that needs one is wrong."""
    original = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise PermissionError(f"a test tried to reach {address[0]}")
        original(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(scope="session")
def begun() -> Iterator[tuple[Engine, dict[str, str]]]:
    """The one engine of this process, and the environment that the template declares."""
    with engine_inside() as running:
        yield running, dict(running.environment)


@pytest.fixture(scope="session")
def running_engine(begun: tuple[Engine, dict[str, str]]) -> Engine:
    return begun[0]


@pytest.fixture
def engine(begun: tuple[Engine, dict[str, str]]) -> Iterator[Engine]:
    """The engine, empty, in the declared environment, whatever tests before it have set."""
    running, declared = begun
    running.set_environment(declared)
    running.reset()
    yield running
    running.set_environment(declared)


@pytest.fixture
def aws_sdk() -> None:
    """How this process calls AWS: by the whole SDK, where a folder of tests says nothing else."""


@pytest.fixture(autouse=True)
def emissions(aws_sdk: None) -> Iterator[Emissions]:
    """No number is emitted, over the whole suite.

    What runs in processes of its own is searched in tests/e2e. The watch comes after `aws_sdk`:
    what replaces the SDK would replace it, too.
    """
    with watched_emissions() as watched:
        yield watched
    assert watched.leaks == []
