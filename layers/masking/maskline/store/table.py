"""Talking to the one table: shared by the modules of this package, used by nothing else."""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from maskline import aws
from maskline.config import settings
from maskline.domain.errors import ContentionError
from maskline.store.codec import decode, encode
from maskline.store.keys import Key
from maskline.store.pauses import MAX_ATTEMPTS, pause_before_retry
from maskline.store.trail_codes import tell_log

Record = dict[str, Any]
Item = dict[str, Any]
# Partition key and sort key.
Place = tuple[str, str]
T = TypeVar("T")

_BATCH_GET_LIMIT = 100


def get(key: Key) -> Record | None:
    """One item, strongly consistent."""
    answer = _dynamodb().get_item(TableName=_name(), Key=encode(key), ConsistentRead=True)
    return decode(answer["Item"]) if "Item" in answer else None


def place(key: Mapping[str, str]) -> Place:
    """Return a key, or that of an item, as something that a dict can be asked for."""
    return key["PK"], key["SK"]


def batch_get(keys: list[Key]) -> dict[Place, Record]:
    """Several items by their place, strongly consistent; what is absent is left out.

    Raises ContentionError if the table keeps refusing some of them.
    """
    encoded = [encode(key) for key in keys]
    batches = (
        encoded[start : start + _BATCH_GET_LIMIT]
        for start in range(0, len(encoded), _BATCH_GET_LIMIT)
    )
    records = (decode(item) for batch in batches for item in _read_all(batch))
    return {place(record): record for record in records}


def _read_all(pending: list[Item]) -> Iterator[Item]:
    for attempt in range(MAX_ATTEMPTS):
        request = {_name(): {"Keys": pending, "ConsistentRead": True}}
        answer = _dynamodb().batch_get_item(RequestItems=request)
        yield from answer["Responses"].get(_name(), [])
        pending = answer.get("UnprocessedKeys", {}).get(_name(), {}).get("Keys", [])
        if not pending:
            return
        pause_before_retry(attempt)
    raise ContentionError("some items were not read")


def get_each(keys: list[Key]) -> list[Record | None]:
    """Read items in the order of their keys; None for one that is absent."""
    found = batch_get(keys)
    return [found.get(place(key)) for key in keys]


def query(condition: str, values: Record, **options: Any) -> Iterator[Record]:
    """All items of a key condition, page after page, strongly consistent except on an index."""
    request = _query_request(condition, values, options)
    while True:
        answer = _dynamodb().query(**request)
        yield from (decode(item) for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@dataclass(frozen=True, slots=True)
class QueryPage:
    """The result of one Query. `last` is the last key that it looked at, None at the end."""

    records: list[Record]
    count: int
    last: Record | None


def query_page(condition: str, values: Record, **options: Any) -> QueryPage:
    """One request of `query`: at most a megabyte is read, or as many items as `Limit` says."""
    answer = _dynamodb().query(**_query_request(condition, values, options))
    last = answer.get("LastEvaluatedKey")
    return QueryPage(
        records=[decode(item) for item in answer.get("Items", ())],
        count=answer["Count"],
        last=decode(last) if last else None,
    )


def _query_request(condition: str, values: Record, options: Item) -> Item:
    return {
        "TableName": _name(),
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": encode(values),
        "ConsistentRead": "IndexName" not in options,
        **options,
    }


def put(
    record: Record, condition: str | None = None, values: Record | None = None, **request: Any
) -> None:
    """Write one item, raising ConditionFailedError if `condition` does not hold."""
    request |= {"TableName": _name(), "Item": encode(record)}
    if condition:
        request["ConditionExpression"] = condition
    if values:
        request["ExpressionAttributeValues"] = encode(values)
    _raising(_dynamodb().put_item, request)
    tell_log([request["Item"]])


def update(key: Key, **request: Any) -> None:
    """One UpdateItem, raising ConditionFailedError or ConflictError."""
    _raising(_dynamodb().update_item, {"TableName": _name(), "Key": encode(key), **request})


def put_action(
    record: Record, condition: str = "", *, names: dict[str, str] | None = None, **values: Any
) -> Item:
    """A Put for `transact`. Values are named as in the condition, without the colon."""
    target = {"TableName": _name(), "Item": encode(record)}
    return {"Put": target | _conditions(condition, names, values)}


def update_action(
    key: Key,
    expression: str,
    condition: str,
    *,
    names: dict[str, str] | None = None,
    **values: Any,
) -> Item:
    """An Update for `transact`, with names for reserved words and values as in `put_action`."""
    target = {"TableName": _name(), "Key": encode(key), "UpdateExpression": expression}
    return {"Update": target | _conditions(condition, names, values)}


def delete_action(key: Key, condition: str, **values: Any) -> Item:
    """A Delete for `transact`."""
    target = {"TableName": _name(), "Key": encode(key)}
    return {"Delete": target | _conditions(condition, None, values)}


def _conditions(condition: str, names: dict[str, str] | None, values: Record) -> Item:
    part: Item = {}
    if condition:
        part["ConditionExpression"] = condition
        part["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if names:
        part["ExpressionAttributeNames"] = names
    if values:
        named = {f":{name}": value for name, value in values.items()}
        part["ExpressionAttributeValues"] = encode(named)
    return part


class ConditionFailedError(Exception):
    """A condition did not hold.

    `failed` maps the place of each item whose condition failed to that item, None if there is
    none. A transaction writes no item twice, so a place names its action. It is empty for a single
    write.
    """

    def __init__(self, failed: Mapping[Place, Record | None]) -> None:
        super().__init__("condition failed")
        self.failed = failed


class ConflictError(Exception):
    """The write met another one, was throttled, or its answer was lost: repeat it.

    After a lost answer it may have been applied: every write of this package is conditional, so
    its repetition tells. `contended` are the places of a transaction's items that another write
    holds at the moment, if nothing else stood in its way.
    """

    def __init__(self, reason: str, contended: Collection[Place] = ()) -> None:
        super().__init__(reason)
        self.contended = contended


def transact(actions: list[Item]) -> None:
    """Apply all actions or none. Raises ConditionFailedError or ConflictError.

    The SDK gives each call a token of its own and repeats it in its retries after a lost answer, so
    one call is applied at most once.
    """
    _raising(_dynamodb().transact_write_items, {"TransactItems": actions})
    tell_log(action["Put"]["Item"] for action in actions if "Put" in action)


_TRANSIENT = {
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
}
_CONFLICT = "TransactionConflict"
_TRANSIENT_REASONS = {_CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"}


def _raising(operation: Any, request: Item) -> None:
    try:
        operation(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            raise ConditionFailedError({}) from error
        if code in _TRANSIENT:
            raise ConflictError(code) from error
        if code == "TransactionCanceledException":
            raise _cancellation(error, request["TransactItems"]) from error
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ConflictError(code) from error
        raise
    except BotoCoreError as error:
        raise ConflictError(type(error).__name__) from error


def _cancellation(error: ClientError, actions: list[Item]) -> Exception:
    """Tell a failed condition, which is an answer, from a mere conflict, which decides nothing."""
    response: Any = error.response
    reasons = [*zip(map(_place_of, actions), response.get("CancellationReasons", []), strict=False)]
    failed = {
        written: decode(reason["Item"]) if reason.get("Item") else None
        for written, reason in reasons
        if reason["Code"] == "ConditionalCheckFailed"
    }
    if failed:
        return ConditionFailedError(failed)
    transient = {
        written: reason["Code"]
        for written, reason in reasons
        if reason["Code"] in _TRANSIENT_REASONS
    }
    if not transient:
        return error
    is_conflict = set(transient.values()) == {_CONFLICT}
    return ConflictError("transaction cancelled", transient if is_conflict else ())


def _place_of(action: Item) -> Place:
    """Return the place of the one item that an action writes."""
    [write] = action.values()
    return place(decode(write.get("Key") or write["Item"]))


def in_parallel(*requests: Callable[[], T]) -> list[T]:
    """The results of several requests, so many at once, in order; the first error is raised.

    None of them may come back here: they share the threads that they would wait for.
    """
    if not requests:
        return []
    futures = [_executor().submit(copy_context().run, request) for request in requests[1:]]
    return [requests[0](), *(future.result() for future in futures)]


def within(seconds: float, request: Callable[[], T]) -> T:
    """The result of a request if it is there in time; otherwise it goes on, and nobody waits.

    Raises ConflictError then, and whatever the request raises.
    """
    future = _executor().submit(copy_context().run, request)
    try:
        return future.result(seconds)
    except TimeoutError as error:
        raise ConflictError("took too long") from error


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=16, thread_name_prefix="store")


def _dynamodb() -> Any:
    return aws.client("dynamodb")


def _name() -> str:
    return settings().table_name
