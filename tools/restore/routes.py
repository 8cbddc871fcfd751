"""Check that restored routes are those of their sessions, and mend them. docs/backup.md

A backup may hold some items of a transaction and not others (docs.aws.amazon.com, "DynamoDB
Transactions: How it works"). The session decides: its routes are written anew as it has them.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from maskline import clock
from maskline.config import settings
from maskline.domain.calls.route import Route, routes_of
from maskline.domain.sessions.session import Session
from maskline.services.retrying import until_written
from maskline.store import keys, table
from maskline.store.codec import decode, encode
from maskline.store.sessions import sessions
from maskline.store.sessions.route_records import route_from_record, route_key, route_record

_SEGMENTS = 16
_IS_LIVE = "#item IN (:session, :route) AND expires_at > :now"
_MAY_BE_WRITTEN = "attribute_not_exists(PK) OR reusable_at <= :now OR session_uuid = :session"


@dataclass(frozen=True, slots=True)
class Findings:
    """Routes that were written anew, and routes that are there without their session.

    Both counted by session.
    """

    mended: Counter[str]
    orphans: Counter[str]


def mend_routes(client: Any) -> Findings:
    """Write routes of live sessions anew that are missing or differ; find those without a session.

    `client` may scan the table that the settings name, with the secret and the key that it needs.
    """
    with ThreadPoolExecutor(_SEGMENTS) as pool:
        found = [one for part in pool.map(partial(_live, client), range(_SEGMENTS)) for one in part]
        live = [uuid for item, uuid in found if item == "session"]
        mended = Counter(dict(zip(live, pool.map(_mended, live), strict=True)))
    routes = Counter(uuid for item, uuid in found if item == "route")
    for uuid in [uuid for uuid in routes if table.get(keys.session(uuid))]:
        del routes[uuid]
    return Findings(+mended, routes)


def _live(client: Any, segment: int) -> list[tuple[str, str]]:
    """Live sessions and routes in a part of the table: which of the two, and of which session."""
    pages = client.get_paginator("scan").paginate(
        TableName=settings().table_name,
        ConsistentRead=True,
        Segment=segment,
        TotalSegments=_SEGMENTS,
        FilterExpression=_IS_LIVE,
        ProjectionExpression="PK, SK, #item, session_uuid",
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues=encode(
            {":session": "session", ":route": "route", ":now": clock.now_ms()}
        ),
    )
    found = [decode(item) for page in pages for item in page["Items"]]
    return [
        (item["item"], item.get("session_uuid") or keys.session_and_call(item)[0]) for item in found
    ]


def _mended(session_uuid: str) -> int:
    """Write a session's routes anew where they differ, until nobody interferes; count them."""
    return until_written(lambda: _attempt(session_uuid))


def _attempt(session_uuid: str) -> int:
    now = clock.now_ms()
    session = sessions.get_session(session_uuid)
    if session is None or not session.is_live(now):
        return 0
    wanted = routes_of(session)
    found = table.get_each([route_key(route) for route in wanted])
    amiss = [
        route for route, record in zip(wanted, found, strict=True) if _is_amiss(route, record, now)
    ]
    if amiss:
        table.transact([_unchanged(session), *(_put_action(route, now) for route in amiss)])
    return len(amiss)


def _is_amiss(route: Route, record: table.Record | None, now: int) -> bool:
    """Tell if a route differs from its session's and no other session has the pair."""
    if record is None or record["session_uuid"] != route.session_uuid:
        return record is None or record["reusable_at"] <= now
    return route_from_record(record) != replace(route, pin="", greeting=None, is_listed=False)


def _unchanged(session: Session) -> table.Item:
    check = {
        "TableName": settings().table_name,
        "Key": encode(keys.session(session.session_uuid)),
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": encode({":version": session.version}),
    }
    return {"ConditionCheck": check}


def _put_action(route: Route, now: int) -> table.Item:
    return table.put_action(
        route_record(route), _MAY_BE_WRITTEN, now=now, session=route.session_uuid
    )


def sentences(findings: Findings) -> Iterator[str]:
    """Say to the operator what was found."""
    for session_uuid, count in findings.mended.items():
        yield f"session {session_uuid}: {count} routes were not as it has them, and are now"
    for session_uuid, count in findings.orphans.items():
        yield f"session {session_uuid} is not there, but {count} of its routes: create it anew"
