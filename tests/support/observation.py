"""Watches which function makes which AWS call, so that tests can compare it with its role."""

import concurrent.futures
import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from local.aws.runtime import current_function


@dataclass(frozen=True)
class ApiCall:
    """`function` is a folder's name, None outside any handler; `operation` as in `GetItem`."""

    function: str | None
    service: str
    operation: str
    parameters: dict[str, Any]


@contextmanager
def recorded_api_calls() -> Iterator[list[ApiCall]]:
    """The AWS calls of this process, in order, for as long as the block lasts."""
    calls: list[ApiCall] = []
    make_call = getattr(BaseClient, "_make_api_call")  # noqa: B009 (absent from the type stubs)

    def record(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        calls.append(ApiCall(current_function.get(), service, operation, parameters))
        return make_call(client, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", record), _threads_know_their_function():
        yield calls


@contextmanager
def _threads_know_their_function() -> Iterator[None]:
    """A handler's own worker threads start with an empty context unless they are given one."""
    submit = concurrent.futures.ThreadPoolExecutor.submit

    def submit_in_context(
        pool: Any, work: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> concurrent.futures.Future[Any]:
        context = contextvars.copy_context()
        return submit(pool, context.run, work, *args, **kwargs)

    with patch.object(concurrent.futures.ThreadPoolExecutor, "submit", submit_in_context):
        yield
