"""Counts that limits are compared with, each in the write that it may refuse."""

from maskline.domain.calls.route import Route
from maskline.domain.phone_numbers import E164
from maskline.store import keys, table
from maskline.store.codec import encode

_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
# What may still be read of a window that is over: nothing. TTL takes days to come round anyway.
_KEPT_SECONDS = 3600


def count_call_action(route: Route, caller: E164, now: int, *, most: int) -> table.Item:
    """The part of a call's transaction that fails if its caller had `most` calls in this hour."""
    return table.update_action(
        caller_calls_key(route, caller, now),
        "ADD calls :one SET #ttl = :ttl",
        "attribute_not_exists(calls) OR calls < :most",
        names={"#ttl": "ttl"},
        one=1,
        most=most,
        ttl=now // 1000 + 2 * _KEPT_SECONDS,
    )


def caller_calls_key(route: Route, caller: E164, now: int) -> keys.Key:
    """Return the key of the count of a caller's calls in this hour."""
    phone = keys.phone_or_withheld(caller, route.virtual_number)
    return keys.caller_calls(route.account_id, phone, now // _HOUR_MS)


def count_create(account_id: str, now: int, *, most: int) -> bool:
    """Count a create; False if the account had `most` in this minute.

    A counter that cannot be written counts as full: it is, or nothing else could be written.
    """
    try:
        table.update(
            keys.creates(account_id, now // _MINUTE_MS),
            UpdateExpression="ADD creates :one SET #ttl = :ttl",
            ConditionExpression="attribute_not_exists(creates) OR creates < :most",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues=encode(
                {":one": 1, ":most": most, ":ttl": now // 1000 + _KEPT_SECONDS}
            ),
        )
    except (table.ConditionFailedError, table.ConflictError):
        return False
    return True
