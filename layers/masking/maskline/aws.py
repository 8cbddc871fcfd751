"""AWS clients: low-level botocore, since importing boto3 is time that a caller hears as silence."""

import gzip
import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader

# Short, since a caller or a client is waiting: two attempts fit an answer, a long wait does not.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=16,
    tcp_keepalive=True,
)
SERVICES = ("dynamodb", "kms", "secretsmanager", "sqs")
_MADE: list[Any] = []


# What the SDK's models say of the operations that are used, which `make install` takes from the SDK
# and `make build` ships: left to itself, as where they are not there, the SDK reads a megabyte of
# JSON about them while a caller waits.
PARED_MODELS = Path(__file__).with_name("sdk_models")


class _PlainJson(JSONFileLoader):
    """Reads the SDK's models into plain dicts, which keep their order as well.

    The SDK makes ordered ones, which takes longer than the parsing itself.
    """

    def load_file(self, file_path: str) -> Any:
        """The contents of a file whose name lacks its ending, None if there is no such file."""
        for ending, read in ((".json", Path.read_bytes), (".json.gz", _unzipped)):
            with suppress(FileNotFoundError):
                return json.loads(read(Path(file_path + ending)))
        return None


def _unzipped(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


class NamedModels(Loader):
    """The SDK's models of the services that are used here.

    Left alone the SDK first walks the folders of all its four hundred services, to see which there
    are, and reads where each of them is in each region: half of the time that making the first
    client takes.
    """

    FILE_LOADER_CLASS = _PlainJson

    def __init__(self) -> None:
        super().__init__(extra_search_paths=[str(PARED_MODELS)])

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 # the SDK's form
        return [*SERVICES]

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """As the SDK's, but for "endpoints": none of our services is an exception in any region."""
        if name != "endpoints":
            return super().load_data_with_path(name)
        partitions, path = super().load_data_with_path("partitions")
        return {"partitions": [*map(_endpoints, partitions["partitions"])]}, path


def _endpoints(partition: dict[str, Any]) -> dict[str, Any]:
    """Where the services of a partition are by rule, in the form of the SDK's list of endpoints."""
    suffix = partition["outputs"]["dnsSuffix"]
    dual_stack = partition["outputs"]["dualStackDnsSuffix"]
    return {
        "partition": partition["id"],
        "dnsSuffix": suffix,
        "regionRegex": partition["regionRegex"],
        "regions": partition["regions"],
        "services": {},
        "defaults": {
            "hostname": _HOST,
            "protocols": ["https"],
            "signatureVersions": ["v4"],
            "variants": [
                {"tags": ["fips"], "hostname": _FIPS_HOST, "dnsSuffix": suffix},
                {"tags": ["dualstack"], "hostname": _HOST, "dnsSuffix": dual_stack},
                {"tags": ["dualstack", "fips"], "hostname": _FIPS_HOST, "dnsSuffix": dual_stack},
            ],
        },
    }


_HOST = "{service}.{region}.{dnsSuffix}"
_FIPS_HOST = "{service}-fips.{region}.{dnsSuffix}"


@cache
def session() -> botocore.session.Session:
    """The SDK's session, made once, that all clients come from."""
    made = botocore.session.get_session()
    made.register_component("data_loader", NamedModels())
    return made


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
