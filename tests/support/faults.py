"""What no local engine does by itself: conflicts, throttling and lost answers, put into the client.

They are put where the store calls the SDK, so that all that is ours runs for real.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from maskline import aws

_WRITES = ("transact_write_items", "put_item", "update_item")


class Fault(Enum):
    """How a write goes wrong. A lost answer is a timeout after which the write has happened."""

    CONFLICT = auto()
    THROTTLED = auto()
    UNAVAILABLE = auto()
    LOST_REQUEST = auto()
    LOST_ANSWER = auto()


@dataclass(frozen=True)
class Interlude:
    """Something else that happens around a write; with `after`, the write's answer is lost too."""

    before: Callable[[], object] = lambda: None
    after: Callable[[], object] | None = None

    def around(self, write: Callable[[], Any]) -> Any:
        self.before()
        answer = write()
        if self.after is None:
            return answer
        self.after()
        raise ReadTimeoutError(endpoint_url="the table")


class FaultyWrites:
    """Spoils the next writes to the table, in order; those after them are left alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._planned: deque[Fault | Interlude] = deque()
        client = aws.client("dynamodb")
        for name in _WRITES:
            monkeypatch.setattr(client, name, partial(self._write, getattr(client, name)))

    def plan(self, *faults: Fault) -> None:
        self._planned.extend(faults)

    def before_next_write(self, meanwhile: Callable[[], object]) -> None:
        """Have something else happen between what was read and what is about to be written."""
        self._planned.append(Interlude(before=meanwhile))

    def lose_next_answer(self, *, meanwhile: Callable[[], object]) -> None:
        """Lose an answer, and have something else happen before the write is repeated."""
        self._planned.append(Interlude(after=meanwhile))

    @property
    def are_spent(self) -> bool:
        return not self._planned

    def _write(self, operation: Callable[..., Any], **request: Any) -> Any:
        if not self._planned:
            return operation(**request)
        match self._planned.popleft():
            case Interlude() as interlude:
                return interlude.around(partial(operation, **request))
            case Fault.LOST_ANSWER:
                operation(**request)
                raise ReadTimeoutError(endpoint_url="the table")
            case Fault() as fault:
                raise _error(fault, request.get("TransactItems", []))


def _error(fault: Fault, actions: list[Any]) -> Exception:
    """The SDK's error; there are no `actions` where a single item is written."""
    match fault:
        case Fault.LOST_REQUEST:
            return ReadTimeoutError(endpoint_url="the table")
        case Fault.UNAVAILABLE:
            return _client_error("InternalServerError", status=500)
        case Fault.CONFLICT if not actions:
            return _client_error("TransactionConflictException")
        case Fault.THROTTLED if not actions:
            return _client_error("ProvisionedThroughputExceededException")
        case Fault.CONFLICT:
            return _cancelled("TransactionConflict", actions)
        case _:
            return _cancelled("ThrottlingError", actions)


def _cancelled(reason: str, actions: list[Any]) -> ClientError:
    """A transaction cancelled for one of its items; the others say "None", as AWS words it."""
    reasons = cancellation_reasons(reason, actions)
    return _client_error("TransactionCanceledException", CancellationReasons=reasons)


def cancellation_reasons(reason: str, actions: list[Any]) -> list[dict[str, str]]:
    """The last item is to blame of those that others write too: an audit entry nobody does."""
    kinds = [action.get("Put", {}).get("Item", {}).get("item") for action in actions]
    to_blame = max(place for place, kind in enumerate(kinds) if kind != {"S": "audit"})
    codes = [reason if place == to_blame else "None" for place in range(len(actions))]
    return [{"Code": code} for code in codes]


def _client_error(code: str, *, status: int = 400, **details: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **details,
    }
    return ClientError(response, "TransactWriteItems")


@contextmanager
def hooked(event: str, handler: Callable[..., object]) -> Iterator[None]:
    """The SDK's event, such as `before-send.dynamodb.Query`, calls the handler meanwhile.

    What the handler raises is what the SDK sees instead of an answer.
    """
    events = aws.client("dynamodb").meta.events

    def call(**details: Any) -> None:
        handler(**details)

    events.register_first(event, call)
    try:
        yield
    finally:
        events.unregister(event, call)


@contextmanager
def recorded_requests() -> Iterator[list[str]]:
    """The names of the operations that reach DynamoDB meanwhile, the SDK's own retries included."""
    names: list[str] = []

    def note(operation_name: str, **_: Any) -> None:
        names.append(operation_name)

    with hooked("request-created.dynamodb", note):
        yield names
