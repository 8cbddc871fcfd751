"""Count a session's requests to AWS from its creation to its timeout, operation by operation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.costs import limits
from bench.costs.day import MANY, Day
from bench.costs.limits import ASSUMED, CALLBACK_MEMORY_MB, MEMORY_MB
from bench.counting.cost import Cost
from bench.counting.counted_service import CountedService
from local.aws.engine import Engine
from maskline.carriers.urls import Door

# The webhooks of a call, in order, and the doors that they come to.
_CALL = {
    "Answer: registered party": Door.CALL,
    "Event: callee answers": Door.EVENT,
    "Event: callee is put through": Door.EVENT,
    "Event: callee's leg is over": Door.EVENT,
    "Event: dialling is over": Door.EVENT,
    "Event: caller's leg is over": Door.EVENT,
}
_BUSY = f"Sweep: {MANY} sessions due"
# A create's, in its transaction.
_ENTRY_WRITE_UNITS = 2
# So many events are published at once.
_BATCH = 10


@dataclass(frozen=True, slots=True)
class Life:
    """`requests` are the create and the call's webhooks, if it has one; `callbacks` events told.

    These are queued in so many `messages`, one for each write. `sweep` are two sweeps, one that
    finds nothing and one that finds many; `delivery` is that of one callback.
    """

    requests: Sequence[Cost]
    sweep: tuple[Cost, Cost]
    delivery: Cost
    callbacks: int
    messages: int

    @property
    def write_units(self) -> float:
        return sum(cost.write_units for cost in self.requests) + self.swept("write_units")

    @property
    def read_units(self) -> float:
        reads = sum(cost.read_units for cost in self.requests) + self.swept("read_units")
        return reads + self.callbacks * self.delivery.read_units

    @property
    def invocations(self) -> float:
        """Those of requests and messages, and a publication for each batch of messages."""
        return len(self.requests) + self.messages * (1 + 1 / _BATCH)

    @property
    def gigabyte_seconds(self) -> float:
        """Sum up how long functions run for it, times their memory."""
        others = (self.invocations - self.messages) * ASSUMED["seconds of an invocation"]
        posting = self.callbacks * ASSUMED["seconds of a callback, the customer's answer included"]
        return (others * MEMORY_MB + posting * CALLBACK_MEMORY_MB) / 1024

    @property
    def log_kilobytes(self) -> float:
        """Lines about invocations, and about each callback behind the first of its message."""
        more = self.callbacks - self.messages
        return (
            self.invocations * ASSUMED["KB of logs of an invocation"]
            + more * ASSUMED["KB of logs of a callback more in an invocation"]
        )

    @property
    def queue_requests(self) -> float:
        """Messages are sent in batches; received and deleted one by one."""
        return self.messages * (2 + 1 / _BATCH)

    def swept(self, units: str) -> float:
        """One session's part in a sweep that finds many; what an idle sweep costs is nobody's."""
        idle, busy = (getattr(cost, units) for cost in self.sweep)
        return float(busy - idle) / MANY

    def swept_index_write_units(self, index: str) -> float:
        idle, busy = (cost.index_write_units(index) for cost in self.sweep)
        return (busy - idle) / MANY

    def taken(self, limit: limits.Limit) -> float:
        """Sum up what such a session takes of a limit."""
        create, *call = self.requests
        once = [
            _asked_by_create(create),
            *map(_asked_by_webhook, call, _CALL.values()),
            self._asked_by_sweep(),
        ]
        of_callbacks = self.callbacks * _asked_by_callback().get(limit.name, 0)
        of_messages = self.messages * _asked_by_message().get(limit.name, 0)
        return sum(asked.get(limit.name, 0) for asked in once) + of_callbacks + of_messages

    def _asked_by_sweep(self) -> Mapping[str, float]:
        of_indexes = {
            limit.name: self.swept_index_write_units(index)
            for index, limit in limits.INDEXES.items()
        }
        written = {limits.TABLE.name: self.swept("write_units"), limits.STREAM.name: 1}
        return of_indexes | written | {limits.SWEEPS.name: 1}


def lives() -> tuple[Life, Life]:
    """A session in which nobody calls, and one with a call that is answered."""
    with Engine() as engine, CountedService.running(engine) as service:
        day = Day(service)
        costs = dict(day.rows())
        told = day.events_told("recorded")
    # The recording is told of, too, and in the end the timeout.
    return lives_of(costs, told=told - 1 + 1)


def lives_of(costs: Mapping[str, Cost], *, told: int) -> tuple[Life, Life]:
    """Both, by what each operation costs; `told` are the events of the one with a call."""
    create, delivery = costs["Create: shared"], costs["Deliver a callback"]
    idle, busy = costs["Sweep: nothing due"], costs[_BUSY]
    call = [costs[name] for name in _CALL]
    # Each write of a call tells something, and so does the timeout.
    messages = sum(bool(cost.write_units) for cost in call) + 1
    busy_with_calls = costs[f"{_BUSY} that had a call"]
    return (
        Life([create], (idle, busy), delivery, callbacks=1, messages=1),
        Life([create, *call], (idle, busy_with_calls), delivery, callbacks=told, messages=messages),
    )


def _asked_by_create(cost: Cost) -> dict[str, float]:
    return _asked_by_request(cost) | {
        limits.CREATES.name: 1,
        limits.ACCOUNT.name: 1,
        limits.TRAIL.name: _ENTRY_WRITE_UNITS,
    }


def _asked_by_webhook(cost: Cost, door: Door) -> dict[str, float]:
    return _asked_by_request(cost) | {limits.WEBHOOKS[door].name: 1}


def _asked_by_request(cost: Cost) -> dict[str, float]:
    of_indexes = {
        limit.name: cost.index_write_units(index) for index, limit in limits.INDEXES.items()
    }
    return of_indexes | {
        limits.TABLE.name: cost.write_units,
        # One of its writes is that of the session, whose events are published.
        limits.STREAM.name: 1 if cost.write_units else 0,
        limits.FUNCTIONS.name: ASSUMED["seconds of an invocation"],
        limits.API.name: 1,
    }


def _asked_by_callback() -> dict[str, float]:
    posting = ASSUMED["seconds of a callback, the customer's answer included"]
    return {limits.CALLBACKS.name: posting, limits.FUNCTIONS.name: posting, limits.ACCOUNT.name: 1}


def _asked_by_message() -> dict[str, float]:
    """Its part in the publication of its batch."""
    publishing = ASSUMED["seconds of an invocation"] / _BATCH
    return {limits.FUNCTIONS.name: publishing, limits.QUEUE.name: 1}
