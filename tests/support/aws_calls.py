"""The one place where a test steps between the functions and the AWS SDK."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

# Of a client, an operation's name and its parameters: the answer of AWS.
AwsCall = Callable[[Any, str, Any], Any]


@contextmanager
def replaced_calls(around: Callable[[AwsCall], AwsCall]) -> Iterator[None]:
    """Have this process call AWS by `around(call)`; `call` is how it does so at present."""
    # Absent from the type stubs, and private: no public hook can change parameters or fail a call.
    call: AwsCall = getattr(BaseClient, "_make_api_call")  # noqa: B009
    with patch.object(BaseClient, "_make_api_call", around(call)):
        yield
