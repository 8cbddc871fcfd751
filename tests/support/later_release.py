"""A release of the future that writes more than this one knows, to be read by this one.

While a block lasts every item and every queue message is written with fields that nobody here
knows, on every level, in every type that DynamoDB has. Codes of the audit trail cover them, as
those of that release would.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from maskline.store import trail, trail_codes
from maskline.store.codec import decode
from tests.support.aws_calls import AwsCall, replaced_calls

Json = dict[str, Any]

LATER: Json = {
    "later_text": {"S": "later"},
    "later_number": {"N": "1.5"},
    "later_flag": {"BOOL": True},
    "later_nothing": {"NULL": True},
    "later_bytes": {"B": b"later"},
    "later_list": {"L": [{"M": {"later_text": {"S": "later"}}}]},
    "later_map": {"M": {"later_map": {"M": {"later_set": {"SS": ["later", "sooner"]}}}}},
    "later_texts": {"SS": ["later", "sooner"]},
    "later_numbers": {"NS": ["1.5", "2"]},
    "later_blobs": {"BS": [b"later", b"sooner"]},
}
_LATER_IN_JSON: Json = {
    "later_text": "later",
    "later_list": [1.5, {"later": None}],
    "later_map": {},
}
_LATER_UPDATE = ", ".join(f"{name} = :{name}" for name in LATER)


@contextmanager
def later_release() -> Iterator[set[tuple[str, str]]]:
    """The keys of the items that it has written."""
    written: set[tuple[str, str]] = set()

    def enriching(call: AwsCall) -> AwsCall:
        return lambda client, operation, parameters: call(
            client, operation, _later(operation, parameters, written)
        )

    with ExitStack() as stack:
        stack.enter_context(replaced_calls(enriching))
        stack.enter_context(patch.object(trail, "with_code", _with_code))
        yield written


def _later(operation: str, parameters: Json, written: set[tuple[str, str]]) -> Json:
    match operation:
        case "PutItem":
            return _put(parameters, written)
        case "UpdateItem":
            return _update(parameters, written)
        case "TransactWriteItems":
            actions = [_action(one, written) for one in parameters["TransactItems"]]
            return parameters | {"TransactItems": actions}
        case "SendMessageBatch":
            entries = [_message(entry) for entry in parameters["Entries"]]
            return parameters | {"Entries": entries}
        case _:
            return parameters


def _with_code(record: Json) -> Json:
    return trail_codes.with_code(record | decode(LATER))


def _action(action: Json, written: set[tuple[str, str]]) -> Json:
    change = {"Put": _put, "Update": _update}
    return {
        kind: change[kind](request, written) if kind in change else request
        for kind, request in action.items()
    }


def _put(request: Json, written: set[tuple[str, str]]) -> Json:
    item = _enriched({"M": request["Item"]})["M"]
    written.add(_key_of(item))
    return request | {"Item": item}


def _update(request: Json, written: set[tuple[str, str]]) -> Json:
    """All of ours end with what they set, if they set anything."""
    written.add(_key_of(request["Key"]))
    expression = request["UpdateExpression"]
    joint = ", " if "SET " in expression else " SET "
    values = {name: _enriched(one) for name, one in request["ExpressionAttributeValues"].items()}
    return request | {
        "UpdateExpression": expression + joint + _LATER_UPDATE,
        "ExpressionAttributeValues": values | {f":{name}": one for name, one in LATER.items()},
    }


def _key_of(item: Json) -> tuple[str, str]:
    return item["PK"]["S"], item["SK"]["S"]


def _enriched(value: Json) -> Json:
    match value:
        case {"M": fields}:
            known = {name: _enriched(one) for name, one in fields.items() if name not in LATER}
            return {"M": known | LATER}
        case {"L": elements}:
            return {"L": [_enriched(element) for element in elements]}
        case _:
            return value


def _message(entry: Json) -> Json:
    return entry | {"MessageBody": json.dumps(_enriched_json(json.loads(entry["MessageBody"])))}


def _enriched_json(value: Any) -> Any:
    match value:
        case dict():
            return {name: _enriched_json(one) for name, one in value.items()} | _LATER_IN_JSON
        case _:
            return value
