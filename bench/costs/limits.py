"""The limits of a deployment on AWS that sessions meet, and how to raise each.

Quotas are the published ones of us-east-1: docs/performance.md names the sources.
"""

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


def _parameter(name: str) -> float:
    return float(template.parameters()[name])


@dataclass(frozen=True, slots=True)
class Limit:
    """One deployment as it is made has so much a second, in all shards; `knob` is what moves it.

    One that can't be turned is doubled by a second deployment, as are the others.
    """

    name: str
    most: float
    knob: str = "deployments"


_ACCOUNTS = "accounts that share the creates"
_WRITES = keys.SHARDS * _PARTITION_WRITE_UNITS

CREATES = Limit("API route: creates", _parameter("ApiRequestsPerSecond"), "`ApiRequestsPerSecond`")
# By the route of the carriers' webhooks.
WEBHOOKS = {
    door: Limit(
        f"webhook route: {door}",
        _parameter("WebhookRequestsPerSecond"),
        "`WebhookRequestsPerSecond`",
    )
    for door in Door
}
CALLBACKS = Limit(
    "callbacks posted at once", _parameter("CallbackConcurrency"), "`CallbackConcurrency`"
)
# One for each shard, side by side.
SWEEPS = Limit(
    "the sweeps of every minute",
    keys.SHARDS
    * _SWEEPING
    * MEMORY_MB
    / _MEMORY_OF_A_PROCESSOR_MB
    / ASSUMED["processor's seconds of a timeout that is told"],
    "`MemorySize` of `expire_sessions`",
)
TABLE = Limit("table: write units", 4_000, "warm throughput; from 40,000 on, its quota")
# A shard of the stream for each partition of the table, and for each shard so many batches at once,
# of so many records, with a request to the queue for every five of these (`bench/results.md`).
_BATCHES_AT_ONCE, _RECORDS, _RECORDS_A_REQUEST = 4, 100, 5
_SECONDS_OF_A_BATCH = _RECORDS / _RECORDS_A_REQUEST * ASSUMED["seconds of an invocation"]
STREAM = Limit(
    "stream: sessions' records published",
    TABLE.most / _PARTITION_WRITE_UNITS * _BATCHES_AT_ONCE * _RECORDS / _SECONDS_OF_A_BATCH,
    TABLE.knob,
)
ACCOUNT = Limit("an account's item: read units", _PARTITION_READ_UNITS, _ACCOUNTS)
FUNCTIONS = Limit("Lambda: invocations at once", 1_000, "Lambda's quota")
API = Limit("API Gateway: requests", 10_000, "API Gateway's quota")
QUEUE = Limit("queue: requests of a kind", _QUEUE_REQUESTS)
TRAIL = Limit("audit trail: write units", _WRITES)
INDEXES = {
    index.name: Limit(
        f"index {index.name}: write units",
        _WRITES,
        "deployments" if index.name == keys.SESSIONS_BY_EXPIRY else _ACCOUNTS,
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
