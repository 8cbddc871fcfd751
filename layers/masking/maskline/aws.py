"""AWS clients: low-level botocore, since importing boto3 is time that a caller hears as silence."""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

# Short, since a caller or a client is waiting: two attempts fit an answer, a long wait does not.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=16,
    tcp_keepalive=True,
)
SERVICES = ("dynamodb", "kms", "secretsmanager", "sqs")


class _NamedModels(Loader):
    """The SDK's models of the services that are used here.

    Left alone the SDK first walks the folders of all its four hundred services, to see which there
    are: a third of the time that making the first client takes.
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 # the SDK's form
        return [*SERVICES]


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _NamedModels())
    return session


@cache
def client(service_name: str) -> Any:
    """The client of a service, made once. The endpoint and region come from the environment."""
    return _session().create_client(service_name, config=_CONFIG)
