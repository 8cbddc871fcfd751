"""AWS clients: low-level botocore, since importing boto3 is time that a caller hears as silence."""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

# Short, since a caller or a client is waiting: two attempts fit an answer, a long wait does not.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=16,
    tcp_keepalive=True,
)
_MADE: list[Any] = []


@cache
def session() -> botocore.session.Session:
    """The SDK's session, made once, that all clients come from."""
    return botocore.session.get_session()


@cache
def client(service_name: str) -> Any:
    """The client of a service, made once. The endpoint and region come from the environment."""
    made = session().create_client(service_name, config=_CONFIG)
    _MADE.append(made)
    return made


def disconnect() -> None:
    """Close the connections of all clients; the next request of each opens one."""
    for made in _MADE:
        made.close()
