"""Watches which function makes which AWS call, so that tests can compare it with its role."""

import concurrent.futures
import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from local.aws.runtime import current_function
from tests.support.aws_calls import AwsCall, replaced_calls


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

    def recorded(call: AwsCall) -> AwsCall:
        def record(client: Any, operation: str, parameters: Any) -> Any:
            service = client.meta.service_model.service_name
            calls.append(ApiCall(current_function.get(), service, operation, parameters))
            return call(client, operation, parameters)

        return record

    with replaced_calls(recorded), _threads_know_their_function():
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
