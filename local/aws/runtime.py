"""Calls the handlers as Lambda does: with JSON and a context, and no longer than their timeout."""

import contextvars
import ctypes
import json
import logging
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.aws.declarations import Function
from local.aws.deployment import Deployment, Handler
from local.aws.engine import forget_cached_values
from local.aws.limits import INVOCATION_BYTES
from local.aws.template import ACCOUNT, REGION

logger = logging.getLogger(__name__)

current_function: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "current_function", default=None
)
"""The folder name of the function that this thread is running, such as `answer_call`."""


class HandlerError(Exception):
    """A handler raised, or broke a limit of Lambda's; that exception is the cause."""


class LimitError(Exception):
    """Lambda's words for an invocation that it refuses or ends: no value is in them."""


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
        """Run the handler, return its value. Raises HandlerError if it raises or breaks a limit."""
        function = self._deployment.functions[logical_id]
        token = current_function.set(function.folder)
        try:
            handler = self._handler(function)
            context = LambdaContext(function.folder, function.timeout)
            work = partial(handler, _passed_on("Request", event), context)
            return _passed_on("Response", _ended_in_time(function.timeout, work))
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


def _passed_on(kind: str, payload: Any) -> Any:
    """Copy a payload through JSON, up to a size. Raises TypeError if it is no JSON."""
    text = json.dumps(payload, ensure_ascii=False)
    if len(text.encode()) > INVOCATION_BYTES:
        raise LimitError(f"{kind} payload size exceeded {INVOCATION_BYTES} bytes")
    return json.loads(text)


def _ended_in_time(seconds: float, work: Callable[[], Any]) -> Any:
    """The result of `work`, which a timeout ends as Lambda ends the process: LimitError then."""
    outcome: Future[Any] = Future()
    run = partial(contextvars.copy_context().run, _settle, outcome, work)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        _kill(thread)
        raise LimitError(f"Task timed out after {seconds:.2f} seconds")
    return outcome.result()


def _settle(outcome: Future[Any], work: Callable[[], Any]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 (the one who waits is to get whatever it is)
        outcome.set_exception(error)


def _kill(thread: threading.Thread) -> None:
    """Have the thread do nothing more, and what comes next start with nothing in memory.

    A request that is on its way is not called back; nor is it on AWS.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit)
    )
    forget_cached_values()


def _without_values(error: Exception) -> str:
    """Type and place of an error. Its message may hold a phone number."""
    if isinstance(error, LimitError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))
    return f"{type(error).__name__} in {places}"
