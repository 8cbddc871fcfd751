"""Keeps what is over as it is, when the stack's clock goes back."""

from typing import Any

from local.aws.engine import Engine

_IS_OVER = "#item IN (:session, :route) AND expires_at > :real AND expires_at <= :now"
_CHANGED = {
    "session": "SET expires_at = :real",
    "route": "SET expires_at = :real, reusable_at = :reusable",
}


def keep_over(engine: Engine, *, now: int, real: int) -> int:
    """Have the sessions that are over by the stack's `now` end at the `real` time; count items.

    Else they would come alive again, without the routes that time to live has removed, beside
    those that took their numbers. What was left of a cool-off is left of it.
    """
    changed = 0
    client = engine.client("dynamodb")
    pages = client.get_paginator("scan").paginate(
        TableName=engine.table_name,
        FilterExpression=_IS_OVER,
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues={
            ":session": {"S": "session"},
            ":route": {"S": "route"},
            ":real": _number(real),
            ":now": _number(now),
        },
    )
    for item in (item for page in pages for item in page["Items"]):
        kind = item["item"]["S"]
        values = {":real": _number(real)}
        if kind == "route":
            left = int(item["reusable_at"]["N"]) - now
            values[":reusable"] = _number(real + max(0, left))
        client.update_item(
            TableName=engine.table_name,
            Key={name: item[name] for name in ("PK", "SK")},
            UpdateExpression=_CHANGED[kind],
            ExpressionAttributeValues=values,
        )
        changed += 1
    return changed


def _number(value: int) -> dict[str, Any]:
    return {"N": str(value)}
