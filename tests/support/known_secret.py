"""A deployment's secret of the test's choice."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from local.aws.engine import Engine
from maskline import deployment_keys


def put_secret(engine: Engine, text: str) -> None:
    """Functions that have read another one keep that."""
    for arn in engine.secrets.values():
        engine.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=text)


def put_another_secret(engine: Engine) -> None:
    put_secret(engine, str(uuid.uuid4()))


@contextmanager
def known_secret(text: str = "a secret") -> Iterator[None]:
    """Without a table, and so without accounts: keys are derived from `text`, and not compared."""
    with (
        patch.object(deployment_keys, "_deployment_secret", text.encode),
        patch.object(deployment_keys, "fetch_secret"),
    ):
        deployment_keys._derived.cache_clear()
        yield
    deployment_keys._derived.cache_clear()
