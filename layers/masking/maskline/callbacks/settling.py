"""Settles a queued event: done with, held back for its next attempt, or a dead letter.

The queue itself gives up only after a thousand receives, those that failed by our fault among them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maskline import clock
from maskline.callbacks import attempts, queues
from maskline.callbacks.delivery import Outcome, Refused, Retry
from maskline.callbacks.queues import Received


@dataclass(frozen=True, slots=True)
class Desk:
    """Deals with the messages of a queue; failed requests are counted by session and message."""

    sqs: Any
    queue_url: str
    dead_letter_queue_url: str
    failed_requests: Callable[[str, str], int]
    count_failed_request: Callable[[str, str, int], None]

    def settle(self, received: Received, attempt: Callable[[int], Outcome]) -> bool:
        """Whether the queue may forget the message. `attempt` is told its number, from 1.

        Whatever is raised before or instead of a request is our failure: it costs no attempt.
        """
        try:
            failed = self._failed_before(received)
            is_spent = _is_spent(received, failed)
            outcome = Refused("no attempt is left") if is_spent else attempt(failed + 1)
        except Exception:
            self._hold(received, attempts.seconds_after_own_failure(received.receives))
            raise
        if isinstance(outcome, Retry):
            return self._failed(received, failed + 1, outcome.asked_seconds)
        if isinstance(outcome, Refused):
            self._give_up(received)
        return True

    def _failed_before(self, received: Received) -> int:
        if received.receives == 1:
            return 0
        return self.failed_requests(received.group, received.message_id)

    def _failed(self, received: Received, failed: int, asked_seconds: int) -> bool:
        """Held back before it is counted: else it would come too early for its next attempt."""
        is_spent = _is_spent(received, failed)
        if not is_spent:
            self._hold(received, attempts.seconds_until_next(failed, asked_seconds=asked_seconds))
        self.count_failed_request(received.group, received.message_id, clock.now_ms())
        if is_spent:
            self._give_up(received)
        return is_spent

    def _hold(self, received: Received, seconds: int) -> None:
        queues.show_again(self.sqs, self.queue_url, received.handle, seconds=seconds)

    def _give_up(self, received: Received) -> None:
        queues.put_aside(self.sqs, self.dead_letter_queue_url, received)


def _is_spent(received: Received, failed: int) -> bool:
    return attempts.is_spent(failed, age_ms=clock.now_ms() - received.sent_at)
