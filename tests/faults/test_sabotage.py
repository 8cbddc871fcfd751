"""A service that breaks a promise is caught: otherwise the other tests here would show nothing."""

import os
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from local.aws.engine import Engine
from maskline.callbacks import queues
from maskline.domain.calls import interaction as interactions
from maskline.store import trail_codes
from maskline.store.calls import by_id
from maskline.store.sessions import sessions
from tests.faults.exploration import Schedule, run
from tests.faults.injection import Fault

Sabotage = Callable[[], Any]


def _forgets_what_was_refused() -> Any:
    send_batch = queues._send_batch

    def careless(*given: Any) -> set[int]:
        send_batch(*given)
        return set()

    return patch.object(queues, "_send_batch", careless)


def _writes_sessions_without_their_routes() -> Any:
    return patch.object(sessions, "routes_of", lambda _: ())


def _counts_every_report() -> Any:
    applied = interactions.applied

    def forgetful(conversation: Any, report: Any, now: int) -> Any:
        after, told = applied(conversation, report, now)
        return after, told + told

    return patch("maskline.services.calls.record.applied", forgetful)


def _ignores_hangups_of_unknown_calls() -> Any:
    return patch.object(by_id, "note_hangup", lambda *_: None)


def _tells_no_timeout() -> Any:
    return patch("maskline.services.sessions.end.time_out_session", lambda _: False)


def _makes_entries_up() -> Any:
    """As somebody would who can write the table, and has no key."""
    return patch.object(trail_codes, "subkey", lambda _: os.urandom(32))


@pytest.mark.parametrize(
    ("sabotage", "story"),
    [
        (_forgets_what_was_refused, "delivering"),
        (_writes_sessions_without_their_routes, "creating"),
        (_counts_every_report, "calling"),
        (_ignores_hangups_of_unknown_calls, "hanging_up_early"),
        (_tells_no_timeout, "expiring"),
        (_makes_entries_up, "creating"),
    ],
)
def test_a_broken_promise_is_noticed(engine: Engine, sabotage: Sabotage, story: str) -> None:
    batches = [
        number
        for number, call in enumerate(run(engine, Schedule(story, {})))
        if call.operation == "SendMessageBatch"
    ]
    schedule = Schedule(story, dict.fromkeys(batches[:1], Fault.PARTIAL))
    run(engine, schedule)

    with sabotage(), pytest.raises(AssertionError):
        run(engine, schedule)
