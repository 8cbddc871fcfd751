"""The limits of a deployment on AWS that sessions meet, and how to raise each.

Quotas are the published ones of us-east-1: docs/performance.md names the sources.
"""

import math
from dataclasses import dataclass

from bench.counting.units import indexes_of
from local.aws import template
from maskline.carriers.urls import Door
from maskline.store import keys

_PARTITION_WRITE_UNITS = 1_000
_PARTITION_READ_UNITS = 3_000
_QUEUE_REQUESTS = 70_000
# So many messages a FIFO queue has in flight, and looks through for a group to deliver: what waits
# for the customers whose URLs are down counts for all. A stock, and no rate: no limit of LIMITS.
FIFO_QUEUE_HOLDS = 120_000
# So much memory comes with a whole processor, and nothing in Python uses more than one.
_MEMORY_OF_A_PROCESSOR_MB = 1_769
_FUNCTIONS = template.resources("AWS::Lambda::Function")
MEMORY_MB = 512
CALLBACK_MEMORY_MB = int(_FUNCTIONS["DeliverCallbackFunction"]["MemorySize"])
# Of each minute, what a sweep may take before it is ended.
_SWEEPING = 55 / 60
# Nothing here runs on AWS: these are guesses on the safe side, to be replaced by what yours shows.
ASSUMED = {
    "seconds of an invocation": 0.02,
    "seconds of a callback, the customer's answer included": 0.2,
    "KB of logs of an invocation": 0.6,
    "KB of logs of a callback more in an invocation": 0.4,
    "processor's seconds of a timeout that is told": 0.007,
}
# Not sharded, since a list of one person is short: nobody is in so many sessions.
_INDEXES_BY_PARTY = {keys.SESSIONS_BY_FIRST_PARTY, keys.SESSIONS_BY_SECOND_PARTY}


@dataclass(frozen=True, slots=True)
class Stack:
    """The limits of a deployment, a second where it is a rate. By default: one as it is made.

    The `accounts` share the creates.
    """

    api_requests: float
    webhook_requests: float
    callbacks_at_once: float
    table_write_units: float = 4_000
    invocations_at_once: float = 1_000
    http_requests: float = 10_000
    sweep_memory_mb: float = MEMORY_MB
    accounts: float = 1

    @classmethod
    def as_made(cls) -> "Stack":
        defaults = template.parameters()
        return cls(
            api_requests=float(defaults["ApiRequestsPerSecond"]),
            webhook_requests=float(defaults["WebhookRequestsPerSecond"]),
            callbacks_at_once=float(defaults["CallbackConcurrency"]),
        )


@dataclass(frozen=True, slots=True)
class Knob:
    """A field of a stack by what its owner calls it, and how far it goes. "": there is no field."""

    name: str
    field: str
    most: float = math.inf


STACKS = Knob("deployments", "")
_ACCOUNTS = Knob("accounts that share the creates", "accounts")
_EACH_WEBHOOK = Knob("`WebhookRequestsPerSecond`", "webhook_requests", 10_000)


@dataclass(frozen=True, slots=True)
class Limit:
    """There is `unit` times what the knob is set to of it, in each shard if it has shards.

    One that can't be turned is doubled by a second deployment, as are the others.
    """

    name: str
    knob: Knob = STACKS
    unit: float = 1
    is_sharded: bool = False

    def most(self, stack: Stack) -> float:
        """Say how much one deployment has a second, in all shards together."""
        turned: float = 1 if self.knob is STACKS else getattr(stack, self.knob.field)
        return self.unit * turned * (keys.SHARDS if self.is_sharded else 1)


CREATES = Limit("API route: creates", Knob("`ApiRequestsPerSecond`", "api_requests", 10_000))
# By the route of the carriers' webhooks.
WEBHOOKS = {door: Limit(f"webhook route: {door}", _EACH_WEBHOOK) for door in Door}
CALLBACKS = Limit(
    "callbacks posted at once",
    Knob("`CallbackConcurrency`", "callbacks_at_once", 1_000),
)
# One for each shard, side by side.
SWEEPS = Limit(
    "the sweeps of every minute",
    Knob("`MemorySize` of `expire_sessions`", "sweep_memory_mb", _MEMORY_OF_A_PROCESSOR_MB),
    unit=keys.SHARDS
    * _SWEEPING
    / _MEMORY_OF_A_PROCESSOR_MB
    / ASSUMED["processor's seconds of a timeout that is told"],
)
TABLE = Limit(
    "table: write units", Knob("warm throughput; from 40,000 on, its quota", "table_write_units")
)
# A shard of the stream for each partition of the table, and for each shard so many batches at once,
# of so many records, with a request to the queue for every five of these (`bench/results.md`).
_BATCHES_AT_ONCE, _RECORDS, _RECORDS_A_REQUEST = 4, 100, 5
_SECONDS_OF_A_BATCH = _RECORDS / _RECORDS_A_REQUEST * ASSUMED["seconds of an invocation"]
STREAM = Limit(
    "stream: sessions' records published",
    TABLE.knob,
    unit=_BATCHES_AT_ONCE * _RECORDS / _SECONDS_OF_A_BATCH / _PARTITION_WRITE_UNITS,
)
ACCOUNT = Limit("an account's item: read units", _ACCOUNTS, _PARTITION_READ_UNITS)
FUNCTIONS = Limit("Lambda: invocations at once", Knob("Lambda's quota", "invocations_at_once"))
API = Limit("API Gateway: requests", Knob("API Gateway's quota", "http_requests"))
QUEUE = Limit("queue: requests of a kind", unit=_QUEUE_REQUESTS)
TRAIL = Limit("audit trail: write units", unit=_PARTITION_WRITE_UNITS, is_sharded=True)
INDEXES = {
    index.name: Limit(
        f"index {index.name}: write units",
        STACKS if index.name == keys.SESSIONS_BY_EXPIRY else _ACCOUNTS,
        _PARTITION_WRITE_UNITS,
        is_sharded=True,
    )
    for index in indexes_of(template.table_definition())
    if index.name not in _INDEXES_BY_PARTY
}
LIMITS = {
    limit.name: limit
    for limit in (
        CREATES,
        *WEBHOOKS.values(),
        CALLBACKS,
        SWEEPS,
        TABLE,
        STREAM,
        ACCOUNT,
        FUNCTIONS,
        API,
        QUEUE,
        TRAIL,
        *INDEXES.values(),
    )
}
