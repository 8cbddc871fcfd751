"""Copies what a restored backup holds into the table of a stack: `make restore`. docs/backup.md

An item of a session goes with its session. Where the target has the session in a later version,
nothing of an earlier one is put beside it that the session may have given up since.

Then the accounts' data keys are wrapped by the stack's own key, and the routes compared with their
sessions.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from botocore.config import Config

from maskline.config import settings
from maskline.deployment_keys import fingerprint
from maskline.store import keys
from maskline.store.codec import encode
from tools.operator.operate import described, outputs_of
from tools.operator.preflight import NotReadyError, on_stack, stack_parser
from tools.planning.stored_history import use_table
from tools.restore.rewrapping import rewrap_keys
from tools.restore.routes import mend_routes, sentences

_SEGMENTS = 16
_IS_NEW = "attribute_not_exists(PK)"
_IS_SAME_SECRET = f"{_IS_NEW} OR fingerprint = :fingerprint"
# What a session's routes follow from, but for settings: until one of these changes, those that it
# had are those that it has.
_SHAPE = ("moves", "expires_at", "first_party_list", "second_party_list")
_NOBODY = -1

# As the API has it: {"name": {"S": "text"}}.
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A live claim to a pair of person and number that the target gives to another session."""

    without: str
    holder: str


@dataclass(frozen=True, slots=True)
class Copied:
    written: int
    conflicts: frozenset[Conflict]


class _NewerThereError(Exception):
    """The target has the session in a later version, which may have given this item up."""


def copy_table(client: Any, *, source: str, target: str, besides: str = "") -> Copied:
    """Write what the target lacks: what it has is newer and stays.

    With `besides` only what that table lacks too: the sessions that it does not have, or has in an
    earlier version, and other items that are not there. Raises NotReadyError.
    """
    _require_one_secret(client, source, target)
    copy = _Copy(client, source, target, besides)
    with ThreadPoolExecutor(_SEGMENTS) as pool:
        done = list(pool.map(copy.segment, range(_SEGMENTS)))
    return Copied(
        sum(one.written for one in done), frozenset().union(*(one.conflicts for one in done))
    )


def _require_one_secret(client: Any, source: str, target: str) -> None:
    """Have the target say first under which secret all that comes is. Raises NotReadyError.

    Functions with another one refuse it from then on.
    """
    begun = _get(client, source, encode(keys.TABLE_SECRET))
    if not begun:
        return
    try:
        client.put_item(
            TableName=target,
            Item=begun,
            ConditionExpression=_IS_SAME_SECRET,
            ExpressionAttributeValues={":fingerprint": begun["fingerprint"]},
        )
    except client.exceptions.ConditionalCheckFailedException:
        raise NotReadyError(
            f"{target} was begun under another deployment secret than {source}: restore it into a "
            "stack that was deployed with DeploymentSecretArn (docs/backup.md)."
        ) from None


class _Copy:
    def __init__(self, client: Any, source: str, target: str, besides: str) -> None:
        self._client, self._source = client, source
        self._target, self._besides = target, besides
        self._session_here = lru_cache(10_000)(partial(_session, client, source))
        self._session_there = lru_cache(10_000)(partial(_session, client, besides))

    def segment(self, number: int) -> Copied:
        """One of _SEGMENTS parts of the table."""
        outcomes = [self._put(item) for item in self._items(number) if self._is_wanted(item)]
        conflicts = frozenset(one for one in outcomes if isinstance(one, Conflict))
        return Copied(sum(one is True for one in outcomes), conflicts)

    def _items(self, number: int) -> Iterator[Item]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._source, ConsistentRead=True, Segment=number, TotalSegments=_SEGMENTS
        )
        for page in pages:
            yield from page["Items"]

    def _is_wanted(self, item: Item) -> bool:
        if not self._besides:
            return True
        owner = _owner(item)
        if owner:
            return _version(self._session_here(owner)) > _version(self._session_there(owner))
        known = _get(self._client, self._besides, _key(item))
        return not known or len(_keyring(item)) > len(_keyring(known))

    def _put(self, item: Item) -> bool | Conflict:
        """Write an item: True if it was written, or why a session goes without it. What is there
        stays.
        """
        put = {"TableName": self._target, "Item": item, "ConditionExpression": _IS_NEW}
        actions = [{"Put": put | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}]
        owner = _owner(item)
        if owner and item["SK"]["S"] != "SESSION":
            actions.append({"ConditionCheck": self._is_not_left_behind(owner)})
        try:
            reasons = _transact(self._client, actions)
        except _NewerThereError:
            return False
        return _conflict(item, reasons[0]["Item"]) or False if reasons else True

    def _is_not_left_behind(self, owner: str) -> dict[str, Any]:
        """That the target has nothing of the session, or nothing that it may have given up."""
        session = self._session_here(owner)
        check = {"TableName": self._target, "Key": _session_key(owner)}
        if not session:
            return check | {"ConditionExpression": _IS_NEW}
        same = " AND ".join(
            f"{name} = :{name}" if name in session else f"attribute_not_exists({name})"
            for name in _SHAPE
        )
        return check | {
            "ConditionExpression": f"{_IS_NEW} OR version <= :version OR ({same})",
            "ExpressionAttributeValues": {f":{name}": session[name] for name in session},
        }


def _transact(client: Any, actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nothing if it was written; reasons, if the item is there already.

    Raises _NewerThereError if the condition of the second action fails. Repeated while somebody
    else writes.
    """
    while True:
        try:
            client.transact_write_items(TransactItems=actions)
        except client.exceptions.TransactionCanceledException as error:
            reasons: list[dict[str, Any]] = error.response["CancellationReasons"]
            codes = [reason["Code"] for reason in reasons]
            if "ConditionalCheckFailed" in codes[1:]:
                raise _NewerThereError from None
            if codes[0] == "ConditionalCheckFailed":
                return reasons
            if "TransactionConflict" not in codes:
                raise
            time.sleep(0.05)
        else:
            return []


def _conflict(item: Item, holder: Item) -> Conflict | None:
    """If both are claims of sessions and the one that was not written is still good."""
    ours, theirs = _owner(item), _owner(holder)
    is_good = int(item.get("reusable_at", {"N": "0"})["N"]) > time.time() * 1000
    return Conflict(ours, theirs) if is_good and ours != theirs else None


def _owner(item: Item) -> str:
    """The session that an item belongs to, "" if to none."""
    for name in ("PK", "SK"):
        if item[name]["S"].startswith("SESSION#"):
            return str(item[name]["S"].removeprefix("SESSION#"))
    # The copy that a repeated create is answered with has its session inside.
    named = item.get("session", {}).get("M", item)
    return str(named.get("session_uuid", {}).get("S", ""))


def _session(client: Any, table: str, session_uuid: str) -> Item:
    found = _get(client, table, _session_key(session_uuid))
    return {name: found[name] for name in ("version", *_SHAPE) if name in found}


def _version(session: Item) -> int:
    return int(session["version"]["N"]) if session else _NOBODY


def _get(client: Any, table: str, key: Item) -> Item:
    found: Item = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    return found


def _session_key(session_uuid: str) -> Item:
    return encode(keys.session(session_uuid))


def _key(item: Item) -> Item:
    return {name: item[name] for name in ("PK", "SK")}


def _keyring(item: Item) -> list[Any]:
    """An account's data keys: what was written since a key was added needs that key."""
    ring: list[Any] = item.get("keyring", {"L": []})["L"]
    return ring


def main(arguments: list[str] | None = None) -> int:
    """Restore, and say what was done, or why not on standard error. Returns the exit code."""
    parser = stack_parser(__doc__)
    parser.add_argument("source", help="the restored table")
    parser.add_argument("--besides", default="", help="copy only what this table lacks as well")
    options = parser.parse_args(arguments)
    return on_stack(options, lambda session: _restored(session, options))


def _restored(session: Any, options: argparse.Namespace) -> Iterator[str]:
    table = _use_stack(session, options.stack)
    dynamodb = session.client("dynamodb", config=Config(max_pool_connections=_SEGMENTS))
    _require_the_stacks_secret(dynamodb, options)
    copied = copy_table(dynamodb, source=options.source, target=table, besides=options.besides)
    yield f"{copied.written} items written to {table}"
    for conflict in copied.conflicts:
        yield f"session {conflict.without} lost a number to session {conflict.holder}"
    key = settings().wrapping_key_arn
    rewrapped = rewrap_keys(dynamodb, session.client("kms"), table=table, wrapping_key=key)
    yield f"the keys of {rewrapped} accounts wrapped anew"
    # What is sealed opens once the accounts are there: with the rest of the backup.
    if not options.besides:
        yield from sentences(mend_routes(dynamodb))


def _use_stack(session: Any, stack: str) -> str:
    """Let the store work on the stack's table, which is named. Raises NotReadyError."""
    outputs = outputs_of(described(session, stack))
    if "TableName" not in outputs:
        raise NotReadyError(f"The stack {stack} names no table: deploy it first.")
    os.environ["DEPLOYMENT_SECRET_ARN"] = outputs["DeploymentSecretArn"]
    os.environ["WRAPPING_KEY_ARN"] = outputs["WrappingKeyArn"]
    use_table(outputs["TableName"])
    return outputs["TableName"]


def _require_the_stacks_secret(dynamodb: Any, options: argparse.Namespace) -> None:
    begun = _get(dynamodb, options.source, encode(keys.TABLE_SECRET))
    if begun and begun["fingerprint"]["B"] != fingerprint():
        raise NotReadyError(
            f"{options.stack} has another deployment secret than {options.source} was begun under: "
            "deploy a stack with DeploymentSecretArn (docs/backup.md)."
        )


if __name__ == "__main__":
    sys.exit(main())
