"""Calls the handlers as Lambda does: with a context, one function at a time per thread."""

import contextvars
import logging
import time
import traceback
import uuid
from dataclasses import dataclass, field
from typing import Any

from local.declarations import Function
from local.deployment import Deployment, Handler
from local.template import ACCOUNT, REGION

logger = logging.getLogger(__name__)

current_function: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "current_function", default=None
)
"""The folder name of the function that this thread is running, such as `answer_call`."""


class HandlerError(Exception):
    """A handler raised; its own exception is the cause."""


class UnknownFunctionError(Exception):
    """No function of that name is declared."""


@dataclass
class LambdaContext:
    """The context object of one invocation."""

    function_name: str
    timeout_seconds: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    log_group_name: str = "local"
    log_stream_name: str = "local"

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.timeout_seconds

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class Runtime:
    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._handlers: dict[str, Handler] = {}

    def load(self) -> None:
        """Import every handler now, so that a broken one shows at the start."""
        for logical_id, function in self._deployment.functions.items():
            self._handlers[logical_id] = self._deployment.load(function)

    def invoke(self, logical_id: str, event: Any) -> Any:
        """What the handler returns. Raises HandlerError if it raises."""
        function = self._deployment.functions[logical_id]
        context = LambdaContext(function.folder, function.timeout)
        token = current_function.set(function.folder)
        try:
            return self._handler(function)(event, context)
        except Exception as error:
            logger.error("%s failed: %s", function.folder, _without_values(error))
            raise HandlerError(function.folder) from error
        finally:
            current_function.reset(token)

    def invoke_by_folder(self, folder: str, event: Any) -> Any:
        """`invoke` by the folder's name, such as `provision_account`."""
        for logical_id, function in self._deployment.functions.items():
            if function.folder == folder:
                return self.invoke(logical_id, event)
        raise UnknownFunctionError(folder)

    def _handler(self, function: Function) -> Handler:
        if function.logical_id not in self._handlers:
            self._handlers[function.logical_id] = self._deployment.load(function)
        return self._handlers[function.logical_id]


def _without_values(error: Exception) -> str:
    """Type and place of an error. Its message may hold a phone number."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))
    return f"{type(error).__name__} in {places}"
