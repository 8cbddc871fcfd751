"""What goes wrong between us and the table, on purpose and for as long as a block lasts."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from local.aws.runtime import current_function
from maskline.callbacks import messages
from maskline.services.numbers import replace as replace_numbers
from maskline.store import table
from maskline.store.sessions import idempotency, sessions
from tests.support.aws_calls import AwsCall, replaced_calls


@contextmanager
def holdings_out_of_date() -> Iterator[None]:
    """The first create does not see which numbers its parties hold."""
    read = sessions.read_held_by_party
    unseen: list[dict[str, Any]] = [{}, {}]

    def read_held_by_party(party: Any) -> Any:
        return unseen.pop() if unseen else read(party)

    with patch.object(sessions, "read_held_by_party", read_held_by_party):
        yield


def nothing_remembered() -> AbstractContextManager[Any]:
    """Two requests with one idempotency key run at a time: neither sees the other."""
    return patch.object(idempotency, "get_request", lambda *_: None)


def nothing_makes_sense() -> AbstractContextManager[Any]:
    """No record of a session's change can be read."""
    return patch.object(messages, "message_in", side_effect=LookupError("on purpose"))


def small_batches() -> AbstractContextManager[Any]:
    """A run moves one session, and leaves the rest to the next."""
    return patch.object(replace_numbers, "SESSIONS_PER_RUN", 1)


def first_write_collides() -> AbstractContextManager[Any]:
    """The first transaction meets another one and writes nothing."""
    return _first_transaction(lambda _transact, _actions: None)


def first_answer_is_lost() -> AbstractContextManager[Any]:
    """The first transaction is applied, but nobody is told."""
    return _first_transaction(lambda transact, actions: transact(actions))


@contextmanager
def _first_transaction(before_failing: Callable[[Any, Any], None]) -> Iterator[None]:
    transact = table.transact
    failures = [table.ConflictError("on purpose")]

    def fail_once(actions: Any) -> None:
        if not failures:
            return transact(actions)
        before_failing(transact, actions)
        raise failures.pop()

    with patch.object(table, "transact", fail_once):
        yield


@contextmanager
def aws_fails(error: Exception, *, operation: str = "") -> Iterator[None]:
    """Every AWS call of a function raises, or those of one operation."""

    def failing(call: AwsCall) -> AwsCall:
        def fail(client: Any, name: str, parameters: Any) -> Any:
            if current_function.get() and operation in {"", name}:
                raise error
            return call(client, name, parameters)

        return fail

    with replaced_calls(failing):
        yield
