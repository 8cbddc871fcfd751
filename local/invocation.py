"""What API Gateway makes of a request: an event for a function, and an answer of what it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.http_messages import HttpResponse


@dataclass(frozen=True)
class Invocation:
    """`function` is a logical id; `failure` is the answer if the function raises."""

    function: str
    event: dict[str, Any]
    response_of: Callable[[Any], HttpResponse]
    failure: HttpResponse
