"""Turn a request into an event and a function's value into an answer, as API Gateway does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.gateway.messages import HttpResponse


@dataclass(frozen=True)
class Invocation:
    """`function` is a logical id; `failure` is the answer if the function raises."""

    function: str
    event: dict[str, Any]
    response_of: Callable[[Any], HttpResponse]
    failure: HttpResponse
