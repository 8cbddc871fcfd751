"""Settles a queued message, event by event: done with, held back, or a dead letter.

The queue itself gives up only after a thousand receives, those that failed by our fault among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from maskline import clock
from maskline.callbacks import attempts, queues
from maskline.callbacks.delivery import Delivered, Delivery, Refused, Retry
from maskline.callbacks.queues import Received

T = TypeVar("T")

# Another request may be begun by then: it may take as long, and the function has 30 seconds.
_BUSY_MS = 10_000

# How many events of a message are done with, and the failed requests for the next one.
Progress = tuple[int, int]
# (body of one event, number of the request for it, from 1) -> what came of it.
Attempt = Callable[[str, int], Delivery]


@dataclass(frozen=True, slots=True)
class Desk:
    """Deals with the messages of a queue; progress is kept by session and message."""

    sqs: Any
    queue_url: str
    dead_letter_queue_url: str
    read_progress: Callable[[str, str], Progress]
    keep_progress: Callable[[str, str, Progress, int], None]

    def settle(self, received: Received, parts: Sequence[str], attempt: Attempt) -> bool:
        """Return whether the queue may forget the message. `parts` are its events, in turn.

        Whatever is raised before or instead of a request is our failure: it costs no attempt.
        """
        began = clock.now_ms()
        done, failed = self._or_hold(received, partial(self._progress, received))
        for place in range(done, len(parts)):
            if place > done and clock.now_ms() - began > _BUSY_MS:
                return self._paused(received, place)
            request = partial(self._outcome, received, failed, partial(attempt, parts[place]))
            outcome = self._or_hold(received, request)
            if isinstance(outcome, Retry):
                is_given_up = self._failed(received, (place, failed + 1), outcome.asked_seconds)
                if not is_given_up:
                    return False
            if not isinstance(outcome, Delivered):
                queues.put_aside(
                    self.sqs, self.dead_letter_queue_url, received, (place, parts[place])
                )
            failed = 0
        return True

    def _or_hold(self, received: Received, work: Callable[[], T]) -> T:
        try:
            return work()
        except Exception:
            self._hold(received, attempts.seconds_after_own_failure(received.receives))
            raise

    def _progress(self, received: Received) -> Progress:
        if received.receives == 1:
            return 0, 0
        return self.read_progress(received.group, received.message_id)

    def _outcome(
        self, received: Received, failed: int, attempt: Callable[[int], Delivery]
    ) -> Delivery:
        is_spent = _is_spent(received, failed)
        return Refused("no attempt is left") if is_spent else attempt(failed + 1)

    def _failed(self, received: Received, progress: Progress, asked_seconds: int) -> bool:
        """Return whether that was the last request of its event.

        Held back before it is counted: else it would come too early for its next attempt.
        """
        _, failed = progress
        is_spent = _is_spent(received, failed)
        if not is_spent:
            self._hold(received, attempts.seconds_until_next(failed, asked_seconds=asked_seconds))
        self._keep(received, progress)
        return is_spent

    def _paused(self, received: Received, place: int) -> bool:
        """The message comes again at once, and goes on from there."""
        self._keep(received, (place, 0))
        self._hold(received, 0)
        return False

    def _keep(self, received: Received, progress: Progress) -> None:
        self.keep_progress(received.group, received.message_id, progress, clock.now_ms())

    def _hold(self, received: Received, seconds: int) -> None:
        queues.show_again(self.sqs, self.queue_url, received.handle, seconds=seconds)


def _is_spent(received: Received, failed: int) -> bool:
    return attempts.is_spent(failed, age_ms=clock.now_ms() - received.sent_at)
