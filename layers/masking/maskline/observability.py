"""The one logger. Log lines carry an `event` word that the template's metric filters count.

No phone number, token or raw webhook is ever logged: log session and call ids, and numbers only
through `domain.phone_numbers.mask_number`. The text of a foreign exception may quote any of them.
"""

import functools
import logging
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

from maskline.config import log_level
from maskline.domain.errors import InvalidParameterError

# Lambda takes a line as it is, and keeps the level of it, if its timestamp has this form.
logger = Logger(use_rfc3339=True)
# Lambda's own filter lets every line through (ApplicationLogLevel in template.yaml), and Powertools
# would go by that.
logging.getLogger(logger.name).setLevel(log_level())
# For what has to be in the log whatever LogLevel is.
always = Logger(child=True)
logging.getLogger(always.name).setLevel(logging.INFO)

R = TypeVar("R")


class FunctionFailedError(Exception):
    """A function failed. The log line before says how; Lambda logs no more than this.

    It is the name of the cause and, if the order itself was wrong, in which field.
    """


def log_failure(message: str, error: Exception, **fields: Any) -> None:
    """Log an error by type and place only."""
    logger.error(
        message,
        error_type=type(error).__name__,
        cause_type=type(error.__cause__).__name__ if error.__cause__ else None,
        places=[
            f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ],
        **fields,
    )


def discreet(handler: Callable[[Any, Any], R]) -> Callable[[Any, Any], R]:
    """A Lambda handler whose exceptions reach Lambda, and so the log, without their text."""

    @functools.wraps(handler)
    def wrapped(event: Any, context: Any) -> R:
        try:
            return handler(event, context)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text stays here
            log_failure("function failed", error, event="function_failed")
            # A refusal quotes no input.
            refusal = f": {error.reason}" if isinstance(error, InvalidParameterError) else ""
            raise FunctionFailedError(f"{type(error).__name__}{refusal}") from None

    return wrapped
