"""A local AWS with what the template's handlers use: table, queues, secret, keys, environment.

with Engine() as engine:            # once per test session: it starts in about a second
    handler(event, context)         # any handler of functions/, in this process
    engine.reset()                  # between tests: an empty table and empty queues
"""

import contextlib
import functools
import json
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any, Self

import botocore.session
from botocore.config import Config

from local.aws.aws_process import AwsProcess
from local.aws.declarations import Queue
from local.aws.deployment import Deployment, from_template
from local.aws.template import ACCOUNT, REGION

TABLE_NAME = "maskline-local"
_CLIENT_CONFIG = Config(
    connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 3}, max_pool_connections=64
)


class Engine:
    """`environment` is what the handlers see; it is in os.environ from start to stop."""

    def __init__(
        self, deployment: Deployment | None = None, *, process: AwsProcess | None = None
    ) -> None:
        self.deployment = deployment or from_template()
        self.environment: dict[str, str] = {}
        self.queue_urls: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.kms_keys: dict[str, str] = {}
        self.table_name = TABLE_NAME
        self._process = process or AwsProcess()
        self._session = botocore.session.get_session()
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._outer_environment: dict[str, str | None] = {}

    @property
    def endpoint(self) -> str:
        return self._process.endpoint

    @property
    def pid(self) -> int | None:
        """The process id of the local AWS."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        self._process.start()
        try:
            self._create_everything()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        self._restore_environment()
        self._process.stop()
        self._clients.clear()

    def client(self, service: str) -> Any:
        """A botocore client on the local AWS."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.create_client(
                    service,
                    region_name=REGION,
                    endpoint_url=self.endpoint,
                    aws_access_key_id="local",
                    aws_secret_access_key="local",  # noqa: S106 (the local AWS takes any)
                    config=_CLIENT_CONFIG,
                )
            return self._clients[service]

    def reset(self) -> None:
        """An empty table (with a new stream) and empty queues; secret and addresses stay."""
        self.client("dynamodb").delete_table(TableName=self.table_name)
        self._create_table()
        for url in self.queue_urls.values():
            self.client("sqs").purge_queue(QueueUrl=url)
        forget_cached_values(but=_ADDRESSES)

    def stream_arn(self) -> str:
        table = self.client("dynamodb").describe_table(TableName=self.table_name)["Table"]
        return str(table["LatestStreamArn"])

    def set_environment(self, variables: Mapping[str, str]) -> None:
        """Put variables in os.environ until `stop`, and make the layer read what has changed."""
        self.environment.update(variables)
        changed = {name for name, value in variables.items() if os.environ.get(name) != value}
        if not changed:
            return
        # A client is costly to make, and reads no variable but those of the SDK.
        is_for_clients = any(name.startswith("AWS_") for name in changed)
        for name, value in variables.items():
            self._outer_environment.setdefault(name, os.environ.get(name))
            os.environ[name] = value
        forget_cached_values(but=frozenset() if is_for_clients else CLIENTS)

    def _create_everything(self) -> None:
        known = self._create_table()
        for queue in _dead_letter_queues_first(self.deployment.queues):
            known |= self._create_queue(queue)
        # Part of a host name that nobody looks up: see API_BASE_URL.
        known["WebhookApi"] = "local"
        for logical_id, properties in self.deployment.secrets.items():
            known[logical_id] = self._create_secret(logical_id, properties)
        for logical_id, properties in self.deployment.kms_keys.items():
            known[f"{logical_id}.Arn"] = self._create_key(logical_id, properties)
        self.set_environment(
            {
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                **self.deployment.environment_of(known),
                # On a busy machine, too, the table has the time to keep why a call was refused.
                "WHY_PATIENCE_SECONDS": "60",
            }
        )

    def _create_table(self) -> dict[str, str]:
        # No time to live here: the engine's own reaper is silent in the stream. See ttl.py.
        created = self.client("dynamodb").create_table(
            TableName=self.table_name, **self.deployment.table
        )["TableDescription"]
        table = self.deployment.table_id
        return {
            table: self.table_name,
            f"{table}.Arn": created["TableArn"],
            f"{table}.StreamArn": created.get("LatestStreamArn", ""),
        }

    def _create_queue(self, queue: Queue) -> dict[str, str]:
        name = f"{queue.logical_id}.fifo" if queue.is_fifo else queue.logical_id
        attributes = dict(queue.attributes)
        if queue.dead_letter_queue is not None:
            attributes["RedrivePolicy"] = json.dumps(
                {
                    "deadLetterTargetArn": queue_arn(self.queue_urls[queue.dead_letter_queue]),
                    "maxReceiveCount": queue.max_receive_count,
                }
            )
        created = self.client("sqs").create_queue(QueueName=name, Attributes=attributes)
        url = str(created["QueueUrl"])
        self.queue_urls[queue.logical_id] = url
        return {queue.logical_id: url, f"{queue.logical_id}.Arn": queue_arn(url)}

    def _create_secret(self, logical_id: str, properties: Mapping[str, Any]) -> str:
        manager = self.client("secretsmanager")
        password = manager.get_random_password(**properties.get("GenerateSecretString", {}))
        created = manager.create_secret(Name=logical_id, SecretString=password["RandomPassword"])
        self.secrets[logical_id] = str(created["ARN"])
        return self.secrets[logical_id]

    def _create_key(self, logical_id: str, properties: Mapping[str, Any]) -> str:
        policy = self.deployment.resolve(properties["KeyPolicy"], {})
        created = self.client("kms").create_key(Policy=json.dumps(policy))
        self.kms_keys[logical_id] = str(created["KeyMetadata"]["Arn"])
        return self.kms_keys[logical_id]

    def _restore_environment(self) -> None:
        for name, value in self._outer_environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._outer_environment.clear()
        forget_cached_values()


def queue_arn(url: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"


# What these modules keep is costly to make again and true for as long as the engine runs.
CLIENTS = frozenset({"maskline.aws"})
_ADDRESSES = CLIENTS | {"maskline.config", "maskline.deployment_keys"}


def forget_cached_values(but: frozenset[str] = frozenset()) -> None:
    """Empty every functools cache of the layer: settings, secrets and clients are read once."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "maskline" and name not in but:
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    with contextlib.suppress(Exception):
                        value.cache_clear()


def _dead_letter_queues_first(queues: tuple[Queue, ...]) -> list[Queue]:
    return sorted(queues, key=lambda queue: queue.dead_letter_queue is not None)
