"""Record the requests of a piece of work to AWS, in rounds, with DynamoDB's units.

with Ledger(engine) as ledger:
    with ledger.entry() as requests:
        ...                             # what the layer asks of AWS meanwhile is in `requests`
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self, TypeVar

from bench.counting.units import (
    Consistency,
    Index,
    Item,
    indexes_of,
    item_size,
    read_units,
    write_units,
)
from local.aws.engine import Engine
from maskline import aws
from maskline.store import table

T = TypeVar("T")
Params = Mapping[str, Any]

_WATCHED = ("dynamodb", "sqs", "secretsmanager")
_OURS = "maskline_bench_before"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `round` and `branch` say what it ran beside; `items` how many it is about.

    `write_units` are all of them; `index_write_units` those of each index among them.
    """

    operation: str
    round: int
    branch: int
    items: int = 0
    read_units: float = 0
    write_units: int = 0
    index_write_units: Mapping[str, int] = field(default_factory=dict)
    largest_written_bytes: int = 0


# Where the running thread is: the number of its round, and of its branch in that.
_place: ContextVar[tuple[int, int] | None] = ContextVar("place", default=None)


class Ledger:
    """Watches the clients of the layer in this process. One piece of work at a time."""

    def __init__(self, engine: Engine) -> None:
        self._capacity = _Capacity(engine)
        self._requests: list[Request] = []
        self._rounds = count()
        self._lock = threading.Lock()
        self._in_parallel = table.in_parallel

    def __enter__(self) -> Self:
        for events in _events_of_clients():
            events.register("before-parameter-build", self._before)
            events.register("after-call", self._after)
        table.in_parallel = self._noted_in_parallel
        return self

    def __exit__(self, *_: object) -> None:
        table.in_parallel = self._in_parallel
        for events in _events_of_clients():
            events.unregister("before-parameter-build", self._before)
            events.unregister("after-call", self._after)

    @contextmanager
    def entry(self) -> Iterator[list[Request]]:
        """The requests that are made meanwhile."""
        self._requests = []
        yield self._requests

    def _noted_in_parallel(self, *reads: Callable[[], T]) -> list[T]:
        """The layer's own, noting which requests went out at once."""
        if _place.get() is not None:
            return self._in_parallel(*reads)
        number = next(self._rounds)
        return self._in_parallel(
            *(_placed(read, (number, branch)) for branch, read in enumerate(reads))
        )

    def _before(self, params: Params, model: Any, context: dict[str, Any], **_: Any) -> None:
        before = self._capacity.images(model.name, params)
        context[_OURS] = (params, before)

    def _after(self, model: Any, context: dict[str, Any], **_: Any) -> None:
        params, before = context[_OURS]
        number, branch = _place.get() or (next(self._rounds), 0)
        request = self._capacity.request(model.name, params, before)
        with self._lock:
            self._requests.append(Request(model.name, number, branch, **request))


def _placed(read: Callable[[], T], place: tuple[int, int]) -> Callable[[], T]:
    def run() -> T:
        token = _place.set(place)
        try:
            return read()
        finally:
            _place.reset(token)

    return run


def _events_of_clients() -> list[Any]:
    return [aws.client(service).meta.events for service in _WATCHED]


class _Capacity:
    """Looks at the items themselves, over a connection that nobody watches."""

    def __init__(self, engine: Engine) -> None:
        self._client = engine.client("dynamodb")
        self._table = engine.table_name
        self._indexes: tuple[Index, ...] = indexes_of(engine.deployment.table)

    def images(self, operation: str, params: Params) -> list[Item | None]:
        """The items that a request is about to write, as they are."""
        return [self._item(key) for key in _written_keys(operation, params)]

    def request(self, operation: str, params: Params, before: list[Item | None]) -> dict[str, Any]:
        """The figures of a request that was just answered."""
        if before:
            return self._written(operation, params, before)
        match operation:
            case "GetItem":
                return self._read([params["Key"]], params)
            case "BatchGetItem":
                wanted = params["RequestItems"][self._table]
                return self._read(wanted["Keys"], wanted)
            case "Query":
                return self._queried(params)
            case "SendMessageBatch" | "DeleteMessageBatch":
                return {"items": len(params["Entries"])}
            case "SendMessage" | "DeleteMessage" | "ChangeMessageVisibility" | "GetSecretValue":
                return {"items": 1}
            case _:
                raise ValueError(f"no rule for {operation}")

    def _read(self, keys: list[Item], options: Params) -> dict[str, Any]:
        found = [self._item(key) for key in keys]
        consistency = _consistency(options)
        units = sum(read_units(item_size(one) if one else 0, consistency) for one in found)
        return {"items": len(keys), "read_units": units}

    def _queried(self, params: Params) -> dict[str, Any]:
        """Query without projection and filter: items that these leave out are paid for, too."""
        whole = {
            name: value
            for name, value in params.items()
            if name not in {"ProjectionExpression", "FilterExpression", "Select"}
        }
        named = re.findall(r":\w+", params["KeyConditionExpression"])
        values = {name: params["ExpressionAttributeValues"][name] for name in named}
        found = self._client.query(**whole | {"ExpressionAttributeValues": values})["Items"]
        size = sum(item_size(item) for item in found)
        return {"items": len(found), "read_units": read_units(size, _consistency(params))}

    def _written(self, operation: str, params: Params, before: list[Item | None]) -> dict[str, Any]:
        after = self.images(operation, params)
        meant = [
            action.get("Item") or old
            for action, old in zip(_written(operation, params), before, strict=True)
        ]
        is_transactional = operation == "TransactWriteItems"
        units = sum(
            write_units(old, new or wanted, is_transactional=is_transactional)
            for old, new, wanted in zip(before, after, meant, strict=True)
        )
        of_indexes = {
            index.name: sum(
                index.write_units(old, new) for old, new in zip(before, after, strict=True)
            )
            for index in self._indexes
        }
        units += sum(of_indexes.values())
        largest = max(item_size(item) for item in (*before, *after, *meant, {}) if item is not None)
        return {
            "items": len(before),
            "write_units": units,
            "index_write_units": of_indexes,
            "largest_written_bytes": largest,
        }

    def _item(self, key: Item) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item


def _consistency(options: Params) -> Consistency:
    return Consistency.STRONG if options.get("ConsistentRead") else Consistency.EVENTUAL


def _written_keys(operation: str, params: Params) -> list[Item]:
    return [
        action.get("Key") or {name: action["Item"][name] for name in ("PK", "SK")}
        for action in _written(operation, params)
    ]


def _written(operation: str, params: Params) -> list[Params]:
    """The single writes of a request, none for a read."""
    if operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        return [params]
    if operation == "TransactWriteItems":
        return [write for action in params["TransactItems"] for write in action.values()]
    return []
