"""Sees each attempt to post a callback, and tells the story of `make run` what came of it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from maskline.callbacks import delivery
from maskline.callbacks.attempts import MAX_ATTEMPTS, seconds_until_next
from maskline.callbacks.delivery import Delivery, Network, Refused, Retry
from maskline.callbacks.messages import CallbackMessage


class CallbackWatch:
    """From `start` to `stop`, a line is said of every attempt, when it is over."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._deliver = delivery.deliver

    def start(self) -> None:
        self._deliver = delivery.deliver
        delivery.deliver = self._watched

    def stop(self) -> None:
        delivery.deliver = self._deliver

    def _watched(
        self, message: CallbackMessage, *, number: int, tokens: tuple[str, ...], network: Network
    ) -> Delivery:
        outcome = self._deliver(message, number=number, tokens=tokens, network=network)
        self._say(tell_attempt(message, number, outcome))
        return outcome


def tell_attempt(message: CallbackMessage, number: int, outcome: Delivery) -> str:
    """Say what came of an attempt to post a callback.

    Of its URL only the host is shown: a login, a path or a query may be a secret, or a number.
    """
    event = f"{message.event.name} #{message.sequence} of session {message.session_uuid[:4]}…"
    host = urlsplit(message.callback_url).netloc.rpartition("@")[2]
    return f"callback {event} → {host}: {_outcome(number, outcome)}"


def _outcome(number: int, outcome: Delivery) -> str:
    match outcome:
        case Retry(reason, asked_seconds) if number < MAX_ATTEMPTS:
            wait = seconds_until_next(number, asked_seconds=asked_seconds)
            return f"{reason}, attempt {number} of {MAX_ATTEMPTS}; the next one in {wait} s"
        case Retry(reason) | Refused(reason):
            return f"{reason}, given up; docs/callbacks.md says how to send it again"
        case _:
            return outcome.reason
