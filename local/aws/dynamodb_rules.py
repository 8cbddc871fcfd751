"""Refuse the requests that DynamoDB refuses and the engine lets pass: ours must fail here already.

docs.aws.amazon.com/amazondynamodb/latest/developerguide, "Expressions" and "Query".
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any

Request = dict[str, Any]
Path = tuple[str, ...]

_EXPRESSIONS = (
    "KeyConditionExpression",
    "FilterExpression",
    "ConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_SECTION = re.compile(r"(?<![\w:#.])(SET|REMOVE|ADD|DELETE)\s", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"[:#]\w+")
_PATH = re.compile(r"[A-Za-z#_][\w#.\[\]]*")
_ROOT = re.compile(r"(?<![\w:#.])[A-Za-z#_]\w*")


class DynamoDbRules:
    """Learns the keys of tables and indexes as they are created."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str | None], set[str]] = {}

    def offence(self, action: str, request: Request) -> str | None:
        """Return DynamoDB's objection to a request that the engine would take, None without one."""
        if action == "CreateTable":
            self._learn(request)
        return next(itertools.chain.from_iterable(map(self._offences, _parts(request))), None)

    def _learn(self, request: Request) -> None:
        for named in [request, *request.get("GlobalSecondaryIndexes", ())]:
            keys = {key["AttributeName"] for key in named["KeySchema"]}
            self._keys[request["TableName"], named.get("IndexName")] = keys

    def _keys_of(self, part: Request) -> set[str]:
        return self._keys.get((part.get("TableName", ""), part.get("IndexName")), set())

    def _offences(self, part: Request) -> Iterator[str]:
        names: dict[str, str] = part.get("ExpressionAttributeNames") or {}
        yield from _unused(part)
        if "UpdateExpression" in part:
            yield from _misbuilt(part["UpdateExpression"], names, self._keys_of(part))
        if "KeyConditionExpression" in part:
            roots = {names.get(one, one) for one in _ROOT.findall(part.get("FilterExpression", ""))}
            for key in sorted(roots & self._keys_of(part)):
                yield f"Filter Expression can only contain non-primary key attributes: {key}"


def _parts(request: Request) -> Iterator[Request]:
    """The request itself, or what a transaction or a batch consists of."""
    yield request
    for action in request.get("TransactItems", ()):
        yield from action.values()
    if isinstance(tables := request.get("RequestItems"), dict):
        yield from (part for part in tables.values() if isinstance(part, dict))


def _unused(part: Request) -> Iterator[str]:
    """The engine takes `:a` for used where `:ab` is."""
    used = {name for each in _EXPRESSIONS for name in _PLACEHOLDER.findall(part.get(each) or "")}
    for kind in ("ExpressionAttributeValues", "ExpressionAttributeNames"):
        for name in part.get(kind) or {}:
            if name not in used:
                yield f"Value provided in {kind} unused in expressions: keys: {{{name}}}"


def _misbuilt(expression: str, names: dict[str, str], keys: set[str]) -> Iterator[str]:
    _, *split = _SECTION.split(expression)
    sections = [section.upper() for section in split[::2]]
    if len(set(sections)) < len(sections):
        yield "Invalid UpdateExpression: The same section can only be used once"
    paths = [_path(clause, names) for body in split[1::2] for clause in _clauses(body)]
    if () in paths:
        yield "Invalid UpdateExpression: Syntax error"
    for one, other in itertools.combinations(paths, 2):
        if one[: len(other)] == other[: len(one)]:
            yield "Invalid UpdateExpression: Two document paths overlap with each other"
    for path in paths:
        if path and path[0] in keys:
            yield f"Cannot update attribute {path[0]}. This attribute is part of the key"


def _clauses(body: str) -> list[str]:
    """The parts between commas that are in no function."""
    while (without := re.sub(r"\([^()]*\)", "", body)) != body:
        body = without
    return body.split(",")


def _path(clause: str, names: dict[str, str]) -> Path:
    """Return the attribute that a clause writes to, by its real names: `("calls", "[0]")`."""
    found = _PATH.match(clause.strip())
    parts = re.findall(r"#?\w+|\[\d+\]", found[0]) if found else []
    return tuple(names.get(part, part) for part in parts)
