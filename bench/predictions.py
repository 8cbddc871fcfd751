"""What the counted operations predict for AWS: where each limit is met, and what a session costs.

Limits are the published quotas of us-east-1, prices its list prices: docs/performance.md names the
sources. What cannot be counted here is an assumption and stands in ASSUMED.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bench.cost import Cost
from bench.counted_service import CountedService
from bench.day import MANY, Day
from bench.report import Section, Table
from bench.units import indexes_of
from local import template
from local.engine import Engine
from maskline.store import keys

_PARTITION_WRITE_UNITS = 1_000
_PARTITION_READ_UNITS = 3_000
_NEW_TABLE_WRITE_UNITS = 4_000
_TABLE_WRITE_UNITS = 40_000
_API_REQUESTS = 10_000
_INVOCATIONS_AT_ONCE = 1_000
_QUEUE_REQUESTS = 70_000
_BATCH = 10

# US dollars for a million of each.
_PRICES = {
    "DynamoDB write request units": 0.625,
    "DynamoDB read request units": 0.125,
    "Lambda requests": 0.20,
    "Lambda GB-seconds, arm64": 13.3334,
    "HTTP API requests": 1.00,
    "SQS FIFO requests": 0.50,
    "KB of CloudWatch Logs": 0.50,
}
# Nothing here runs on AWS: these are guesses on the safe side, to be replaced by what yours shows.
_ASSUMED = {
    "seconds of an invocation": 0.02,
    "seconds of a callback, the customer's answer included": 0.2,
    "KB of logs of an invocation": 1.0,
    "sessions that one sweep ends in a second": 300.0,
}
# A create's, in its transaction.
_ENTRY_WRITE_UNITS = 2
_MEMORY_GB = 0.5
_RATES = (10, 1_000, 10_000)
_CALL = (
    "Answer: registered party",
    "Event: callee answers",
    "Event: callee is put through",
    "Event: callee's leg is over",
    "Event: dialling is over",
    "Event: caller's leg is over",
)


@dataclass(frozen=True, slots=True)
class Life:
    """What a session asks of AWS from its creation to its timeout. `callbacks`: events it tells."""

    requests: list[Cost]
    sweep: tuple[Cost, Cost]
    callbacks: int

    @property
    def write_units(self) -> float:
        return sum(cost.write_units for cost in self.requests) + self._share("write_units")

    @property
    def read_units(self) -> float:
        """Each callback reads the account, for the token that signs it."""
        reads = sum(cost.read_units for cost in self.requests) + self._share("read_units")
        return reads + self.callbacks

    def index_write_units(self, index: str) -> float:
        idle, busy = self.sweep
        swept = (busy.index_write_units(index) - idle.index_write_units(index)) / MANY
        return sum(cost.index_write_units(index) for cost in self.requests) + swept

    @property
    def invocations(self) -> float:
        """Those of requests and callbacks, and a publication for each batch of callbacks."""
        return len(self.requests) + self.callbacks * (1 + 1 / _BATCH)

    @property
    def seconds(self) -> float:
        """How long functions run for it in all."""
        others = self.invocations - self.callbacks
        return (
            others * _ASSUMED["seconds of an invocation"]
            + self.callbacks * _ASSUMED["seconds of a callback, the customer's answer included"]
        )

    def _share(self, units: str) -> float:
        """One session's part in a sweep that finds many; what an idle sweep costs is nobody's."""
        idle, busy = (getattr(cost, units) for cost in self.sweep)
        return float(busy - idle) / MANY

    def amounts(self) -> Mapping[str, float]:
        return {
            "DynamoDB write request units": self.write_units,
            "DynamoDB read request units": self.read_units,
            "Lambda requests": self.invocations,
            "Lambda GB-seconds, arm64": self.seconds * _MEMORY_GB,
            "HTTP API requests": len(self.requests),
            # Sent in batches; received and deleted one by one.
            "SQS FIFO requests": self.callbacks * (2 + 1 / _BATCH),
            "KB of CloudWatch Logs": self.invocations * _ASSUMED["KB of logs of an invocation"],
        }


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` a second of something of which a session takes `taken`; `knob` moves it."""

    name: str
    most: float
    taken: float
    knob: str

    @property
    def sessions(self) -> float:
        return self.most / self.taken

    def line(self) -> tuple[object, ...]:
        verdicts = ("yes" if rate <= self.sessions else "**no**" for rate in _RATES)
        return (
            self.name,
            f"{self.most:,.0f}",
            f"{self.taken:g}",
            f"{self.sessions:,.0f}",
            *verdicts,
            self.knob,
        )


def measure() -> Section:
    quiet, called = lives()
    assumed = Table(
        ("Assumed", "Value"), [(name, f"{value:g}") for name, value in _ASSUMED.items()]
    )
    return Section(
        "Predictions for AWS",
        [
            "Sessions a second that each limit allows, each session with one answered call.",
            _limits_table(limits(called)),
            "Cost of a million sessions in US dollars, without storage and data transfer.",
            _costs_table(quiet, called),
            assumed,
        ],
    )


def lives() -> tuple[Life, Life]:
    """A session in which nobody calls, and one with a call that is answered."""
    with Engine() as engine, CountedService.running(engine) as service:
        day = Day(service)
        costs = dict(day.rows())
        told = day.events_told("recorded")
    sweep = (costs["Sweep: nothing due"], costs[f"Sweep: {MANY} sessions due"])
    create = costs["Create: shared"]
    # The recording is told of, too, and in the end the timeout.
    return (
        Life([create], sweep, callbacks=1),
        Life([create, *(costs[name] for name in _CALL)], sweep, callbacks=told - 1 + 1),
    )


def limits(life: Life) -> list[Limit]:
    """All of them, the narrowest first."""
    return sorted([*_table_limits(life), *_other_limits(life)], key=lambda limit: limit.sessions)


def _table_limits(life: Life) -> Iterator[Limit]:
    units = life.write_units
    yield Limit(
        "table: write units of a new table", _NEW_TABLE_WRITE_UNITS, units, "warm throughput"
    )
    yield Limit("table: write units by quota", _TABLE_WRITE_UNITS, units, "quota")
    yield Limit(
        "one account's item: read units",
        _PARTITION_READ_UNITS,
        1 + life.callbacks,
        "several accounts; keeping the account in warm functions",
    )
    trail = keys.SHARDS * _PARTITION_WRITE_UNITS
    yield Limit("audit trail: write units", trail, _ENTRY_WRITE_UNITS, "`SHARDS`")
    for index in indexes_of(template.table_definition()):
        taken = life.index_write_units(index.name)
        if taken and index.name in _INDEXES_BY_PARTY:
            what = f"index {index.name}: write units of one person"
            yield Limit(what, _PARTITION_WRITE_UNITS, taken, "none: one person's route is hotter")
        elif taken:
            what = f"index {index.name}: write units of {_whose(index.name)}"
            yield Limit(what, keys.SHARDS * _PARTITION_WRITE_UNITS, taken, "`SHARDS`")


# Not sharded, since a list of one person is short.
_INDEXES_BY_PARTY = {keys.SESSIONS_BY_FIRST_PARTY, keys.SESSIONS_BY_SECOND_PARTY}


def _whose(index: str) -> str:
    return {
        keys.SESSIONS_BY_EXPIRY: "the deployment",
        keys.ROUTES_BY_NUMBER: "one number",
        keys.GREETINGS_BY_NUMBER: "one number",
    }.get(index, "one account")


def _other_limits(life: Life) -> Iterator[Limit]:
    callback = _ASSUMED["seconds of a callback, the customer's answer included"]
    at_once = int(template.parameters()["CallbackConcurrency"])
    sweep = _ASSUMED["sessions that one sweep ends in a second"]
    yield Limit(
        "callbacks posted at once", at_once / callback, life.callbacks, "`CallbackConcurrency`"
    )
    yield Limit("Lambda: invocations at once", _INVOCATIONS_AT_ONCE, life.seconds, "quota")
    yield Limit("HTTP API: requests", _API_REQUESTS, len(life.requests), "quota")
    yield Limit("queue: requests of a kind", _QUEUE_REQUESTS, life.callbacks, "none needed")
    yield Limit("the sweep of every minute", sweep, 1, "memory; a schedule for each shard")


def _limits_table(found: Iterable[Limit]) -> Table:
    rates = (f"{rate:,}/s" for rate in _RATES)
    headings = (
        "Limit",
        "A second",
        "A session takes",
        "Sessions a second",
        *rates,
        "What moves it",
    )
    return Table(headings, [limit.line() for limit in found])


def _costs_table(quiet: Life, called: Life) -> Table:
    lines: list[tuple[object, ...]] = []
    sums = [0.0, 0.0]
    for name, price in _PRICES.items():
        amounts = [life.amounts()[name] for life in (quiet, called)]
        dollars = [amount * price for amount in amounts]
        sums = [total + more for total, more in zip(sums, dollars, strict=True)]
        cells = (f"{amount:.1f}: {cost:.2f}" for amount, cost in zip(amounts, dollars, strict=True))
        lines.append((name, f"{price:g}", *cells))
    lines.append(("in all", "", *(f"{total:.2f}" for total in sums)))
    return Table(
        ("Of each", "A million", "No call: each, dollars", "One call: each, dollars"), lines
    )
